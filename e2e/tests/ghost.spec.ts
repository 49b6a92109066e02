// A ghost: how the document would run, foretold from what the calls of the run before took.

import { play, scenario, sleep } from "./scenario";
import { expect, type Locator, logHash, open, type Page, runButton, test, untilState, workbench } from "./support";

/** `map` of five: 8 s with two workers, 5 s with three; a fiftieth of that on a clock. */
const FIVE = scenario([sleep("a", 5), sleep("b", 4), sleep("c", 3), sleep("d", 2), sleep("e", 1)], {
  program: { mode: "map" },
  scale: 0.02,
});

const ghost = (page: Page): Locator => page.getByRole("region", { name: "Ghost", exact: true });
const forReal = (page: Page): Locator => ghost(page).getByRole("button", { name: "Run for real" });
const lanes = (page: Page): Locator => ghost(page).locator(".lane-head").filter({ visible: true });

async function ended(page: Page): Promise<void> {
  await runButton(page).click();
  await untilState(workbench(page), "ended");
}

test("another number of workers is answered by a ghost at once, and the real run stands below it", async ({ page }) => {
  await open(page, play(FIVE));
  await page.keyboard.press("+");
  await expect(ghost(page)).toHaveCount(0);
  await page.keyboard.press("-");
  await ended(page);
  await expect(ghost(page)).toHaveCount(0);
  const before = await logHash(workbench(page));

  await page.keyboard.press("+");
  await expect(ghost(page)).toContainText(/simulated/);
  await expect(ghost(page)).toContainText(/ \d+\.\d+ s instead of \d+\.\d+ s, .+ s sooner\./);
  await expect(lanes(page)).toHaveText(["worker A", "worker B", "worker C"]);
  await expect(ghost(page).locator(".shade")).toBeVisible();
  expect(await logHash(workbench(page))).toBe(before);
  // Back to what ran: there is nothing to foretell.
  await page.keyboard.press("-");
  await expect(ghost(page)).toHaveCount(0);

  await page.keyboard.press("+");
  await forReal(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator("button.lane-head")).toHaveCount(3);
  await expect(ghost(page)).toContainText(/ \d+\.\d+ s\. It took \d+\.\d+ s, .+ (longer|less)\./);
  await expect(forReal(page)).toHaveCount(0);
});

test("the slider moves the ghost while it is held, and what runs when it is let go is what was foretold", async ({ page }) => {
  await open(page, play(FIVE));
  await page.getByRole("radio", { name: "Simulated" }).check();
  await ended(page);
  await page.locator(".workers summary").click();
  const slider = page.getByRole("slider", { name: "Number of workers" });
  const box = await slider.boundingBox();
  if (box === null) {
    throw new Error("the slider is not in sight");
  }
  const before = await logHash(workbench(page));
  await page.mouse.move(box.x + box.width * 0.1, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x, box.y + box.height / 2);
  await expect(ghost(page)).toContainText("15.00 s instead of 8.00 s, 7.0 s later.");
  await page.mouse.move(box.x + box.width, box.y + box.height / 2);
  await expect(ghost(page)).toContainText("5.00 s instead of 8.00 s, 3.0 s sooner.");
  expect(await logHash(workbench(page))).toBe(before);
  await page.mouse.up();
  // A simulation was foretold to the last digit.
  await expect(ghost(page)).toContainText("5.00 s, as it took.");
  await expect(ghost(page).locator(".shade")).toHaveCount(0);
});

test("a ghost is let go, and none is made of tasks that did not run", async ({ page }) => {
  await open(page, play(FIVE));
  await page.keyboard.press("r");
  await ended(page);
  await page.keyboard.press("+");
  await expect(ghost(page)).toBeVisible();
  await ghost(page).getByRole("button", { name: "Let the ghost go" }).click();
  await expect(ghost(page)).toHaveCount(0);
  // The next edit has one again.
  await page.keyboard.press("+");
  await expect(ghost(page)).toBeVisible();
  await page.locator(".node").first().click();
  await page.keyboard.press("Control+d");
  await expect(page.locator(".node")).toHaveCount(6);
  await expect(ghost(page)).toHaveCount(0);
});

test("what would not end is foretold as that", async ({ page }) => {
  const waits = { id: "waits", function: "submit_and_wait", args: { seconds: 1 } };
  await open(page, play(scenario([waits], { scale: 0.02 })));
  await page.keyboard.press("r");
  await ended(page);
  await page.keyboard.press("-");
  await expect(ghost(page)).toContainText("it would not come to its own end (hangs: it can never go on).");
});

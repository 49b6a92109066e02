// Two runs beside each other: the one before or one that was kept, under one cursor, and what differs.

import { play, type Scenario, scenario, sleep } from "./scenario";
import { expect, type Locator, node, notice, open, type Page, runButton, test, untilState, workbench } from "./support";

/** Five in two workers take 8 s as `map`; in three 5 s as `as_completed`. */
const FIVE = scenario([sleep("a", 5), sleep("b", 4), sleep("c", 3), sleep("d", 2), sleep("e", 1)], {
  title: "Five",
  program: { mode: "map" },
});

async function simulated(page: Page, of: Scenario): Promise<void> {
  await open(page, play(of));
  await page.keyboard.press("r");
  await again(page);
}

/** Runs what is there now. */
async function again(page: Page): Promise<void> {
  await runButton(page).click();
  await untilState(workbench(page), "ended");
}

const panel = (page: Page): Locator => page.locator(".compare");
const run = (page: Page, name: string): Locator => page.getByRole("region", { name, exact: true });
const cells = (page: Page, what: string): Locator =>
  panel(page).getByRole("row").filter({ has: page.getByRole("rowheader", { name: what, exact: true }) }).locator("td");

test("a run and the one before stand under one cursor, with what differs in words", async ({ page }) => {
  await simulated(page, FIVE);
  await page.keyboard.press("b");
  await expect(panel(page)).toContainText("Change something, and run again");
  await page.keyboard.press("+");
  await page.keyboard.press("3");
  await again(page);
  await expect(panel(page).locator(".sentence")).toHaveText(
    "map, workers 2: 8.0 s, 5 calls; as_completed, workers 3: 5.0 s, 5 calls.",
  );
  await expect(cells(page, "workers")).toHaveText(["2", "3"]);
  await expect(cells(page, "took")).toHaveText(["8.0 s", "5.0 s"]);
  await expect(cells(page, "1st to main")).toHaveText(["a", "c"]);
  await expect(cells(page, "work in all")).toHaveCount(0);
  await expect(panel(page).locator(".programs")).toContainText("as_completed");
  await expect(panel(page).locator(".programs mark").first()).toBeVisible();

  // Both end at their own ends; what is held is held in both.
  await expect(run(page, "Before")).toHaveAttribute("data-at", "8.00 s");
  await expect(run(page, "This run")).toHaveAttribute("data-at", "5.00 s");
  await page.keyboard.press("Home");
  await expect(run(page, "Before")).toHaveAttribute("data-at", "0.00 s");
  await panel(page).getByRole("slider", { name: "Moment of the run" }).focus();
  for (const _ of "four") {
    await page.keyboard.press("ArrowRight");
  }
  const held = await run(page, "This run").getAttribute("data-at");
  await expect(run(page, "Before")).toHaveAttribute("data-at", held ?? "");

  // Aligned by their ends, the one before is three seconds ahead.
  await page.keyboard.press("End");
  await page.keyboard.press(",");
  await expect(run(page, "This run")).toHaveAttribute("data-at", "5.00 s");
  await panel(page).getByRole("radio", { name: "End" }).check();
  await expect(run(page, "Before")).toHaveAttribute("data-at", "8.00 s");
  await panel(page).getByRole("radio", { name: "Task" }).check();
  await expect(panel(page)).toContainText("Select one task");
  // e begins at 7 s in the one and at 4 s in the other.
  await node(page, "e").click();
  await expect(panel(page)).not.toContainText("Select one task");
  await expect(run(page, "Before")).toHaveAttribute("data-at", "8.00 s");
});

test("a kept run stays through the runs to come, until it is let go", async ({ page }) => {
  await simulated(page, FIVE);
  await page.keyboard.press("Shift+B");
  await expect(notice(page)).toContainText("Kept.");
  await page.keyboard.press("b");
  await expect(panel(page)).toContainText("This run is kept.");
  for (const workers of ["3", "4"]) {
    await page.keyboard.press("+");
    await again(page);
    await expect(cells(page, "workers")).toHaveText(["2", workers]);
  }
  await expect(run(page, "Kept")).toHaveCount(1);
  await panel(page).getByRole("button", { name: "Let it go" }).click();
  await page.keyboard.press("+");
  await again(page);
  await expect(cells(page, "workers")).toHaveText(["4", "5"]);
  await expect(run(page, "Before")).toHaveCount(1);
});

test("a task that came out otherwise is selected from the table, and the same twice differs in nothing", async ({
  page,
}) => {
  await simulated(page, FIVE);
  await again(page);
  await page.keyboard.press("b");
  await expect(panel(page).locator(".sentence")).toHaveText(
    "The same experiment twice: 8.0 s, 5 calls; 8.0 s, 5 calls.",
  );
  await expect(panel(page)).toContainText("Nothing differs that could be told.");

  const fails = FIVE.tasks.map((task) => (task.id === "c" ? { id: "c", function: "fail" } : task));
  await page.evaluate((hash) => (location.hash = hash), new URL(play({ ...FIVE, tasks: fails }), page.url()).hash);
  await again(page);
  await expect(cells(page, "task c: function")).toHaveText(["sleep", "fail"]);
  await panel(page).getByRole("button", { name: "c", exact: true }).click();
  await expect(node(page, "c")).toHaveClass(/\bsel/);
});

test("while the second run goes on both stand there, and what differs is told at its end", async ({ page }) => {
  await open(page, play({ ...FIVE, scale: 0.1 }));
  await again(page);
  await page.keyboard.press("b");
  await page.keyboard.press("+");
  await runButton(page).click();
  await untilState(workbench(page), "running");
  await expect(panel(page)).toContainText("What differs is told when the run is over.");
  await expect(run(page, "Before")).toContainText("2 workers, measured");
  await untilState(workbench(page), "ended");
  await expect(cells(page, "workers")).toHaveText(["2", "3"]);
});

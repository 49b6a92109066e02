// Be the scheduler: a simulated run whose calls a person hands to the workers.

import { play, scenario, sleep } from "./scenario";
import { expect, type Locator, logHash, open, type Page, runButton, test, untilState, workbench } from "./support";

/** `map` of five: with three workers 5 s, as it usually goes. */
const FIVE = scenario([sleep("a", 5), sleep("b", 4), sleep("c", 3), sleep("d", 2), sleep("e", 1)], {
  executor: { kind: "threads", workers: 3 },
  program: { mode: "map" },
});

const turn = (page: Page): Locator => page.getByRole("region", { name: "Your turn" });
const answer = (page: Page, name: string): Locator => turn(page).getByRole("button", { name, exact: true });

async function byHand(page: Page, of = FIVE): Promise<void> {
  await open(page, play(of));
  await page.keyboard.press("Control+k");
  await page.keyboard.type("scheduler");
  await page.keyboard.press("Enter");
}

test("a person hands each call to a worker, and what comes is a run like any other", async ({ page }) => {
  await byHand(page);
  await expect(turn(page)).toContainText("Your turn at 0.00 s: who takes a?");
  await expect(page.locator(".honesty")).toContainText("simulated, by hand");
  // The last of the three takes the first call.
  await answer(page, "worker C").click();
  await expect(turn(page)).toContainText("who takes b?");
  await expect(turn(page).locator(".choices button")).toHaveText(["worker A", "worker B", "Nobody yet"]);
  for (const call of ["b", "c", "d", "e"]) {
    await expect(turn(page)).toContainText(`who takes ${call}?`);
    await turn(page).locator(".choices button").first().click();
  }
  await untilState(workbench(page), "ended");
  await expect(turn(page)).toHaveCount(0);
  await expect(page.locator(".honesty")).toContainText("finished at 5.00 s");
  await page.locator(".node").filter({ hasText: "a" }).first().click();
  await expect(page.locator(".inspector")).toContainText("worker C");
});

test("who holds workers back waits longer, and the link brings that run and no other", async ({ page, stranger }) => {
  await byHand(page);
  // Nothing would happen meanwhile, so somebody has to take the first.
  await expect(turn(page).locator(".choices button")).toHaveText(["worker A", "worker B", "worker C"]);
  await answer(page, "worker A").click();
  await answer(page, "Nobody yet").click();
  await expect(turn(page)).toContainText("Your turn at 5.00 s: who takes b?");
  await answer(page, "worker B").click();
  await turn(page).getByRole("button", { name: "Let it run" }).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator(".honesty")).toContainText("finished at 9.00 s");
  const hash = await logHash(workbench(page));

  await page.keyboard.press("Shift+S");
  const link = await page.getByRole("textbox", { name: "This run", exact: true }).inputValue();
  await open(stranger, link);
  await untilState(workbench(stranger), "ended");
  expect(await logHash(workbench(stranger))).toBe(hash);
});

test("by hand is an option of simulations, and Stop ends a run at any turn", async ({ page }) => {
  await open(page, play(FIVE));
  const option = page.getByRole("checkbox", { name: "by hand" });
  await page.locator(".options > summary").click();
  await expect(option).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  await page.locator(".options > summary").click();
  await option.check();
  await page.keyboard.press("Escape");
  await runButton(page).click();
  await expect(turn(page)).toBeVisible();
  // By keys: the focus stays with the answers as they change.
  await answer(page, "worker B").press("Enter");
  await expect(turn(page)).toContainText("who takes b?");
  await expect(turn(page).locator(":focus")).toHaveCount(1);
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(turn(page)).toHaveCount(0);
  await expect(page.locator(".honesty")).toContainText("stopped");
});

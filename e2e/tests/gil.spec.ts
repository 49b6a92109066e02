// The GIL: threads compute by turns with it and at once without, and the page says which it shows.

import { expect, open, type Page, runButton, runId, test, untilState, workbench } from "./support";
import { play, scenario, type Task } from "./scenario";

/** Some 50,000 divisions: long enough to need the GIL, and soon over. */
const prime = (id: string): Task => ({ id, function: "is_prime", args: { n: 10000600009 } });

/** Runs what is there to its end; how often the GIL was taken. */
async function takings(page: Page): Promise<number> {
  const wb = workbench(page);
  const before = await wb.getAttribute("data-run");
  await runButton(page).click();
  await expect.poll(() => wb.getAttribute("data-run")).not.toBe(before);
  await untilState(wb, "ended");
  const records = await page.request.get(`/api/runs/${await runId(wb)}/records`);
  return (await records.text()).split('"gil_taken"').length - 1;
}

test("the GIL can be taken from threads and given back, and a run with it is marked as emulated", async ({ page }) => {
  const badge = page.locator(".badge.emulated");
  const toggle = page.getByLabel("one thread computes at a time");
  const options = page.locator(".options summary");
  await open(page, play(scenario([prime("a"), prime("b")])));
  expect(await takings(page)).toBeGreaterThanOrEqual(2);
  await expect(badge).toHaveText("GIL emulated");

  await options.click();
  await expect(toggle).toBeChecked();
  await toggle.uncheck();
  await expect(options).toContainText("no GIL");
  expect(await takings(page)).toBe(0);
  await expect(badge).toHaveCount(0);

  // It is an edit like any other, and processes have no such thing.
  await page.locator(".graph").focus();
  await page.keyboard.press("Control+z");
  await expect(options).not.toContainText("no GIL");
  await page.getByLabel("Executor").selectOption("ProcessPoolExecutor");
  await options.click();
  await expect(toggle).toHaveCount(0);
  expect(await takings(page)).toBe(0);
});

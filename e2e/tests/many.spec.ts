// One experiment many times: thirty as it is, or for several numbers of workers or sizes of chunks.

import { gate, play, type Scenario, scenario, sleep } from "./scenario";
import { expect, type Locator, notice, open, type Page, runId, test, untilState, workbench } from "./support";

/** Three that are tied, and two that come after them. */
const RACE = scenario([sleep("a", 1), sleep("b", 1), sleep("c", 1), sleep("d", 3), sleep("e", 5)], {
  executor: { kind: "threads", workers: 3 },
  program: { mode: "as_completed" },
  scale: 0.01,
});

/** 300 short calls of processes. */
const SHORT: Scenario = scenario([{ id: "n", function: "square", args: { x: { each: { range: [300] } } } }], {
  executor: { kind: "processes", workers: 2 },
  program: { mode: "map" },
});

const panel = (page: Page): Locator => page.locator(".many");
const sentence = (page: Page): Locator => panel(page).locator(".sentence");
const go = (page: Page): Locator => panel(page).locator("header .btn");
const row = (page: Page, name: string): Locator =>
  panel(page).getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });

async function many(page: Page, of: Scenario, which: string, how?: "simulated"): Promise<void> {
  await open(page, play(of));
  if (how === "simulated") {
    await page.keyboard.press("r");
  }
  await page.keyboard.press("b");
  await page.getByRole("radio", { name: which, exact: true }).check();
}

/** Every count of a task's row, in the order of the places; 0 where the cell is empty. */
async function counts(page: Page, task: string): Promise<number[]> {
  const texts = await row(page, task).locator("td").allTextContents();
  return texts.map(Number);
}

test("thirty simulations tell what may come from what must, and each can be opened", async ({ page }) => {
  await many(page, RACE, "30 times", "simulated");
  await expect(panel(page)).toContainText("Thirty show more of them");
  await go(page).click();
  await expect(sentence(page)).toHaveText(
    /^Simulated\. Each took 6\.00 s\. \d orders in 30 runs: d, e had the same places in all\.$/,
  );
  expect(await counts(page, "d")).toEqual([0, 0, 0, 30, 0]);
  expect(await counts(page, "e")).toEqual([0, 0, 0, 0, 30]);
  const tied = await Promise.all(["a", "b", "c"].map((task) => counts(page, task)));
  for (const place of [0, 1, 2]) {
    expect(tied.reduce((sum, of) => sum + (of[place] ?? 0), 0)).toBe(30);
  }
  await expect(panel(page).locator(".spot")).toHaveCount(30);

  // A run in which c was first, and after that another.
  const first = row(page, "c").locator("td").first().getByRole("button");
  await first.click();
  await untilState(workbench(page), "ended");
  const seed = await workbench(page).getAttribute("data-seed");
  await expect(notice(page)).toContainText(`This is seed ${seed}`);
  await page.getByRole("tab", { name: "Results" }).click();
  await expect(page.locator(".results tbody tr").first()).toContainText("c");
  await page.getByRole("tab", { name: "Compare" }).click();
  if (Number(await first.textContent()) > 1) {
    await first.click();
    await expect(workbench(page)).not.toHaveAttribute("data-seed", seed ?? "");
  }
});

test("thirty real runs are one series of the server's, and each can be opened", async ({ page }) => {
  await many(page, RACE, "30 times");
  await go(page).click();
  await expect(go(page)).toHaveText("Stop");
  await expect(sentence(page)).toHaveText(/^Measured\. From .+ in 30 runs|^Measured\. From .+ All 30/, { timeout: 60_000 });
  await expect(go(page)).toHaveText("Run it 30 times");
  expect((await counts(page, "e")).reduce((sum, count) => sum + count)).toBe(30);
  await panel(page).locator(".spot").nth(6).press("Enter");
  await expect(notice(page)).toContainText("This is run 7, 7 of 30.");
  await untilState(workbench(page), "ended");
  expect(await runId(workbench(page))).not.toBe("");
  await expect(page.locator("button.lane-head")).toHaveCount(3);
});

test("a sweep of workers is a curve beside what CPython would take, and its points open runs", async ({ page }) => {
  await many(page, RACE, "Workers", "simulated");
  await go(page).click();
  await expect(sentence(page)).toHaveText("Simulated. Shortest 5.00 s with 5 workers, longest 11.00 s with 1 worker.");
  await expect(panel(page).locator(".spot")).toHaveCount(8);
  await expect(row(page, "1 worker").locator("td")).toHaveText(["11.00 s", "5", /^11\.\d\d s$/]);
  await expect(row(page, "3 workers").locator("td").first()).toHaveText("6.00 s");
  await expect(row(page, "8 workers").locator("td").last()).toHaveText(/^5\.\d\d s$/);
  await row(page, "2 workers").getByRole("button").click();
  await untilState(workbench(page), "ended");
  await expect(page.locator(".workers summary output")).toHaveText("2");
  await expect(page.locator("button.lane-head")).toHaveCount(2);
  // One step of the history brings back what was there.
  await page.keyboard.press("Control+z");
  await expect(page.locator(".workers summary output")).toHaveText("3");
});

test("a sweep of chunks runs for real, and threads are told why it is not for them", async ({ page }) => {
  await many(page, SHORT, "Chunks");
  await go(page).click();
  await expect(panel(page).locator("tbody tr")).toHaveCount(5, { timeout: 60_000 });
  await expect(panel(page).locator("tbody tr td:nth-of-type(2)")).toHaveText(["300", "30", "3", "1", "1"]);
  await expect(row(page, "chunksize 10000").locator("td").last()).toHaveText(/ s$/);
  await row(page, "chunksize 100").getByRole("button").click();
  await untilState(workbench(page), "ended");
  await expect(notice(page)).toContainText("This is chunksize 100, 3 of 5.");

  await page.getByRole("tab", { name: "Compare" }).click();
  await page.keyboard.press("t");
  await go(page).click();
  await expect(notice(page)).toContainText("Threads take their calls one by one");
});

test("a series is stopped, all of its runs on the server", async ({ page }) => {
  await many(page, scenario([gate("waits")]), "30 times");
  const answered = page.waitForResponse("**/api/series");
  await go(page).click();
  const { runs } = (await (await answered).json()) as { runs: { id: string }[] };
  await expect(sentence(page)).toHaveText("1 of 30 …");
  await go(page).click();
  await expect(sentence(page)).toHaveText("Stopped. 0 of 30 are here.");
  for (const run of [runs[0], runs[29]]) {
    const state = async () => ((await (await page.request.get(`/api/runs/${run?.id}`)).json()) as { state: unknown }).state;
    await expect.poll(state).toEqual({ ended: { cause: "stopped" } });
  }
  // The same before the server has answered.
  const again = page.waitForResponse("**/api/series");
  await go(page).click();
  await go(page).click();
  const later = (await (await again).json()) as { runs: { id: string }[] };
  const state = async () => ((await (await page.request.get(`/api/runs/${later.runs[7]?.id}`)).json()) as { state: unknown }).state;
  await expect.poll(state).toEqual({ ended: { cause: "stopped" } });
});

test("what does not come to its own end is counted by itself, and what is from before an edit is said", async ({ page }) => {
  await many(page, scenario([gate("waits")]), "30 times", "simulated");
  await go(page).click();
  await expect(sentence(page)).toHaveText("Simulated. 30 did not come to their own end.");
  await page.keyboard.press("+");
  await expect(sentence(page)).toHaveText(/^From before your edit\. Simulated\./);
});

test("a server that cannot be reached is said in words, and a simulation needs none", async ({ page, complaints }) => {
  complaints.expect(/ERR_FAILED/);
  await many(page, RACE, "30 times");
  await page.route("**/api/series", (route) => route.abort());
  await go(page).click();
  await expect(sentence(page)).toContainText("The server cannot be reached");
  await expect(sentence(page)).toContainText("choose Simulated beside Run");
  await page.keyboard.press("r");
  await go(page).click();
  await expect(sentence(page)).toContainText("Each took 6.00 s.");
});

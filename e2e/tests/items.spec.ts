// What many items share and what each has of its own: a map node's items in the inspector, which of
// them travelled together, what the post cost, and how many workers there were for it.

import { gate, play, scenario, type Scenario, type Task } from "./scenario";
import { expect, node, notice, open, type Page, runButton, test, untilLooks, untilState, workbench } from "./support";

type Program = Scenario["program"] & { chunksize?: number };

const squares = (count: number): Task => ({
  id: "squares",
  function: "square",
  args: { x: { each: { range: [count] } } },
});

const BBC = "http://www.bbc.co.uk/";
const NONE = "http://some-made-up-domain.com/";

/** Loads each of these pages; one that is not there raises. */
const pages = (...urls: string[]): Task => ({ id: "pages", function: "fetch", args: { url: { each: urls } } });

const of = (task: Task, kind: Scenario["executor"]["kind"], program: Program): Scenario =>
  scenario([task], { executor: { kind, workers: 2 }, program });

const list = (page: Page) => page.getByRole("listbox", { name: "Items" });
const item = (page: Page, number: number) => list(page).locator(`#item-${number}`);
const only = (page: Page, state: string) =>
  page.getByRole("group", { name: "Only items that are" }).getByRole("button", { name: new RegExp(`^${state}`) });
const jump = (page: Page) => page.getByLabel("Go to item");
const workers = (page: Page) => page.locator(".workers output");

/** Opens it, runs it simulated or for real until it has ended, and selects the map node. */
async function run(page: Page, it: Scenario, how: "Simulated" | "Real", task = "squares"): Promise<void> {
  await open(page, play(it));
  if (how === "Simulated") {
    await page.getByRole("radio", { name: "Simulated" }).check();
  }
  await node(page, task).locator(".body").click();
  await runButton(page).click();
  await untilState(workbench(page), "ended");
}

test("a map node's items are listed, each with its argument, state, worker, time and value", async ({ page }) => {
  await run(page, of(squares(5), "threads", { mode: "submit" }), "Simulated");
  await expect(list(page).getByRole("option")).toHaveCount(5);
  await expect(item(page, 3)).toHaveText(/^\[3\] 3\s*9\s*succeeded\s*[AB] · .* m?s$/);
  await expect(item(page, 3).locator(".mark.is-succeeded")).toBeVisible();
  await expect(only(page, "succeeded")).toContainText("5");

  // The one that is chosen is spoken of below.
  await item(page, 4).click();
  await expect(page.locator("[data-item]")).toHaveText("Item 4");
  await expect(page.locator("[data-outcome]")).toHaveText("16");
  await expect(page.locator(".says [data-says='done() True']")).toContainText("it has a value");
  await expect(page.getByText("Nothing travels: a thread works on the program's own objects.")).toBeVisible();
});

test("items are filtered by their state, and what is sought is shown all the same", async ({ page }) => {
  await run(page, of(pages(BBC, NONE, BBC, NONE), "threads", { mode: "submit" }), "Simulated", "pages");
  await only(page, "failed").click();
  await expect(only(page, "failed")).toHaveAttribute("aria-pressed", "true");
  await expect(list(page).getByRole("option")).toHaveCount(2);
  await expect(item(page, 1)).toContainText("URLError");
  await expect(item(page, 3)).toContainText("URLError");

  await jump(page).fill("2");
  await jump(page).press("Enter");
  await expect(list(page).getByRole("option")).toHaveCount(4);
  await expect(item(page, 2)).toHaveAttribute("aria-selected", "true");
  await jump(page).fill("9");
  await jump(page).press("Enter");
  await expect(notice(page)).toHaveText("pages has no item “9”: its items are 0 to 3.");
});

test("a filter that finds nothing any more says so, and all are one click away", async ({ page }) => {
  await open(page, play(scenario([gate("first"), { ...squares(3), after: ["first"] }])));
  await page.getByRole("radio", { name: "Simulated" }).check();
  await node(page, "first").locator(".body").click();
  await runButton(page).click();
  await untilLooks(page, "first", "running");
  await page.keyboard.press("o");
  await untilState(workbench(page), "ended");
  await node(page, "squares").locator(".body").click();
  await only(page, "succeeded").click();
  await expect(list(page).getByRole("option")).toHaveCount(3);
  // In the next run nothing has succeeded before the gate is opened.
  await page.keyboard.press("Control+Enter");
  await untilLooks(page, "first", "running");
  await expect(page.getByText("No item is in the state “succeeded” now.")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(list(page).getByRole("option")).toHaveCount(3);
  await expect(item(page, 0)).toContainText("waiting");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
});

test("thirty-nine thousand items are listed, and the last is one jump away", async ({ page }) => {
  test.setTimeout(120_000);
  await run(page, of(squares(39_999), "processes", { mode: "map", chunksize: 1_000 }), "Simulated");
  await expect(only(page, "succeeded")).toContainText("39,999");
  expect(await list(page).getByRole("option").count(), "only those in sight are in the page").toBeLessThan(20);
  await jump(page).fill("39,998");
  await jump(page).press("Enter");
  await expect(item(page, 39_998)).toBeInViewport();
  await expect(item(page, 39_998)).toContainText(String(39_998 ** 2));
  await expect(page.locator("[data-item]")).toHaveText("Item 39998, in call 40 with items 39,000 to 39,998");
  await list(page).press("Home");
  await expect(item(page, 0)).toBeInViewport();
  await expect(item(page, 0)).toHaveAttribute("aria-selected", "true");
  await list(page).press("PageDown");
  await expect(item(page, 4)).toHaveAttribute("aria-selected", "true");
  await expect(item(page, 4)).toBeInViewport();
});

test("brackets tell which items travelled in one call, in the list and on the node", async ({ page }) => {
  await run(page, of(squares(7), "processes", { mode: "map", chunksize: 3 }), "Simulated");
  const calls = list(page).locator("[data-call]");
  await expect(calls).toHaveCount(3);
  await expect(calls).toHaveText(["call 1", "call 2", "3"]);
  await expect(calls.nth(1)).toHaveAttribute("title", "Call 2 of 3: items 3 to 5");
  const [bracket, first, last] = await Promise.all(
    [calls.nth(1), item(page, 3), item(page, 5)].map((it) => it.boundingBox()),
  );
  expect(bracket?.y).toBeCloseTo(first?.y ?? 0, 0);
  expect((bracket?.y ?? 0) + (bracket?.height ?? 0)).toBeCloseTo((last?.y ?? 0) + (last?.height ?? 0), 0);
  // Three calls are three pieces of the node's bar, with two cuts between them.
  await expect(node(page, "squares").locator(".items-is-succeeded")).toHaveCount(3);
  const borders = node(page, "squares").locator(".items-borders");
  await expect(borders).toHaveAttribute("d", /^M[^M]*M[^M]*$/);

  // Each by itself has none.
  await run(page, of(squares(7), "processes", { mode: "map" }), "Simulated");
  await expect(list(page).getByRole("option").first()).toBeVisible();
  await expect(calls).toHaveCount(0);
  await expect(borders).toHaveCount(0);
});

test("of a call in which one item raised, the others say what became of them", async ({ page }) => {
  await run(page, of(pages(BBC, BBC, NONE, BBC), "processes", { mode: "map", chunksize: 4 }), "Simulated", "pages");
  await expect(item(page, 0)).toContainText("338514, lost");
  await expect(item(page, 2)).toContainText("URLError");
  await expect(item(page, 3)).toContainText("not run");
  await item(page, 3).click();
  await expect(page.getByText("Its turn never came: pages[2], before it in the same call, raised.")).toBeVisible();
});

test("a Pool's items are listed as an executor's are", async ({ page }) => {
  await run(page, of(squares(6), "pool", { mode: "map", chunksize: 2 }), "Simulated");
  await expect(list(page).locator("[data-call]")).toHaveCount(3);
  await expect(item(page, 5)).toContainText("25");
});

test("the post of a worker process is told in bytes and microseconds", async ({ page }) => {
  await run(page, of(squares(6), "processes", { mode: "map", chunksize: 3 }), "Real");
  const post = page.locator(".post");
  await expect(post.getByRole("columnheader")).toHaveText(["a call", "an item"]);
  await expect(page.locator("[data-post]")).toHaveText(/On average of 6 items in 2 calls\. An item: .* of work, .* of post: .*\./);
  await expect(post.getByRole("row", { name: /^bytes received/ })).toHaveText(/received\s*\d+\s*\d+/);
  await item(page, 4).click();
  await expect(page.locator("[data-post]")).toHaveText(/^[\d.]+ .?s of work, [\d.]+ .?s of post: .*\.$/);
  for (const leg of ["unpacking it there", "work", "packing what came of it", "way back, unpacking"]) {
    await expect(post.getByRole("row", { name: new RegExp(`^${leg}`) })).toHaveText(/[\d.]+ (µ|m)?s$/);
  }
});

test("workers are set by a slider, in one step of the history, and it runs again when it is let go", async ({ page }) => {
  await run(page, of(squares(4), "threads", { mode: "map" }), "Simulated");
  const lanes = page.locator("button.lane-head");
  await expect(lanes).toHaveCount(2);
  await page.locator(".workers summary").click();
  const slider = page.getByRole("slider", { name: "Number of workers" });
  await expect(slider).toBeFocused();
  await expect(slider).toHaveAttribute("max", "16");
  const box = await slider.boundingBox();
  if (box === null) {
    throw new Error("the slider is not in sight");
  }
  const era = await workbench(page).getAttribute("data-log-hash");
  await page.mouse.move(box.x + box.width * 0.1, box.y + box.height / 2);
  await page.mouse.down();
  for (const part of [0.3, 0.5, 0.7]) {
    await page.mouse.move(box.x + box.width * part, box.y + box.height / 2);
  }
  // Not while it is held.
  expect(await workbench(page).getAttribute("data-log-hash")).toBe(era);
  await page.mouse.move(box.x + box.width, box.y + box.height / 2);
  await expect(workers(page)).toHaveText("16");
  await page.mouse.up();
  await expect(lanes).toHaveCount(16);
  await untilState(workbench(page), "ended");
  await page.keyboard.press("Escape");
  await expect(slider).toBeHidden();
  await page.keyboard.press("Control+z");
  await expect(workers(page)).toHaveText("2");
});

test("the slider goes by keys, keeps to the limit of processes, and runs nothing before the first run", async ({ page }) => {
  await open(page, play(of(squares(4), "processes", { mode: "map" })));
  await page.getByRole("radio", { name: "Simulated" }).check();
  await page.locator(".workers summary").focus();
  await page.keyboard.press("Enter");
  const slider = page.getByRole("slider", { name: "Number of workers" });
  await expect(slider).toBeFocused();
  await slider.press("End");
  await expect(workers(page)).toHaveText("8");
  await slider.press("ArrowLeft");
  await expect(slider).toHaveAttribute("aria-valuetext", "7 workers");
  await expect(workbench(page)).toHaveAttribute("data-state", "none");
  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  await slider.press("Home");
  await expect(workers(page)).toHaveText("1");
  await expect(page.locator("button.lane-head")).toHaveCount(1);
  await untilState(workbench(page), "ended");
});

for (const [width, height] of [[1024, 768], [390, 844]] as const) {
  test(`at ${width} × ${height} the slider and the list are within the window`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await open(page, play(of(squares(30), "processes", { mode: "map", chunksize: 7 })));
    if (width < 600) {
      await page.locator(".how-summary").click();
    }
    await page.locator(".workers summary").click();
    await expect(page.locator(".workers .menu")).toBeInViewport({ ratio: 1 });
    await expect(page.getByRole("slider", { name: "Number of workers" })).toBeInViewport({ ratio: 1 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
}

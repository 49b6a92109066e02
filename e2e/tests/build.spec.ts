// With the mouse: an experiment is built from nothing, run, broken and mended.

import {
  boxOf,
  expect,
  node,
  notice,
  open,
  type Page,
  placeOf,
  runButton,
  test,
  untilAllLook,
  untilLooks,
  untilState,
  workbench,
} from "./support";
import { gate, play, scenario } from "./scenario";

/** Adds a task by a click in the palette. */
async function add(page: Page, name: string): Promise<void> {
  const code = page.locator("code", { hasText: new RegExp(`^${name}$`) });
  await page.locator(".palette li button").filter({ has: code }).click();
}

/** A point of a task's node, a third from its left: at the right edge is its port. */
async function pointOf(page: Page, task: string): Promise<[number, number]> {
  const { x, y, width, height } = await boxOf(page, task);
  return [x + width / 3, y + height / 2];
}

/** Selects a task by a click on its node. */
async function select(page: Page, task: string): Promise<void> {
  await page.mouse.click(...(await pointOf(page, task)));
  await expect(node(page, task)).toHaveClass(/\bselected\b/);
}

/** Writes an argument of the selected task. */
async function write(page: Page, argument: string, text: string): Promise<void> {
  const field = page.locator(`.arg[data-arg="${argument}"] input`);
  await field.fill(text);
  await field.blur();
}

/** Draws an edge from one task's port onto another's node. */
async function connect(page: Page, from: string, to: string): Promise<void> {
  await node(page, from).locator("[data-port]").hover();
  await page.mouse.down();
  await page.mouse.move(...(await pointOf(page, to)), { steps: 3 });
  await page.mouse.up();
}

/** Drags a task by so many pixels. */
async function drag(page: Page, task: string, dx: number, dy: number): Promise<void> {
  const [x, y] = await pointOf(page, task);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx, y + dy, { steps: 4 });
  await page.mouse.up();
}

/** Empties the graph with which the page opens. */
async function empty(page: Page): Promise<void> {
  await open(page, "/play");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await expect(page.locator(".graph .node")).toHaveCount(0);
  await expect(page.locator(".welcome")).toBeVisible();
}

/** Two sleeps whose sum a third task makes. */
async function twoSleepsAndTheirSum(page: Page): Promise<void> {
  await empty(page);
  await add(page, "sleep");
  await write(page, "seconds", "2");
  await write(page, "returns", "40");
  await add(page, "sleep");
  await write(page, "seconds", "0");
  await add(page, "sum");
  await connect(page, "sleep", "sum");
  await connect(page, "sleep-2", "sum");
  await expect(page.locator("[data-edge]")).toHaveCount(2);
}

test("a graph built with the mouse runs on processes, and its values arrive", async ({ page }) => {
  await twoSleepsAndTheirSum(page);
  await page.getByLabel("Executor").selectOption("ProcessPoolExecutor");
  await page.locator(".topbar .seg").getByText("as_completed").click();
  await runButton(page).click();
  await untilState(workbench(page), "ended");

  await untilAllLook(page, { sleep: "succeeded", "sleep-2": "succeeded", sum: "succeeded" });
  await expect(node(page, "sleep")).toHaveAttribute("data-value", "40");
  await expect(node(page, "sleep-2")).toHaveAttribute("data-value", "0");
  await expect(node(page, "sum")).toHaveAttribute("data-value", "40");
  await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText("3");
  // The shorter sleep is done first, and that is the order in which main gets them.
  await page.getByRole("tab", { name: "Results" }).click();
  const came = page.locator(".results tbody tr").filter({ hasText: "as_completed" });
  await expect(came.locator("td:nth-child(3)")).toHaveText(["sleep-2", "sleep", "sum"]);
  await expect(came.locator("td:nth-child(4)")).toHaveText(["0", "40", "40"]);
});

test("a killed worker breaks exactly the futures that were not done", async ({ page }) => {
  // At scale 0.1, these sleep for longer than anything waits here.
  const long = { function: "sleep", args: { seconds: 250 } };
  const tasks = [
    { id: "done", function: "sleep", args: { seconds: 0, returns: 1 } },
    { id: "here", ...long, after: ["done"] },
    { id: "there", ...long, after: ["done"] },
    { id: "queued", ...long, after: ["done"] },
    { id: "later", function: "sum", args: { values: [{ from: "here" }] } },
  ];
  const executor = { kind: "processes", workers: 2 } as const;
  await open(page, play(scenario(tasks, { executor, scale: 0.1 })));
  await runButton(page).click();
  await untilLooks(page, "here", "running");
  await untilLooks(page, "there", "running");

  await select(page, "here");
  await page.locator(".inspector footer").getByRole("button", { name: /^Worker/ }).click();
  const kill = page.getByRole("button", { name: "Kill it" });
  await kill.click();
  await expect(notice(page)).toContainText("breaks the whole pool");
  await expect(workbench(page)).toHaveAttribute("data-state", "running");
  await untilLooks(page, "here", "running");
  await kill.click();

  await untilState(workbench(page), "ended");
  await untilAllLook(page, {
    done: "succeeded",
    here: "broken",
    there: "broken",
    queued: "broken",
    later: "skipped",
  });
  await expect(page.locator("[data-legend=is-broken] b")).toHaveText("3");
  await select(page, "queued");
  await expect(page.locator("[data-outcome]")).toContainText("BrokenProcessPool");
  await expect(node(page, "done")).toHaveAttribute("data-value", "1");
});

test("a wrong argument is said beside its field, and Run goes there", async ({ page }) => {
  await twoSleepsAndTheirSum(page);
  await select(page, "sleep-2");
  await write(page, "seconds", "-1");
  const problem = page.locator('.arg[data-arg="seconds"] .problem');
  await expect(problem).toContainText("-1");
  await expect(page.locator('.arg[data-arg="seconds"] input')).toHaveAttribute("aria-invalid", "true");
  await expect(node(page, "sleep-2")).toHaveClass(/\bwrong\b/);

  await select(page, "sum");
  await runButton(page).click();
  await expect(notice(page)).toContainText("Not started");
  await expect(notice(page)).toContainText("-1");
  await expect(node(page, "sleep-2")).toHaveClass(/\bselected\b/);
  await expect(problem).toBeVisible();
  await expect(workbench(page)).toHaveAttribute("data-state", "none");

  await write(page, "seconds", "0");
  await expect(problem).toHaveCount(0);
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(node(page, "sum")).toHaveAttribute("data-value", "40");
});

test("what is no argument at all is said beside its field, and nothing runs with it", async ({ page }) => {
  await twoSleepsAndTheirSum(page);
  await select(page, "sleep-2");
  await write(page, "seconds", "soon");
  await expect(page.locator('.arg[data-arg="seconds"] .problem')).toContainText(/not "?soon/);
  await runButton(page).click();
  await expect(notice(page)).toContainText("soon");
  await expect(workbench(page)).toHaveAttribute("data-state", "none");
});

test("an edge that would close a circle is refused, and the circle is named", async ({ page }) => {
  await open(page, play(scenario([gate("a"), gate("b", "a"), gate("c", "b")])));
  await connect(page, "c", "a");
  await expect(notice(page)).toContainText("c → a would close a circle");
  await expect(notice(page)).toContainText(/c → a → b → c/);
  await expect(page.locator("[data-edge]")).toHaveCount(2);
  await expect(page.locator('[data-edge="c → a"]')).toHaveCount(0);
});

test("what was added, connected, moved and deleted can be undone and done again", async ({ page }) => {
  await empty(page);
  await add(page, "sleep");
  await add(page, "sum");
  await connect(page, "sleep", "sum");
  const edge = page.locator('[data-edge="sleep → sum"]');
  await expect(edge).toHaveCount(1);
  const place = await placeOf(page, "sum");
  await drag(page, "sum", 60, 80);
  await expect.poll(() => placeOf(page, "sum")).toEqual([place[0] + 60, place[1] + 80]);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(node(page, "sum")).toHaveCount(0);
  await expect(edge).toHaveCount(0);

  const history = page.getByRole("group", { name: "History" });
  const undo = history.getByRole("button").first();
  const redo = history.getByRole("button").last();
  await undo.click();
  await expect(node(page, "sum")).toHaveCount(1);
  await expect(edge).toHaveCount(1);
  await undo.click();
  await expect.poll(() => placeOf(page, "sum")).toEqual(place);
  await undo.click();
  await expect(edge).toHaveCount(0);
  await expect(redo).toHaveAttribute("title", "Redo: connect sleep → sum");
  await undo.click();
  await expect(node(page, "sum")).toHaveCount(0);

  await redo.click();
  await redo.click();
  await expect(edge).toHaveCount(1);
  await redo.click();
  await redo.click();
  await expect(node(page, "sum")).toHaveCount(0);
  await expect(redo).toBeDisabled();
  await expect(node(page, "sleep")).toHaveCount(1);
});

test("a function dragged onto the graph becomes a task where it is dropped", async ({ page }) => {
  await empty(page);
  // The first one opens the inspector, and so moves what is seen.
  await add(page, "sleep");
  await expect(page.locator(".inspector")).toBeVisible();
  const code = page.locator("code", { hasText: /^gate$/ });
  const graph = page.locator(".graph");
  const from = page.locator(".palette li button").filter({ has: code });
  await from.dragTo(graph, { targetPosition: { x: 600, y: 120 } });
  await expect(node(page, "gate")).toHaveClass(/\bselected\b/);
  const whole = await graph.boundingBox();
  const one = await boxOf(page, "gate");
  // On the grid, so within half a step of the pointer, and of a border.
  expect(Math.abs(one.x + one.width / 2 - (whole?.x ?? 0) - 600)).toBeLessThanOrEqual(12);
  expect(Math.abs(one.y + one.height / 2 - (whole?.y ?? 0) - 120)).toBeLessThanOrEqual(12);
});

test("an argument of several inputs names each, and each can be disconnected there", async ({ page }) => {
  await twoSleepsAndTheirSum(page);
  await select(page, "sum");
  const values = page.locator('.arg[data-arg="values"]');
  await expect(values.locator(".fed")).toHaveText(["from sleep", "from sleep-2"]);
  await values.getByRole("button", { name: "Disconnect sleep-2" }).click();
  await expect(values.locator(".fed")).toHaveText(["from sleep"]);
  await page.keyboard.press("Control+z");
  await expect(values.locator(".fed")).toHaveCount(2);
});

test("an argument that is missing is said beside its own field", async ({ page }) => {
  await open(page, play(scenario([{ id: "a", function: "diff", args: { x: 1 } }])));
  await node(page, "a").click();
  await expect(page.locator('.arg[data-arg="y"] input')).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator('.arg[data-arg="y"] .problem')).toContainText('"y"');
  await expect(page.locator('.arg[data-arg="x"] .problem')).toHaveCount(0);
});

// Editing with what hands already know: copy and paste, frames, menus, a palette, drafts.

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
  untilLooks,
  untilState,
  workbench,
} from "./support";
import { gate, play, scenario, type Scenario, type Task } from "./scenario";

/** `a` and `b` feed `sum`, which feeds `last`; `alone` stands beside. */
const FAN_IN: Task[] = [
  { id: "a", function: "identity", args: { value: 1 }, position: [0, 0] },
  { id: "b", function: "identity", args: { value: 2 }, position: [0, 100] },
  { id: "sum", function: "sum", args: { values: [{ from: "a" }, { from: "b" }] }, position: [300, 0] },
  { id: "last", function: "square", args: { x: { from: "sum" } }, position: [300, 100] },
  { id: "alone", function: "sleep", args: { seconds: 1 }, position: [0, 200] },
];

/** The ids of the selected tasks, sorted. */
async function selected(page: Page): Promise<string[]> {
  const ids = await page.locator(".graph .node.selected").evaluateAll((nodes) =>
    nodes.map((node) => node.getAttribute("data-task") ?? ""),
  );
  return ids.sort();
}

/** All tasks, sorted. */
async function tasks(page: Page): Promise<string[]> {
  const ids = await page.locator(".graph .node").evaluateAll((nodes) =>
    nodes.map((node) => node.getAttribute("data-task") ?? ""),
  );
  return ids.sort();
}

async function copied(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}

async function setCopied(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => navigator.clipboard.writeText(text), text);
}

test.beforeEach(async ({ context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
});

test("selected tasks are copied as an experiment, and pasted beside with the edges among them", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  await node(page, "sum").click();
  await node(page, "last").click({ modifiers: ["Shift"] });
  await page.keyboard.press("Control+c");
  await expect(notice(page)).toContainText("Copied 2 tasks.");
  const text = JSON.parse(await copied(page)) as Scenario;
  expect(text.format).toBe(1);
  expect(text.tasks.map((task) => task.id)).toEqual(["sum", "last"]);
  // Who is not copied does not feed the copy.
  expect(text.tasks[0]?.args).toBeUndefined();

  await page.keyboard.press("Control+v");
  await expect(notice(page)).toContainText("Pasted 2 tasks.");
  await expect.poll(() => selected(page)).toEqual(["last-2", "sum-2"]);
  await expect(page.locator('[data-edge="sum-2 → last-2"]')).toHaveCount(1);
  await expect(page.locator("[data-edge]")).toHaveCount(4);
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText("Undid: paste 2 tasks.");
  await expect(page.locator(".graph .node")).toHaveCount(5);
});

test("what was cut in one tab is pasted in another", async ({ page, context }) => {
  await open(page, play(scenario(FAN_IN)));
  await node(page, "alone").click();
  await page.keyboard.press("Control+x");
  await expect(notice(page)).toContainText("Cut alone.");
  await expect(node(page, "alone")).toHaveCount(0);

  const other = await context.newPage();
  await open(other, play(scenario([gate("g")])));
  await other.locator(".graph").click({ position: { x: 20, y: 200 } });
  await other.keyboard.press("Control+v");
  await expect.poll(() => tasks(other)).toEqual(["alone", "g"]);
});

test("a whole experiment opens where nothing is yet, and elsewhere gives its tasks and says so", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  const whole = { ...scenario([gate("g")], { title: "Whole" }), executor: { kind: "processes", workers: 3 } };
  await setCopied(page, JSON.stringify(whole));
  await page.locator(".graph").focus();
  await page.keyboard.press("Control+v");
  await expect(notice(page)).toContainText("Pasted g, and nothing else of that experiment");
  await open(page, play(scenario([])));
  await page.locator(".graph").focus();
  await page.keyboard.press("Control+v");
  await expect(notice(page)).toContainText("Opened the experiment that was pasted.");
  await expect(page).toHaveTitle("Whole · Futurescope");
  await expect(page.locator(".workers summary output")).toHaveText("3");
  await page.keyboard.press("Control+z");
  await expect(page.locator(".graph .node")).toHaveCount(0);
});

test("what is no experiment is not pasted, and it is said why", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  await page.locator(".graph").focus();
  await setCopied(page, "print('hello')");
  await page.keyboard.press("Control+v");
  await expect(notice(page)).toContainText("What was copied is no experiment");
  await expect(notice(page)).toContainText("Nothing was pasted.");
  await setCopied(page, JSON.stringify(scenario([])));
  await page.keyboard.press("Control+v");
  await expect(notice(page)).toContainText("has no tasks");
  await expect(page.locator(".graph .node")).toHaveCount(5);
});

test("in a field, copying and pasting are about the field's text", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  await node(page, "alone").click();
  const name = page.getByLabel("name", { exact: true });
  await name.fill("other");
  await name.press("Control+a");
  await name.press("Control+c");
  await expect.poll(() => copied(page)).toBe("other");
  await name.press("ArrowRight");
  await name.press("Control+v");
  await expect(name).toHaveValue("otherother");
  await expect(page.locator(".graph .node")).toHaveCount(5);
});

test("a frame with Shift selects what it touches, and more with what was selected", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  const frame = async (from: [number, number], to: [number, number]): Promise<void> => {
    await page.keyboard.down("Shift");
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 4 });
    await expect(page.locator(".marquee")).toHaveCount(1);
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await expect(page.locator(".marquee")).toHaveCount(0);
  };
  const [a, b, last] = [await boxOf(page, "a"), await boxOf(page, "b"), await boxOf(page, "last")];
  await frame([a.x - 20, a.y - 10], [b.x + b.width / 2, b.y + b.height / 2]);
  await expect.poll(() => selected(page)).toEqual(["a", "b"]);
  const moved = await boxOf(page, "last");
  await frame([moved.x + moved.width + 10, moved.y - 10], [moved.x + 20, moved.y + 20]);
  await expect.poll(() => selected(page)).toEqual(["a", "b", "last"]);
  expect(moved.y).toBe(last.y);
});

test("while Space is held, dragging moves the view and no task", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  await page.locator(".graph").focus();
  const [place, box] = [await placeOf(page, "a"), await boxOf(page, "a")];
  await page.keyboard.down(" ");
  await page.mouse.move(box.x + 60, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 160, box.y + 80, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up(" ");
  await expect.poll(async () => Math.round((await boxOf(page, "a")).x - box.x)).toBe(100);
  expect(await placeOf(page, "a")).toEqual(place);
});

test("[ selects what a task needs, and ] what needs it", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  await node(page, "sum").click();
  await page.keyboard.press("[");
  await expect.poll(() => selected(page)).toEqual(["a", "b", "sum"]);
  await expect(notice(page)).toContainText("2 tasks more are selected.");
  await page.keyboard.press("]");
  await expect.poll(() => selected(page)).toEqual(["a", "b", "last", "sum"]);
  await page.keyboard.press("]");
  await expect(notice(page)).toContainText("Nothing else needs them.");
});

test("Ctrl K finds commands with their keys, tasks, functions and examples", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  const palette = page.getByRole("dialog", { name: "Commands" });
  const find = async (text: string): Promise<void> => {
    await page.keyboard.press("Control+k");
    await expect(palette.getByRole("combobox")).toBeFocused();
    await page.keyboard.type(text);
  };
  const first = palette.getByRole("option").first();

  await find("select all");
  await expect(first).toContainText("CtrlA");
  await page.keyboard.press("Enter");
  await expect(palette).toBeHidden();
  await expect.poll(() => selected(page)).toHaveLength(5);

  await find("alone");
  await page.keyboard.press("Enter");
  await expect.poll(() => selected(page)).toEqual(["alone"]);

  await find("add gate");
  await page.keyboard.press("Enter");
  await expect.poll(() => selected(page)).toEqual(["gate"]);

  await find("open: map keeps");
  await expect(first).toContainText("map keeps the order of its inputs");
  await page.keyboard.press("Enter");
  await expect(node(page, "task-5")).toHaveCount(1);
  await expect(node(page, "sum")).toHaveCount(0);

  await find("nothing of this name");
  await expect(palette).toContainText("Nothing of this name.");
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
});

test("a menu does for what was pointed at what the keys do, and says why it cannot", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  const menu = page.getByRole("menu", { name: "What can be done" });
  const item = (name: string) => menu.getByRole("menuitem", { name });

  await node(page, "alone").click({ button: "right" });
  await expect(menu).toBeVisible();
  await expect.poll(() => selected(page)).toEqual(["alone"]);
  await expect(menu.getByRole("menuitem").first()).toBeFocused();
  await expect(item("Cancel the future")).toHaveAttribute("aria-disabled", "true");
  // A press on what cannot be done is answered, too.
  await item("Cancel the future").click({ force: true });
  await expect(notice(page)).toContainText("Select one task of a run first.");

  await node(page, "alone").click({ button: "right" });
  await item("Duplicate").click();
  await expect(menu).toBeHidden();
  await expect.poll(() => selected(page)).toEqual(["alone-2"]);

  // By keys: up from the first entry is the last one.
  await page.locator(".graph").focus();
  await page.getByRole("button", { name: "More for this task" }).focus();
  await page.keyboard.press("Enter");
  await expect(menu.getByRole("menuitem").first()).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(item("Delete")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(node(page, "alone-2")).toHaveCount(0);

  // On the ground it is about the graph, and Esc leaves it.
  const a = await boxOf(page, "a");
  await page.mouse.click(a.x + 40, a.y + 300, { button: "right" });
  await expect(item("Add a task")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
});

test("copying and pasting by the menu needs no keyboard", async ({ page }) => {
  await open(page, play(scenario(FAN_IN)));
  const item = (name: string) => page.getByRole("menuitem", { name, exact: true });
  await node(page, "a").click({ button: "right" });
  await page.locator('[data-command="copy"]').click();
  await expect(notice(page)).toContainText("Copied a.");
  await page.getByRole("button", { name: "More for this task" }).click();
  await page.locator('[data-command="paste"]').click();
  await expect.poll(() => tasks(page)).toContain("a-2");
  await expect(item("Paste")).toHaveCount(0);
});

test("what is edited is kept as a draft, comes back without a link, and can be opened again", async ({ page }) => {
  await open(page, "/play");
  await page.locator(".palette").getByRole("button", { name: "Drafts" }).click();
  await expect(page.locator(".palette")).toContainText("What you edit is kept here");
  const title = page.getByLabel("Name of the experiment");
  await title.fill("My own");
  await title.press("Enter");
  const drafts = page.locator("[data-draft]");
  await expect(drafts).toHaveCount(1);
  await expect(drafts).toContainText("My own");

  await open(page, "/gallery");
  await open(page, "/play");
  await expect(title).toHaveValue("My own");
  await expect(notice(page)).toContainText("Your last draft is open again");

  // Another document that is edited is another draft, and this one stays.
  await open(page, play(scenario(FAN_IN, { title: "Fan in" })));
  await page.locator(".palette").getByRole("button", { name: "Drafts" }).click();
  await expect(drafts).toHaveCount(1);
  await node(page, "alone").click();
  await page.keyboard.press("Delete");
  await expect(drafts).toHaveCount(2);
  await expect(drafts.first()).toContainText("Fan in");
  await expect(drafts.first()).toContainText("4 tasks");
  await drafts.last().click();
  await expect(title).toHaveValue("My own");
  await expect(drafts).toHaveCount(2);
});

test("a run from before an edit stays, hatched and marked, until the next", async ({ page }) => {
  await open(page, play(scenario(FAN_IN, { scale: 0.01 })));
  const wb = workbench(page);
  const badge = page.locator(".badge.before");
  await runButton(page).click();
  await untilState(wb, "ended");
  await untilLooks(page, "last", "succeeded");
  await expect(badge).toHaveCount(0);

  // Where a node stands is nothing to a run.
  await node(page, "alone").click();
  await page.keyboard.press("Alt+ArrowDown");
  await expect(badge).toHaveCount(0);
  await page.keyboard.press("+");
  await expect(badge).toHaveText("from before your edit");
  await untilLooks(page, "last", "succeeded");
  await expect(page.locator(".from-before")).toHaveCount(5);
  await page.keyboard.press("Control+z");
  await expect(badge).toHaveCount(0);

  await page.keyboard.press("+");
  await expect(badge).toHaveCount(1);
  await runButton(page).click();
  await expect(badge).toHaveCount(0);
  await untilState(wb, "ended");
});

test("a new graph is found by its other names, is empty, and undo brings the old one back", async ({ page }) => {
  await open(page, play(scenario(FAN_IN, { title: "Old", program: { mode: "map" } })));
  await page.keyboard.press("Control+k");
  await page.keyboard.type("clear");
  await expect(page.getByRole("dialog").getByRole("option").first()).toContainText("New graph, empty");
  await page.keyboard.press("Enter");
  await expect(page.locator(".graph .node")).toHaveCount(0);
  await expect(page.getByLabel("Name of the experiment")).toHaveValue("");
  await expect(page.getByRole("radio", { name: "submit" })).toBeChecked();
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText("begin a new graph");
  expect(await tasks(page)).toEqual(["a", "alone", "b", "last", "sum"]);
  await expect(page.getByLabel("Name of the experiment")).toHaveValue("Old");
});

test("an empty graph offers three beginnings, each a picture of its run half way through", async ({ page }) => {
  await open(page, play(scenario([])));
  const starters = page.locator(".welcome .tpl");
  await expect(starters).toHaveCount(3);
  await expect(starters.nth(2).locator(".node.is-running")).toHaveCount(2);
  await expect(starters.nth(2).locator(".node.is-waiting")).toHaveCount(1);
  await starters.nth(2).click();
  await expect(page.locator(".graph .node")).toHaveCount(4);
  await expect(page.locator(".graph")).toBeFocused();
  await expect(starters).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(page.locator(".graph .node")).toHaveCount(0);
  await expect(starters).toHaveCount(3);
});

test("where there is room for icons only, the palette unfolds over the graph and folds again", async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 768 });
  await open(page, "/play");
  const unfold = page.getByRole("button", { name: "Unfold the palette" });
  const examples = page.getByRole("button", { name: "Examples", exact: true });
  await expect(examples).toBeHidden();
  await unfold.click();
  await examples.click();
  await page.locator('[data-example="seed-002-line-150-crash"]').click();
  await expect(node(page, "crash")).toBeVisible();
  await expect(examples).toBeHidden();
  await unfold.focus();
  await page.keyboard.press("Enter");
  await expect(examples).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(examples).toBeHidden();
  await expect(unfold).toBeFocused();
  await unfold.click();
  await page.locator(".graph").click({ position: { x: 700, y: 40 } });
  await expect(examples).toBeHidden();
  // The icons are those of functions, whatever was looked at last.
  await expect(page.getByRole("button", { name: "sleep", exact: true })).toBeVisible();
});

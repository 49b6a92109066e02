// The drawing: edges by two taps, circles drawn, nodes edited in place, guides, notes.

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
  untilState,
  workbench,
} from "./support";
import { play, scenario, type Scenario, type Task } from "./scenario";

/** `a` feeds `b`, which feeds `c`; `alone` stands beside. */
const CHAIN: Task[] = [
  { id: "a", function: "identity", args: { value: 1 }, position: [0, 0] },
  { id: "b", function: "square", args: { x: { from: "a" } }, position: [300, 0] },
  { id: "c", function: "square", args: { x: { from: "b" } }, position: [600, 0] },
  { id: "alone", function: "sleep", args: { seconds: 1 }, position: [300, 200] },
];

/** The output of a task's node. */
function output(page: Page, task: string) {
  return node(page, task).locator("[data-port]");
}

/** A point within a task's node, at its left, and so far to its left and above. */
async function nearTo(page: Page, task: string, left = -20, above = -28): Promise<[number, number]> {
  const { x, y } = await boxOf(page, task);
  return [x - left, y - above];
}

function edge(page: Page, from: string, to: string) {
  return page.locator(`.graph .edges [data-edge="${from} → ${to}"]`);
}

test("a tap on an output and a tap on a task draw an edge, without dragging", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  await output(page, "a").click();
  await expect(notice(page)).toContainText("Edge from a: tap the task that needs it");
  await expect(node(page, "a")).toHaveClass(/\bsource\b/);
  await expect(node(page, "alone")).toHaveClass(/\bpossible\b/);
  // It is there already.
  await expect(node(page, "b")).not.toHaveClass(/\bpossible\b/);

  await node(page, "alone").click();
  await expect(notice(page)).toContainText("Connected a to alone.");
  await expect(edge(page, "a", "alone")).toHaveCount(1);
  await expect(page.locator(".graph .source")).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText("Undid: connect a → alone.");
});

test("an edge that was begun by a tap is let go by Esc, by a tap on the ground and by one on its source", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  const [x, y] = await nearTo(page, "a", 0, -200);
  const ways: (() => Promise<void>)[] = [
    () => page.keyboard.press("Escape"),
    () => page.mouse.click(x, y),
    () => node(page, "a").click({ position: { x: 20, y: 20 } }),
  ];
  for (const letGo of ways) {
    await output(page, "a").click();
    await expect(page.locator(".graph .source")).toHaveCount(1);
    await letGo();
    await expect(page.locator(".graph .source")).toHaveCount(0);
    await expect(notice(page)).toContainText("No edge drawn.");
  }
  await expect(page.locator(".graph .edges [data-edge]")).toHaveCount(2);
});

test("the menu's Connect to… is finished by a tap", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  await node(page, "alone").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Connect to…" }).click();
  await expect(node(page, "alone")).toHaveClass(/\bsource\b/);
  await node(page, "a").click();
  await expect(edge(page, "alone", "a")).toHaveCount(1);
});

test("a finger connects two tasks by two taps", async ({ browser, baseURL, complaints }) => {
  const context = await browser.newContext({ baseURL, viewport: { width: 1024, height: 768 }, hasTouch: true });
  await complaints.watch(context);
  const page = await context.newPage();
  await open(page, play(scenario(CHAIN)));
  await output(page, "a").tap();
  await expect(node(page, "alone")).toHaveClass(/\bpossible\b/);
  await node(page, "alone").tap();
  await expect(edge(page, "a", "alone")).toHaveCount(1);
  await context.close();
});

test("a dragged edge snaps to a task from 24 pixels around it", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  const drag = async (to: [number, number]): Promise<void> => {
    await output(page, "a").hover();
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 4 });
  };
  // Too far from it: nothing is drawn.
  await drag(await nearTo(page, "alone", 40));
  await expect(page.locator(".graph .target")).toHaveCount(0);
  await page.mouse.up();
  await expect(page.locator(".graph .source")).toHaveCount(0);
  await expect(edge(page, "a", "alone")).toHaveCount(0);

  await drag(await nearTo(page, "alone", 18));
  await expect(node(page, "alone")).toHaveClass(/\btarget\b/);
  await page.mouse.up();
  await expect(edge(page, "a", "alone")).toHaveCount(1);
});

test("a circle is drawn in dashes where it would arise, and as long as its refusal is said", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  const circle = page.locator(".graph [data-circle]");
  await output(page, "c").click();
  await expect(node(page, "a")).toHaveClass(/\bno-target\b/);
  await expect(node(page, "b")).toHaveClass(/\bno-target\b/);
  await expect(node(page, "alone")).not.toHaveClass(/\bno-target\b/);
  await expect(circle).toHaveCount(0);

  // Already before it is tried.
  await node(page, "a").hover();
  await expect(circle).toHaveAttribute("data-circle", "c → a → b → c");
  await expect(circle.locator("path")).toHaveCount(3);
  await node(page, "a").click();
  await expect(notice(page)).toContainText("c → a would close a circle: c → a → b → c.");
  await expect(circle).toHaveAttribute("data-circle", "c → a → b → c");
  await expect(page.locator(".graph .edges [data-edge]")).toHaveCount(2);
  await notice(page).getByRole("button", { name: "Close" }).click();
  await expect(circle).toHaveCount(0);

  // By keys it is said before it is tried, and the next act takes it away.
  await page.keyboard.press("Escape");
  await node(page, "c").click();
  await page.keyboard.press("e");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(notice(page)).toContainText("To a? That would close a circle: c → a → b → c.");
  await expect(circle).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(notice(page)).toContainText("would close a circle");
  await expect(circle).toHaveCount(1);
  await node(page, "alone").click();
  await expect(circle).toHaveCount(0);
});

/** The form over a task's node. */
function inPlace(page: Page, task: string) {
  return page.getByRole("group", { name: `Edit ${task}`, exact: true });
}

test("Enter edits a task on its node: name, function and arguments are one step to undo", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  await node(page, "alone").click();
  await page.keyboard.press("Enter");
  const form = inPlace(page, "alone");
  await expect(form.getByLabel("name")).toBeFocused();
  await page.keyboard.type("last");
  await page.keyboard.press("Tab");
  await expect(form.getByLabel("function")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(form.getByLabel("seconds")).toBeFocused();
  await page.keyboard.type("3");
  // Nothing has happened to the document yet.
  await expect(node(page, "alone")).toHaveCount(1);
  await page.keyboard.press("Enter");

  await expect(form).toHaveCount(0);
  await expect(page.locator(".graph")).toBeFocused();
  await expect(node(page, "last")).toHaveClass(/\bselected\b/);
  await expect(node(page, "last")).toHaveAttribute("aria-label", /sleep\(3\)/);
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText("Undid: edit alone.");
  await expect(node(page, "alone")).toHaveAttribute("aria-label", /sleep\(1\)/);
});

test("Run runs what was typed on a node, and holds while something is wrong with it", async ({ page }) => {
  await open(page, play(scenario([{ id: "a", function: "square", args: { x: 3 } }])));
  await node(page, "a").dblclick();
  const x = inPlace(page, "a").getByRole("textbox", { name: "x", exact: true });
  await x.fill("many");
  await page.keyboard.press("Control+Enter");
  await expect(x).toBeFocused();
  await expect(workbench(page)).toHaveAttribute("data-state", "none");
  await x.fill("5");
  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  await expect(node(page, "a")).toHaveAttribute("data-value", "25");
  // A tap gives the focus and clicks in one.
  await node(page, "a").dblclick();
  await x.fill("6");
  await runButton(page).dispatchEvent("pointerdown");
  await runButton(page).focus();
  await runButton(page).dispatchEvent("click");
  await expect(node(page, "a")).toHaveAttribute("data-value", "36");
});

test("what is typed on a node is checked at once, and Esc leaves everything as it was", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  await node(page, "alone").dblclick();
  const form = inPlace(page, "alone");
  const [name, seconds] = [form.getByLabel("name"), form.getByLabel("seconds")];
  await name.fill("a");
  await expect(form.getByRole("alert")).toContainText('There is a task "a" already.');
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await name.fill("alone");
  await expect(form.getByRole("alert")).toHaveCount(0);
  await seconds.fill("soon");
  await expect(form.getByRole("alert")).toContainText("seconds");
  // Enter keeps nothing wrong: it leads to it.
  await name.focus();
  await page.keyboard.press("Enter");
  await expect(seconds).toBeFocused();
  await seconds.fill("");
  await expect(form.getByRole("alert")).toContainText("seconds");

  // Another function has other arguments; what an edge feeds is none to write.
  await form.getByLabel("function").selectOption("diff");
  await expect(form.getByLabel("x", { exact: true })).toBeVisible();
  await expect(seconds).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(form).toHaveCount(0);
  await expect(page.locator(".graph")).toBeFocused();
  await expect(node(page, "alone")).toHaveAttribute("aria-label", /sleep\(1\)/);
  await expect(page.getByRole("button", { name: "Nothing to undo" })).toBeVisible();
});

test("what was typed on a node is kept by going elsewhere, and the panel is one key away", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  await node(page, "a").click();
  await page.keyboard.press("F2");
  await inPlace(page, "a").getByLabel("value").fill("7");
  await page.mouse.click(...(await nearTo(page, "a", 0, -260)));
  await expect(inPlace(page, "a")).toHaveCount(0);
  await expect(node(page, "a")).toHaveAttribute("aria-label", /identity\(7\)/);

  // What cannot be kept is said.
  await node(page, "a").click();
  await page.keyboard.press("F2");
  await inPlace(page, "a").getByLabel("name").fill("no name");
  await page.mouse.click(...(await nearTo(page, "a", 0, -260)));
  await expect(notice(page)).toContainText('a stays as it was. "no name" cannot be a name');
  await expect(node(page, "a")).toHaveCount(1);

  await node(page, "a").click();
  await page.keyboard.press("F2");
  await page.keyboard.press("Shift+F2");
  await expect(page.locator('.inspector [data-arg="value"] input')).toBeFocused();
});

test("a task edited in place moves with the view, and a small one is brought near", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  const form = inPlace(page, "a");
  for (let times = 0; times < 5; times++) {
    await page.getByRole("button", { name: "Zoom out", exact: true }).click();
  }
  await node(page, "a").click();
  await page.keyboard.press("F2");
  await expect(form.getByLabel("name")).toBeFocused();
  await expect(form).toBeInViewport({ ratio: 1 });
  const before = await form.boundingBox();
  expect(before?.width).toBeGreaterThan(250);
  await form.hover();
  await page.mouse.wheel(-30, -40);
  await expect.poll(async () => Math.round(((await form.boundingBox())?.y ?? 0) - (before?.y ?? 0))).toBe(40);
  await expect.poll(async () => Math.round(((await form.boundingBox())?.x ?? 0) - (before?.x ?? 0))).toBe(30);
  await expect(form).toHaveCount(1);
});

test("a line shows where a dragged task is in line with another, and goes with the drag", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  const guides = page.locator(".graph .guide");
  const [x, y] = await nearTo(page, "alone");
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 40, { steps: 4 });
  await expect.poll(() => placeOf(page, "alone")).toEqual([360, 240]);
  await expect(guides).toHaveCount(0);
  // Below c, and nothing else in its row.
  await page.mouse.move(x + 300, y + 40, { steps: 4 });
  await expect.poll(() => placeOf(page, "alone")).toEqual([600, 240]);
  await expect(guides).toHaveCount(1);
  await expect(guides).toHaveAttribute("x1", "600");
  // Below a, and in a row with nobody.
  await page.mouse.move(x - 300, y + 40, { steps: 4 });
  await expect(guides).toHaveAttribute("x1", "0");
  await page.mouse.up();
  await expect(guides).toHaveCount(0);
  expect(await placeOf(page, "alone")).toEqual([0, 240]);
});

/** Where all tasks of the document stand, also those that are too small or too far to be seen. */
async function documentPlaces(page: Page): Promise<Record<string, [number, number]>> {
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await expect(notice(page)).toContainText("Copied");
  const text = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Scenario;
  return Object.fromEntries(text.tasks.map((task) => [task.id, task.position ?? [0, 0]]));
}

test("200 tasks stay where they are whatever happens, are laid out only when asked, and go back in one step", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  // Where no layout would put them: in rows of 20, the later ones feeding on earlier ones.
  const tasks: Task[] = Array.from({ length: 200 }, (_, at) => {
    const position: [number, number] = [((at * 7) % 20) * 240, Math.floor(at / 20) * 120];
    const value = at < 20 ? at : { from: `t${at - 20}` };
    return { id: `t${at}`, function: "identity", args: { value }, position };
  });
  await open(page, play(scenario(tasks)));
  await page.locator(".graph").focus();
  const before = await documentPlaces(page);
  expect(Object.keys(before)).toHaveLength(200);

  // A task more, an edge more, another mode, a run: nothing moves.
  await page.keyboard.press("n");
  await page.keyboard.type("sum");
  await page.keyboard.press("Enter");
  await expect(node(page, "sum")).toHaveCount(1);
  await page.keyboard.press("e");
  await page.keyboard.press("Enter");
  await page.keyboard.press("3");
  await page.keyboard.press("r");
  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  await page.locator(".graph").focus();
  const after = await documentPlaces(page);
  const sum = after["sum"];
  expect(after).toEqual({ ...before, sum });

  await page.keyboard.press("l");
  const laidOut = await documentPlaces(page);
  expect(laidOut).not.toEqual(after);
  // No two at one place, and all on the grid.
  expect(new Set(Object.values(laidOut).map(String)).size).toBe(201);
  expect(Object.values(laidOut).flat().filter((at) => at % 20 !== 0)).toEqual([]);
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText("Undid: lay the graph out.");
  expect(await documentPlaces(page)).toEqual(after);
  await page.keyboard.press("Control+Shift+z");
  expect(await documentPlaces(page)).toEqual(laidOut);
});

/** A note of the drawing, by its place in the document. */
function noteAt(page: Page, at: number) {
  return page.locator(`.graph [data-note="${at}"]`);
}

test("a note is written, moved, changed, deleted and brought back by keys alone", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  await page.locator(".graph").focus();
  await page.keyboard.press("Shift+N");
  const field = page.getByLabel("Text of the note");
  await expect(field).toBeFocused();
  await page.keyboard.type("Ask yourself");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.keyboard.type("Who is first?");
  await page.keyboard.press("Control+Enter");
  await expect(field).toHaveCount(0);
  await expect(page.locator(".graph")).toBeFocused();
  const note = noteAt(page, 0);
  expect(await note.textContent()).toBe("Ask yourself\n\nWho is first?");
  await expect(note).toHaveClass(/\bselected\b/);
  await expect(page.getByRole("application")).toHaveAttribute("aria-label", /, 1 note,/);

  const before = await note.boundingBox();
  await page.keyboard.press("Alt+ArrowDown");
  await expect.poll(async () => Math.round(((await note.boundingBox())?.y ?? 0) - (before?.y ?? 0))).toBe(20);
  await page.keyboard.press("Enter");
  await expect(field).toHaveValue("Ask yourself\n\nWho is first?");
  await page.keyboard.type("Why?");
  await page.keyboard.press("Escape");
  await expect(note).toContainText("Who is first?");
  await page.keyboard.press("F2");
  await page.keyboard.type("Why?");
  await page.keyboard.press("Control+Enter");
  await expect(note).toHaveText("Why?");

  await page.keyboard.press("Delete");
  await expect(note).toHaveCount(0);
  await expect(page.locator(".graph .node")).toHaveCount(4);
  for (const undone of ["delete a note", "write a note", "move a note", "add a note"]) {
    await page.keyboard.press("Control+z");
    await expect(notice(page)).toContainText(`Undid: ${undone}.`);
  }
  await expect(note).toHaveCount(0);
  await page.keyboard.press("Control+Shift+z");
  await expect(note).toContainText("Who is first?");

  // It can have the focus like anything else, and from it one walks on to the tasks.
  await note.focus();
  await expect(note).toHaveClass(/\bselected\b/);
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".graph")).toBeFocused();
  await expect(page.locator(".graph .node.selected")).toHaveCount(1);
  await expect(note).not.toHaveClass(/\bselected\b/);
});

test("a note by the mouse: Alt and two clicks, dragged, edited in place, deleted by its menu", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  const field = page.getByLabel("Text of the note");
  const [x, y] = await nearTo(page, "a", 0, -200);
  await page.keyboard.down("Alt");
  await page.mouse.dblclick(x + 20, y);
  await page.keyboard.up("Alt");
  await expect(field).toBeFocused();
  // Without a text it is none.
  await page.keyboard.press("Control+Enter");
  await expect(notice(page)).toContainText("A note without a text is none.");
  await expect(page.getByRole("button", { name: "Nothing to undo" })).toBeVisible();

  await page.mouse.click(x + 20, y, { button: "right" });
  await page.getByRole("menuitem", { name: "Add a note" }).click();
  await page.keyboard.type("Look here");
  await page.mouse.click(x + 20, y - 100);
  const note = noteAt(page, 0);
  await expect(note).toHaveText("Look here");

  const before = (await note.boundingBox()) ?? { x: 0, y: 0 };
  await page.mouse.move(before.x + 30, before.y + 15);
  await page.mouse.down();
  await page.mouse.move(before.x + 91, before.y + 34, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => Math.round(((await note.boundingBox())?.x ?? 0) - before.x)).toBe(60);
  await expect.poll(async () => Math.round(((await note.boundingBox())?.y ?? 0) - before.y)).toBe(20);
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText("Undid: move a note.");
  await expect.poll(async () => Math.round(((await note.boundingBox())?.x ?? 0) - before.x)).toBe(0);

  await note.dblclick();
  await expect(field).toHaveValue("Look here");
  await page.keyboard.press("Escape");
  await note.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(note).toHaveCount(0);
});

test("a note travels in the link, in plain text, and a run does not become old by it", async ({ page, stranger }) => {
  const text = "<b>Predict</b> first:\nwhich of them is last?";
  await open(page, play({ ...scenario(CHAIN, { scale: 0.01 }), notes: [{ text, position: [0, 140] }] }));
  expect(await noteAt(page, 0).textContent()).toBe(text);
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await noteAt(page, 0).click();
  await page.keyboard.press("F2");
  await page.keyboard.type("Say who is last.");
  await page.keyboard.press("Control+Enter");
  await expect(noteAt(page, 0)).toHaveText("Say who is last.");
  await expect(page.locator(".badge.before")).toHaveCount(0);

  await page.locator("[data-share]").click();
  const link = await page.getByRole("textbox", { name: "This experiment" }).inputValue();
  await open(stranger, link);
  await expect(noteAt(stranger, 0)).toHaveText("Say who is last.");
});

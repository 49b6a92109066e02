// Without a mouse: whatever can be pressed, dragged or drawn can be done by keys.

import {
  expect,
  node,
  notice,
  open,
  type Page,
  placeOf,
  reload,
  runId,
  test,
  untilAllLook,
  untilLooks,
  untilState,
  workbench,
} from "./support";
import { gate, play, scenario } from "./scenario";

/** A mouse that is used is a failure: whatever it presses, it has to say so. */
test.beforeEach(async ({ context }) => {
  await context.addInitScript(() => {
    addEventListener("pointerdown", () => console.error("the mouse was used"), true);
  });
});

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key);
  }
}

/** Adds a task by the name of its function. */
async function add(page: Page, name: string): Promise<void> {
  await press(page, "n");
  await expect(page.getByLabel("Function of the new task")).toBeFocused();
  await page.keyboard.type(name);
  await press(page, "Enter");
  await expect(page.locator(".graph")).toBeFocused();
}

/** Presses Tab until this has the focus; says what was passed if it never gets it. */
async function tabTo(page: Page, what: string): Promise<void> {
  const passed = [];
  for (let at = 0; at < 120; at++) {
    await press(page, "Tab");
    if (await page.evaluate((what) => document.activeElement?.matches(what) ?? false, what)) {
      return;
    }
    passed.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 60)));
  }
  throw new Error(["Tab never reaches " + what, ...passed].join("\n  "));
}

test("a graph is built, connected, moved, edited and run by keys alone", async ({ page }) => {
  await open(page, "/play");
  await press(page, "Control+a", "Delete");
  await expect(page.locator(".graph .node")).toHaveCount(0);

  await add(page, "sleep");
  await press(page, "Shift+F2");
  const seconds = page.locator('.arg[data-arg="seconds"] input');
  await expect(seconds).toBeFocused();
  await page.keyboard.type("2");
  // Past the button that gives each item a value of its own.
  await press(page, "Tab", "Tab");
  await page.keyboard.type("40");
  await press(page, "Escape");
  await expect(page.locator(".graph")).toBeFocused();
  await expect(page.locator(".inspector")).toHaveCount(0);

  await add(page, "identity");
  await add(page, "sum");
  await expect(node(page, "sum")).toHaveClass(/\bselected\b/);
  const [x, y] = await placeOf(page, "sum");
  await press(page, "Alt+Shift+ArrowRight", "Alt+Shift+ArrowRight", "Alt+ArrowRight", "Alt+ArrowDown");
  await expect.poll(() => placeOf(page, "sum")).toEqual([x + 220, y + 20]);

  await connectByKeys(page, "sleep", "sum");
  await connectByKeys(page, "identity", "sum");
  await expect(page.locator("[data-edge]")).toHaveCount(2);

  await press(page, "p", "3");
  await expect(page.getByLabel("Executor")).toHaveValue("ProcessPoolExecutor");
  await expect(page.getByRole("radio", { name: "as_completed" })).toBeChecked();
  await press(page, "Control+Enter");
  await untilState(workbench(page), "ended");
  await untilAllLook(page, { sleep: "succeeded", identity: "succeeded", sum: "succeeded" });
  await expect(node(page, "sum")).toHaveAttribute("data-value", "41");
});

/** Walks to a task by arrows: along the order of nodes, whichever way leads there. */
async function walkTo(page: Page, task: string): Promise<void> {
  await page.locator(".graph").focus();
  const selected = node(page, task).and(page.locator(".selected"));
  for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
    for (let steps = 0; steps < 3; steps++) {
      if ((await selected.count()) > 0) {
        return;
      }
      await press(page, key);
    }
  }
  await expect(selected).toHaveCount(1);
}

/** Draws an edge with E, arrows and Enter. */
async function connectByKeys(page: Page, from: string, to: string): Promise<void> {
  await walkTo(page, from);
  await press(page, "e");
  const target = node(page, to).and(page.locator(".target"));
  for (const key of ["ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"]) {
    for (let steps = 0; steps < 3 && (await target.count()) === 0; steps++) {
      await press(page, key);
    }
  }
  await expect(target).toHaveCount(1);
  await press(page, "Enter");
  await expect(page.locator(`[data-edge="${from} → ${to}"]`)).toHaveCount(1);
}

test("a queued future is cancelled by C, a gate opened by O, a worker killed by K twice", async ({ page }) => {
  const tasks = [gate("a"), gate("b"), gate("c"), gate("d")].map((task, at) => ({
    ...task,
    position: [0, at * 100] as [number, number],
  }));
  const executor = { kind: "processes", workers: 1 } as const;
  await open(page, play(scenario(tasks, { executor })));
  await press(page, "Control+Enter");
  await untilLooks(page, "a", "running");
  // One runs, two may already be in the call queue; the last is the one that can be cancelled.
  await untilLooks(page, "d", "queued");
  await walkTo(page, "d");
  await press(page, "c");
  await untilLooks(page, "d", "cancelled");

  await walkTo(page, "a");
  await press(page, "o");
  await untilLooks(page, "a", "succeeded");
  await untilLooks(page, "b", "running");
  await walkTo(page, "b");
  await press(page, "k");
  await expect(notice(page)).toContainText("Once more to do it");
  await expect(node(page, "b")).toHaveClass(/is-running/);
  await press(page, "k");
  await untilState(workbench(page), "ended");
  await untilAllLook(page, { a: "succeeded", b: "broken", c: "broken", d: "cancelled" });
});

test("Esc closes and deselects, and never stops a run; Ctrl . does", async ({ page }) => {
  await open(page, play(scenario([gate("a"), gate("b", "a")])));
  await press(page, "Control+Enter");
  await untilLooks(page, "a", "running");
  const run = await runId(workbench(page));
  await walkTo(page, "b");
  await press(page, "Escape");
  await expect(page.locator(".inspector")).toHaveCount(0);
  await press(page, "Escape", "Escape");

  await walkTo(page, "a");
  await press(page, "o");
  await untilLooks(page, "b", "running");
  await press(page, "Control+.");
  await untilState(workbench(page), "ended");
  await expect(page.locator(".honesty")).toContainText("stopped");
  await expect(workbench(page)).toHaveAttribute("data-run", run);
});

test("? lists the keys, and Esc closes the list", async ({ page }) => {
  await open(page, "/play");
  await press(page, "?");
  const list = page.getByRole("dialog", { name: "All keys" });
  await expect(list).toBeVisible();
  for (const key of ["Ctrl Enter", "N", "E", "Alt arrows", "C", "K", "O", "Esc", "?"]) {
    const keys = key.split(" ").join("");
    await expect(list.locator(".keys").filter({ hasText: new RegExp(`^${escaped(keys)}$`) })).toHaveCount(1);
  }
  await press(page, "Escape");
  await expect(list).toBeHidden();
  // A letter is a key again, and not part of a word in a box that is gone.
  await press(page, "n");
  await expect(page.getByRole("dialog", { name: "New task" })).toBeVisible();
  await press(page, "Escape");
  await expect(page.getByRole("dialog", { name: "New task" })).toBeHidden();
});

function escaped(text: string): string {
  return text.replace(/[.?*+^$()[\]{}|\\]/g, "\\$&");
}

test("an edge that is being drawn is left by Esc", async ({ page }) => {
  await open(page, play(scenario([gate("a"), gate("b")])));
  await walkTo(page, "a");
  await press(page, "e");
  await expect(page.locator(".graph .wire")).toHaveCount(1);
  await press(page, "Escape");
  await expect(page.locator(".graph .wire")).toHaveCount(0);
  await press(page, "Enter");
  await expect(page.locator("[data-edge]")).toHaveCount(0);
});

test("Tab reaches every region, in the order in which they are seen", async ({ page }) => {
  await open(page, play(scenario([gate("a")])));
  // Selected, and then at the beginning of the page again.
  await walkTo(page, "a");
  await page.evaluate(() => (document.activeElement as SVGElement).blur());
  await page.locator(".skip-link").focus();
  await press(page, "Shift+Tab");
  for (const region of [
    ".skip-link",
    ".brand",
    ".title",
    ".how input",
    ".options summary",
    ".btn.run",
    "[data-share]",
    ".palette *",
    ".graph",
    ".tabs button",
    ".lanes",
    ".lane-head",
    ".inspector button",
    ".status button",
  ]) {
    await tabTo(page, region);
  }
});

test("whatever the mouse can press in a run can have the focus, and Enter presses it", async ({ page }) => {
  const executor = { kind: "processes", workers: 2 } as const;
  const program = { mode: "as_completed" } as const;
  await open(page, play(scenario([gate("a"), gate("b"), gate("c")], { executor, program })));
  await press(page, "Control+Enter");
  await untilLooks(page, "a", "running");
  await untilLooks(page, "b", "running");

  await tabTo(page, "button.lane-head");
  await press(page, "Enter");
  await expect(page.locator(".inspector h2")).toContainText("worker");
  // While the clock runs the focus stays.
  await expect(page.locator("button.lane-head.selected")).toBeFocused();

  await walkTo(page, "a");
  await press(page, "o");
  await untilLooks(page, "a", "succeeded");
  await press(page, "Escape");
  await page.getByRole("tab", { name: "Story" }).focus();
  await press(page, "Enter");
  await tabTo(page, ".story .line");
  await page.locator(".story .line").filter({ hasText: /\ba\b/ }).first().focus();
  await press(page, "Enter");
  await expect(node(page, "a")).toHaveClass(/\bselected\b/);

  // The line showed its moment, when nothing had come to main.
  await press(page, "End");
  await press(page, "Escape");
  await page.getByRole("tab", { name: "Results" }).focus();
  await press(page, "Enter");
  await tabTo(page, ".results button");
  await press(page, "Enter");
  await expect(node(page, "a")).toHaveClass(/\bselected\b/);
  await press(page, "Control+.");
  await untilState(workbench(page), "ended");
});

test("every control that is in sight can have the focus", async ({ page }) => {
  await open(page, play(scenario([gate("a"), gate("b", "a")])));
  await walkTo(page, "b");
  const lost = await page.evaluate(() => {
    const controls = "button, a[href], input, select, summary, [tabindex], .graph";
    const seen = [...document.querySelectorAll<HTMLElement>(controls)].filter(
      (it) => it.checkVisibility({ visibilityProperty: true }) && !it.matches(":disabled"),
    );
    const refuses = (it: HTMLElement) => {
      it.focus();
      return document.activeElement !== it || it.tabIndex < 0;
    };
    return seen.filter(refuses).map((it) => it.outerHTML.slice(0, 80));
  });
  expect(lost).toEqual([]);
});

test("G goes from the graph to the timeline to the story and back", async ({ page }) => {
  await open(page, "/play");
  await page.locator(".graph").focus();
  await press(page, "g");
  await expect(page.locator(".lanes")).toBeFocused();
  await press(page, "g");
  await expect(page.locator(".story .lines")).toBeFocused();
  await press(page, "g");
  await expect(page.locator(".graph")).toBeFocused();
});

test("keys undo, redo, lay out, look, choose and share", async ({ page }) => {
  const tasks = [gate("a"), gate("b", "a"), gate("c", "b")].map((task, at) => ({
    ...task,
    position: [40 * at, 400 * at] as [number, number],
  }));
  await open(page, play(scenario(tasks)));
  const count = (tasks: number) => expect(page.locator(".graph .node")).toHaveCount(tasks);
  await walkTo(page, "a");
  await press(page, "Control+d");
  await count(4);
  await press(page, "Backspace");
  await count(3);
  await press(page, "Control+z", "Control+z");
  await expect(notice(page)).toContainText("Undid: duplicate a.");
  await count(3);
  await press(page, "Control+y");
  await count(4);
  await press(page, "Control+Shift+z");
  await count(3);
  await press(page, "Control+z", "Control+z");

  await press(page, "l");
  await expect.poll(async () => (await placeOf(page, "c"))[0]).toBeGreaterThan((await placeOf(page, "b"))[0]);
  await walkTo(page, "a");
  const camera = () =>
    page.locator(".graph .edges").evaluate((it: SVGGElement) => {
      const { a, e, f } = it.getScreenCTM() ?? new DOMMatrix();
      return [a, e, f].map((n) => n.toFixed(1)).join(" ");
    });
  // The panel that walking has opened takes some of the room.
  await expect(page.locator(".inspector")).toBeVisible();
  await press(page, "Shift+Digit1");
  const all = await camera();
  await press(page, "Shift+Digit2");
  await expect.poll(camera).not.toBe(all);
  await press(page, "Shift+Digit1");
  await expect.poll(camera).toBe(all);
  await press(page, "F2");
  await expect(page.locator(".in-place input:focus")).toHaveCount(1);
  await press(page, "Escape");
  await press(page, "Shift+F2");
  await expect(page.locator(".inspector input:focus")).toHaveCount(1);
  await press(page, "Escape");

  for (const [key, mode] of [["1", "submit"], ["2", "map"], ["3", "as_completed"], ["4", "wait"]] as const) {
    await press(page, key);
    await expect(page.getByRole("radio", { name: mode })).toBeChecked();
  }
  for (const [key, executor] of [
    ["p", "ProcessPoolExecutor"],
    ["i", "InterpreterPoolExecutor"],
    ["m", "multiprocessing.Pool"],
    ["t", "ThreadPoolExecutor"],
  ] as const) {
    await press(page, key);
    await expect(page.getByLabel("Executor")).toHaveValue(executor);
  }
  await press(page, "+", "+", "-");
  await expect(page.getByRole("group", { name: "Workers" }).locator("output")).toHaveText("3");
  await press(page, "r");
  await expect(page.getByRole("radio", { name: "Simulated" })).toBeChecked();
  await press(page, "Shift+R");
  await expect(workbench(page)).toHaveAttribute("data-seed", /[1-9]/);
  await press(page, "Control+.");
  await untilState(workbench(page), "ended");
  const theme = () => page.locator("html").getAttribute("data-theme");
  await press(page, "Alt+Shift+D");
  await expect.poll(theme).toBe("dark");
  await press(page, "Alt+Shift+D");
  await expect.poll(theme).toBe("light");

  await page.locator(".lanes").focus();
  await press(page, "Shift+S");
  await expect(page.getByRole("button", { name: "Copy the link to this experiment" })).toBeFocused();
  await press(page, "Escape");
  await expect(page.locator(".share .menu")).toHaveCount(0);
  await expect(page.locator(".lanes")).toBeFocused();
});

test("the focus returns to where it came from, whatever is closed", async ({ page }) => {
  await open(page, play(scenario([gate("a"), gate("b")])));
  const title = page.getByLabel("Name of the experiment");
  const close = page.getByRole("button", { name: "Close (Esc)" });

  // A panel, by its button and by Esc.
  await page.locator("button.lane-head").first().focus();
  await press(page, "Enter");
  await close.focus();
  await press(page, "Enter");
  await expect(page.locator("button.lane-head").first()).toBeFocused();
  await press(page, "Enter");
  await close.focus();
  await press(page, "Escape");
  await expect(page.locator("button.lane-head").first()).toBeFocused();

  // A panel that goes with its task.
  await walkTo(page, "a");
  await page.locator(".inspector footer").getByRole("button", { name: "Delete" }).focus();
  await press(page, "Enter");
  await expect(page.locator(".inspector")).toHaveCount(0);
  await expect(page.locator(".graph")).toBeFocused();

  // A button that is off once it is pressed: then the one beside it.
  await page.getByRole("button", { name: /^Undo/ }).focus();
  await press(page, "Enter");
  await expect(page.getByRole("button", { name: /^Redo/ })).toBeFocused();

  // A menu, to the button that opened it.
  await walkTo(page, "b");
  const more = page.getByRole("button", { name: "More for this task" });
  await more.focus();
  await press(page, "Enter");
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  await press(page, "Escape");
  await expect(more).toBeFocused();

  // What lies over all of it.
  await page.locator(".tabs button").last().focus();
  for (const [key, dialog] of [["Control+k", "Commands"], ["n", "New task"], ["?", "All keys"]] as const) {
    await press(page, key);
    await expect(page.getByRole("dialog", { name: dialog })).toBeVisible();
    await press(page, "Escape");
    await expect(page.locator(".tabs button").last()).toBeFocused();
  }
  await page.locator(".options summary").focus();
  await press(page, "Enter", "Tab");
  await expect(page.locator(".options .menu :focus")).toHaveCount(1);
  await press(page, "Escape");
  await expect(page.locator(".options summary")).toBeFocused();

  // And out of a field to the graph, so that letters are keys again.
  await title.focus();
  await press(page, "Escape");
  await expect(page.locator(".graph")).toBeFocused();
});

test("whatever has the focus shows it", async ({ page }) => {
  await open(page, play(scenario([gate("a"), gate("b", "a")])));
  await walkTo(page, "a");
  const unseen: string[] = [];
  for (let at = 0; at < 90; at++) {
    await press(page, "Tab");
    const lost = await page.evaluate(() => {
      const it = document.activeElement ?? document.body;
      const { boxShadow, outlineStyle, outlineWidth } = getComputedStyle(it.closest(".seg label") ?? it);
      const seen = boxShadow !== "none" || (outlineStyle !== "none" && parseFloat(outlineWidth) > 0);
      return it === document.body || seen ? undefined : it.outerHTML.slice(0, 80);
    });
    unseen.push(...(lost === undefined ? [] : [lost]));
  }
  expect(unseen).toEqual([]);
});

test("a command is given other keys, which every place shows and the browser remembers", async ({ page }) => {
  await open(page, "/play");
  const keysOf = (id: string) => page.locator(`[data-keys-of="${id}"]`);
  const said = page.getByRole("dialog").getByRole("status");
  await press(page, "?");
  await keysOf("add").focus();
  await press(page, "Enter");
  await expect(keysOf("add")).toHaveText("press keys");
  // Another command's keys are refused with its name, and what moves around the page is.
  await press(page, "k");
  await expect(said).toHaveText('K does "Kill the worker". Give that another key first.');
  await press(page, "Tab");
  await expect(said).toContainText("moves around the page");
  await press(page, "j");
  await expect(keysOf("add")).toHaveText("J");
  // Esc leaves a command its keys, and the list open.
  await keysOf("kill").focus();
  await press(page, "Enter");
  await expect(keysOf("kill")).toHaveText("press keys");
  await press(page, "Escape");
  await expect(keysOf("kill")).toHaveText("K");
  await expect(page.getByRole("dialog")).toHaveCount(1);
  // What works while one types cannot be a letter.
  await keysOf("run").focus();
  await press(page, "Enter", "x");
  await expect(said).toContainText("hold Ctrl or Alt");
  await press(page, "Alt+x");
  await expect(keysOf("run")).toHaveText("AltX");
  await press(page, "Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await expect(page.getByRole("button", { name: "Run", exact: true })).toHaveAttribute("title", /\(Alt X\)/);
  await press(page, "n");
  await expect(page.getByLabel("Function of the new task")).toBeHidden();
  await press(page, "j");
  await expect(page.getByLabel("Function of the new task")).toBeFocused();
  await press(page, "Escape");
  await press(page, "Control+k");
  await page.keyboard.type("add a task");
  await expect(page.locator(".picker li").first()).toContainText("J");
  await press(page, "Escape");

  await reload(page);
  await press(page, "Alt+x");
  await untilState(workbench(page), "ended");
  await press(page, "?");
  await expect(keysOf("run")).toHaveText("AltX");
  await page.getByRole("button", { name: "Reset all keys", exact: true }).focus();
  await press(page, "Enter");
  await expect(keysOf("run")).toHaveText("CtrlEnter");
  // The button is off now; a letter must not do something behind the list.
  await expect(page.getByRole("dialog").getByRole("button", { name: "Close" })).toBeFocused();
  await press(page, "Escape", "n");
  await expect(page.getByLabel("Function of the new task")).toBeFocused();
});

test("single letters can be switched off, and stay off", async ({ page }) => {
  await open(page, play(scenario([gate("gone"), gate("a"), gate("b")])));
  await press(page, "?");
  const letters = page.getByRole("checkbox", { name: "Single letters and signs are keys, too" });
  await letters.focus();
  await press(page, "Space", "Escape");
  await walkTo(page, "gone");
  await press(page, "n", "?", "p", "Delete");
  await expect(node(page, "gone")).toHaveCount(0);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByLabel("Executor")).toHaveValue("ThreadPoolExecutor");

  await reload(page);
  await walkTo(page, "b");
  await press(page, "n");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  // In the outline letters find a name then.
  await page.getByRole("button", { name: "Outline" }).focus();
  await press(page, "Enter");
  await page.locator('[data-outline="a"]').focus();
  await press(page, "b");
  await expect(page.locator('[data-outline="b"]')).toBeFocused();

  await press(page, "Control+k");
  await page.keyboard.type("show all keys");
  await press(page, "Enter");
  await expect(letters).not.toBeChecked();
  await letters.focus();
  await press(page, "Space", "Escape", "n");
  await expect(page.getByRole("dialog", { name: "New task" })).toBeVisible();
});

// The outline does what the canvas does: by keys alone, and on a phone by taps alone.

import { gate, play, scenario, type Task } from "./scenario";
import { expect, type Locator, notice, open, type Page, runButton, test, untilState, workbench } from "./support";

/** `a` and `b` feed `sum`, which feeds `last`; `alone` stands beside. */
const FAN_IN: Task[] = [
  { id: "a", function: "identity", args: { value: 1 } },
  { id: "b", function: "identity", args: { value: 2 } },
  { id: "alone", function: "sleep", args: { seconds: 0 } },
  { id: "sum", function: "sum", args: { values: [{ from: "a" }, { from: "b" }] } },
  { id: "last", function: "square", args: { x: { from: "sum" } } },
];

const tree = (page: Page): Locator => page.getByRole("tree");
const row = (page: Page, task: string): Locator => page.locator(`[data-outline="${task}"]`);
const item = (page: Page, name: string | RegExp): Locator => page.getByRole("treeitem", { name });
const menuItem = (page: Page, name: string): Locator => page.getByRole("menuitem", { name });

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key);
  }
}

/** The selected tasks, in the order of the outline. */
async function selected(page: Page): Promise<string[]> {
  const rows = page.locator('.tree [aria-selected="true"]');
  return rows.evaluateAll((all) => all.map((it) => it.getAttribute("data-outline") ?? ""));
}

/** All tasks, in the order of the outline. */
async function tasks(page: Page): Promise<string[]> {
  return page.locator("[data-outline]").evaluateAll((all) => all.map((it) => it.getAttribute("data-outline") ?? ""));
}

/** Who needs whom, as the outline says it. */
async function needs(page: Page, task: string): Promise<string> {
  const label = (await row(page, task).getAttribute("aria-label")) ?? "";
  return /needs ([^,]*(?:, [a-z0-9-]+)*?)(?:, (?:waiting|succeeded|running).*)?$/.exec(label)?.[1] ?? "";
}

async function openOutline(page: Page, of: Task[]): Promise<void> {
  await open(page, play(scenario(of)));
  await page.getByRole("button", { name: "Outline" }).click();
  await expect(tree(page)).toBeVisible();
}

test("in the outline arrows, Home and End walk, and Shift and Ctrl select several", async ({ page }) => {
  await openOutline(page, FAN_IN);
  expect(await tasks(page)).toEqual(["a", "b", "alone", "sum", "last"]);
  await row(page, "a").focus();
  await press(page, "ArrowDown");
  await expect(row(page, "b")).toBeFocused();
  expect(await selected(page)).toEqual(["b"]);
  await press(page, "Shift+ArrowDown", "Shift+ArrowDown");
  await expect(row(page, "sum")).toBeFocused();
  expect(await selected(page)).toEqual(["b", "alone", "sum"]);
  await press(page, "Control+End", "Control+ ");
  await expect(row(page, "last")).toBeFocused();
  expect(await selected(page)).toEqual(["b", "alone", "sum", "last"]);
  await press(page, "Home");
  expect(await selected(page)).toEqual(["a"]);
  await press(page, "Shift+End");
  expect(await selected(page)).toHaveLength(5);
  // Only one of the rows is a stop of Tab.
  await expect(page.locator('.tree [tabindex="0"]')).toHaveCount(1);
  await press(page, "/", "s", "u", "Enter");
  await expect(row(page, "sum")).toBeFocused();
  expect(await selected(page)).toEqual(["sum"]);

  await row(page, "b").click();
  await row(page, "last").click({ modifiers: ["Shift"] });
  expect(await selected(page)).toEqual(["b", "alone", "sum", "last"]);
  await row(page, "alone").click({ modifiers: ["ControlOrMeta"] });
  expect(await selected(page)).toEqual(["b", "sum", "last"]);
});

test("in the outline an edge is walked along, drawn and removed by keys alone", async ({ page }) => {
  await openOutline(page, FAN_IN);
  await row(page, "sum").focus();
  await press(page, "ArrowRight");
  await expect(row(page, "sum")).toHaveAttribute("aria-expanded", "true");
  await press(page, "ArrowRight", "ArrowDown");
  await expect(item(page, "sum needs b as values")).toBeFocused();
  await press(page, "Enter");
  await expect(row(page, "b")).toBeFocused();
  expect(await selected(page)).toEqual(["b"]);

  // E asks for the task that shall need this one.
  await press(page, "e");
  await expect(page.locator(".asked")).toContainText("Which task shall need b?");
  await press(page, "End", "Enter");
  await expect(notice(page)).toContainText("Connected b to last.");
  await expect(page.locator(".asked")).toBeEmpty();
  await expect.poll(() => needs(page, "last")).toBe("sum, b");
  await press(page, "e", "Escape");
  await expect(page.locator(".asked")).toBeEmpty();

  // The last row below a task asks for what it needs.
  await row(page, "alone").focus();
  await press(page, "ArrowRight", "ArrowRight");
  await expect(item(page, "alone needs another task…")).toBeFocused();
  await press(page, "Enter");
  await expect(page.locator(".asked")).toContainText("Which task shall alone need?");
  await press(page, "Home", "Enter");
  await expect.poll(() => needs(page, "alone")).toBe("a");
  // It stands a level lower now, and what had the focus has it still.
  expect(await tasks(page)).toEqual(["a", "b", "alone", "sum", "last"]);
  await expect(row(page, "a")).toBeFocused();

  await row(page, "alone").focus();
  await press(page, "ArrowRight", "Delete");
  await expect(notice(page)).toContainText("Removed the edge from a to alone.");
  await expect.poll(() => needs(page, "alone")).toBe("");
  await expect(row(page, "alone")).toBeFocused();
  await press(page, "ArrowLeft");
  await expect(row(page, "alone")).toHaveAttribute("aria-expanded", "false");

  // What would close a circle is refused here, too.
  await row(page, "last").focus();
  await press(page, "ArrowUp", "ArrowDown", "e", "Home", "Enter");
  await expect(notice(page)).toContainText("last → a would close a circle");
});

test("a graph is built, edited and run by keys alone in the outline", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openOutline(page, [gate("old")]);
  await row(page, "old").focus();
  await press(page, "Space", "Delete");
  await expect(page.locator("[data-outline]")).toHaveCount(0);
  for (const name of ["identity", "sum"]) {
    await press(page, "n");
    await page.keyboard.type(name);
    await press(page, "Enter");
    await expect(row(page, name)).toBeFocused();
    expect(await selected(page)).toEqual([name]);
  }
  await row(page, "identity").focus();
  await press(page, "Space", "Enter");
  await expect(page.locator('.arg[data-arg="value"] input')).toBeFocused();
  await page.keyboard.type("7");
  await press(page, "Escape");
  await expect(row(page, "identity")).toBeFocused();
  await expect(row(page, "identity")).toContainText("identity(7)");

  await press(page, "Home", "Control+d");
  await expect(row(page, "identity-2")).toBeFocused();
  await press(page, "Control+c", "Control+v");
  await expect.poll(() => tasks(page)).toContain("identity-3");
  await press(page, "Control+z");
  await expect(notice(page)).toContainText("Undid: paste identity-2.");
  expect(await tasks(page)).not.toContain("identity-3");
  await press(page, "Home", "e", "/", "s", "Enter", "Enter");
  await expect.poll(() => needs(page, "sum")).toBe("identity");
  await press(page, "Home", "ArrowDown", "e", "End", "Enter");
  await expect.poll(() => needs(page, "sum")).toBe("identity, identity-2");

  await press(page, "End", "[");
  expect(await selected(page)).toEqual(["identity", "identity-2", "sum"]);
  await press(page, "Control+Enter");
  await untilState(workbench(page), "ended");
  await expect(row(page, "sum")).toContainText("14");
  await expect(row(page, "sum")).toContainText(/succeeded on [AB]/);
});

test("in the outline a row has the menu of its task, and a run is told in its rows", async ({ page }) => {
  await openOutline(page, [gate("a"), gate("b", "a")]);
  await row(page, "b").click({ button: "right" });
  expect(await selected(page)).toEqual(["b"]);
  await expect(menuItem(page, "Connect to…")).toBeVisible();
  await press(page, "Escape");
  await expect(row(page, "b")).toBeFocused();
  await runButton(page).click();
  await expect(row(page, "a")).toContainText(/running on [AB]/);
  await expect(row(page, "b")).toContainText("waiting");
  await row(page, "a").click();
  await press(page, "o");
  await expect(row(page, "a")).toContainText(/succeeded on [AB]/);
  await expect(row(page, "b")).toContainText(/running on [AB]/);
  await press(page, "Control+.");
  await untilState(workbench(page), "ended");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  /** Fails if something that can be pressed is too small for a finger. */
  async function fitsFingers(page: Page): Promise<void> {
    const small = await page.evaluate(() => {
      const pressed = ".wb button, .wb a, .wb select, .wb [role=treeitem], .wb label:has(input)";
      const seen = [...document.querySelectorAll(pressed)].filter((it) => it.checkVisibility({ visibilityProperty: true }));
      const size = (it: Element) => it.getBoundingClientRect();
      const main = ".tree *, .outline-pane *, .btn.run, .phone-tabs *, .inspector .btn, .how-summary, .context *";
      return seen
        .filter((it) => {
          const least = it.matches(main) ? 44 : 24;
          return !it.matches(".skip-link") && (size(it).width < least - 0.5 || size(it).height < least - 0.5);
        })
        .map((it) => `${it.outerHTML.slice(0, 80)} ${size(it).width.toFixed(1)} × ${size(it).height.toFixed(1)}`);
    });
    expect(small).toEqual([]);
  }

  test("a graph is built, connected, cut, undone and run by taps alone", async ({ page, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await open(page, play(scenario(FAN_IN)));
    await page.getByRole("button", { name: "Outline" }).tap();
    await fitsFingers(page);
    await page.getByRole("button", { name: "New task" }).tap();
    await page.getByRole("option", { name: /^gate/ }).tap();
    await expect(row(page, "gate")).toBeVisible();

    // What is selected is edited and renamed in the sheet.
    const sheet = page.locator(".inspector");
    await expect(sheet).toBeVisible();
    await fitsFingers(page);
    await sheet.getByLabel("name", { exact: true }).fill("door");
    await sheet.getByLabel("name", { exact: true }).press("Enter");
    await expect(row(page, "door")).toBeVisible();

    // An edge: from the menu, then a tap on where it goes.
    await sheet.getByRole("button", { name: "More for this task" }).tap();
    await fitsFingers(page);
    await menuItem(page, "Connect to…").tap();
    await expect(sheet).toBeHidden();
    await row(page, "last").tap();
    await expect.poll(() => needs(page, "last")).toBe("sum, door");
    await sheet.getByRole("button", { name: "Close (Esc)" }).tap();

    // The other way round, and away again.
    await page.getByRole("button", { name: "Edges of alone" }).tap();
    await fitsFingers(page);
    await item(page, "alone needs another task…").tap();
    await row(page, "a").tap();
    await expect.poll(() => needs(page, "alone")).toBe("a");
    await page.getByRole("button", { name: "Remove the edge: alone needs a" }).tap();
    await expect.poll(() => needs(page, "alone")).toBe("");
    await page.getByRole("button", { name: /^Undo/ }).tap();
    await expect.poll(() => needs(page, "alone")).toBe("a");

    // Several at once.
    await page.getByRole("button", { name: "Select several" }).tap();
    await row(page, "a").tap();
    await row(page, "b").tap();
    await row(page, "door").tap();
    await row(page, "door").tap();
    expect(await selected(page)).toEqual(["a", "b"]);
    const more = page.getByRole("button", { name: "More for the graph" });
    await more.tap();
    await menuItem(page, "Duplicate").tap();
    await expect.poll(() => tasks(page)).toContain("b-2");
    await more.tap();
    await page.locator('[data-command="cut"]').tap();
    await expect.poll(() => tasks(page)).not.toContain("b-2");
    await more.tap();
    await page.locator('[data-command="paste"]').tap();
    await expect.poll(() => tasks(page)).toContain("b-2");
    await more.tap();
    await page.locator('[data-command="delete"]').tap();
    await expect.poll(() => tasks(page)).not.toContain("b-2");
    await page.getByRole("button", { name: "Done" }).tap();

    await runButton(page).tap();
    await row(page, "door").tap();
    await expect(row(page, "door")).toContainText(/running on [AB]/);
    await sheet.getByRole("button", { name: "More for this task" }).tap();
    await menuItem(page, "Open the gate").tap();
    await untilState(workbench(page), "ended");
    await expect(row(page, "sum")).toContainText("3");
  });
});

test("a note is written, changed and deleted below the outline, also on a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, play(scenario([{ id: "a", function: "sleep", args: { seconds: 1 } }])));
  await page.getByRole("button", { name: "Outline" }).click();
  await page.getByRole("button", { name: "More for the graph, or for what is selected" }).click();
  await page.getByRole("menuitem", { name: /Add a note/ }).click();
  const fresh = page.getByLabel("Text of the new note");
  await expect(fresh).toBeFocused();
  await fresh.fill("Who waits for whom?");
  await page.keyboard.press("Control+Enter");
  await expect(fresh).toHaveCount(0);
  const note = page.getByLabel("Note 1", { exact: true });
  await expect(note).toHaveValue("Who waits for whom?");
  await note.fill("Who waits?");
  await note.blur();
  await page.getByRole("button", { name: "Undo: write a note" }).click();
  await expect(note).toHaveValue("Who waits for whom?");
  await page.getByRole("button", { name: "Delete note 1" }).click();
  await expect(note).toHaveCount(0);
  // What is begun and given up is no note.
  await page.getByRole("button", { name: "More for the graph, or for what is selected" }).click();
  await page.getByRole("menuitem", { name: /Add a note/ }).click();
  await fresh.fill("never");
  await page.keyboard.press("Escape");
  await expect(page.locator(".outline-notes textarea")).toHaveCount(0);
});

// The program as steps, and what a person does and when: written in lists, dragged along the axis.

import { expect, type Locator, node, notice, open, type Page, test, untilAllLook, untilState, workbench } from "./support";
import { gate, play, type Scenario, scenario } from "./scenario";

const sleep = (id: string, seconds: number, ...after: string[]) =>
  after.length === 0
    ? { id, function: "sleep", args: { seconds } }
    : { id, function: "sleep", args: { seconds }, after };

/** A scenario whose program is these steps. */
function script(steps: unknown[], more: Partial<Scenario> = {}): Scenario {
  const of = scenario([sleep("a", 2), sleep("b", 1)], more);
  return { ...of, program: { steps } as unknown as Scenario["program"] };
}

/** Opens a scenario that will be simulated, with its program shown. */
async function openProgram(page: Page, of: Scenario): Promise<void> {
  await open(page, play(of));
  await page.keyboard.press("r");
  await page.getByRole("tab", { name: "Program" }).click();
}

function lines(page: Page): Locator {
  return page.locator(".step-line code");
}

function line(page: Page, words: string): Locator {
  return page.locator(".step-line").filter({ hasText: words });
}

/** Chooses a kind of step in the box that is open. */
async function pick(page: Page, kind: string): Promise<void> {
  const field = page.getByLabel("Kind of the new step");
  await expect(field).toBeFocused();
  await field.fill(kind);
  await page.keyboard.press("Enter");
}

async function undo(page: Page, name: string): Promise<void> {
  await page.locator(".step-tools, .acts").first().click({ position: { x: 1, y: 1 } });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText(`Undid: ${name}.`);
}

test("a mode is turned into the steps that do the same, changed, and run", async ({ page }) => {
  const program = { mode: "as_completed" } as const;
  await openProgram(page, scenario([sleep("a", 2), sleep("b", 1)], { program }));
  await expect(page.locator(".program")).toContainText("Mode as_completed");
  await page.getByRole("button", { name: "Turn into steps" }).click();
  await expect(lines(page)).toHaveText([
    "submit a, b",
    "for future in as_completed(a, b):",
    "try:",
    "future.result()",
    "except BaseException:",
    "pass",
  ]);

  // Behind the result a line is printed.
  await line(page, "future.result()").focus();
  await page.keyboard.press("Insert");
  await pick(page, "print");
  await page.locator(".step-form").getByLabel("text").fill("{future} is here");
  await page.keyboard.press("Tab");
  await expect(lines(page).nth(4)).toHaveText('print("{future} is here")');
  await page.getByRole("button", { name: "Done" }).click();

  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  await page.getByRole("tab", { name: "Results" }).click();
  await expect(page.locator(".printed code")).toHaveText(["b is here", "a is here"]);
});

test("a mode whose steps would not be equal says why, and plain steps are a beginning", async ({ page }) => {
  await openProgram(page, scenario([sleep("a", 2), sleep("b", 1, "a")]));
  await page.getByRole("button", { name: "Turn into steps" }).click();
  await expect(notice(page)).toContainText("Mode submit has no equal steps here: the graph has edges");
  await page.getByRole("button", { name: "Start with plain steps" }).click();
  await expect(lines(page).first()).toHaveText("submit a, b");
  await undo(page, "start with plain steps");
  await expect(page.locator(".program")).toContainText("Mode submit");
});

test("steps are walked, moved, opened and deleted by keys alone", async ({ page }) => {
  const steps = [
    { do: "submit", task: ["a", "b"] },
    { do: "for", in: ["a", "b"], as: "x", steps: [{ do: "result", of: "x" }] },
    { do: "print", text: "end" },
  ];
  await openProgram(page, script(steps));
  await page.locator('[data-row="0"]').focus();
  await page.keyboard.press("End");
  await expect(line(page, "end")).toBeFocused();
  await page.keyboard.press("Alt+ArrowRight");
  await expect(line(page, "end").locator("code")).toHaveCSS("margin-left", "20px");
  await expect(line(page, "end")).toBeFocused();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(lines(page)).toHaveText(["submit a, b", "for x in a, b:", 'print("end")', "x.result()"]);
  await page.keyboard.press("Alt+ArrowLeft");
  await expect(lines(page)).toHaveText(["submit a, b", "for x in a, b:", "x.result()", 'print("end")']);
  await expect(line(page, "end")).toBeFocused();

  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page.locator(".step-form").getByLabel("of")).toBeFocused();
  await page.locator(".step-form").getByLabel("timeout").fill("0.5");
  await page.keyboard.press("Escape");
  await expect(line(page, "x.result(timeout=500ms)")).toBeFocused();
  await expect(page.locator(".step-form")).toHaveCount(0);
  await page.keyboard.press("Delete");
  await expect(lines(page)).toHaveText(["submit a, b", "for x in a, b:", "pass", 'print("end")']);

  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText("Undid: change result.");
  await expect(lines(page).nth(2)).toHaveText("x.result()");
});

test("what is wrong with a step is said beside it, and a field says what it cannot take", async ({ page }) => {
  await openProgram(page, script([{ do: "submit", task: "a" }, { do: "result", of: "nobody" }]));
  const wrong = page.locator(".step-row.wrong");
  await expect(wrong).toHaveCount(1);
  await expect(wrong).toContainText("nobody");
  await page.getByRole("tab", { name: "Story" }).click();
  await page.keyboard.press("Control+Enter");
  // Run leads to where it is.
  await expect(notice(page)).toContainText("Not started");
  await line(page, "nobody.result()").click();
  const form = page.locator(".step-form");
  await form.getByLabel("timeout").fill("soon");
  await form.getByLabel("of").fill("a");
  await page.keyboard.press("Tab");
  await expect(form.getByRole("alert")).toContainText('"soon" is no time');
  await expect(wrong).toHaveCount(0);
});

test("a callback of a future is added, given something to print and steps of its own", async ({ page }) => {
  await openProgram(page, script([{ do: "submit", task: ["a", "b"] }]));
  await page.getByRole("button", { name: "Add a step" }).click();
  await pick(page, "add_done_callback");
  const form = page.locator(".step-form");
  await form.getByLabel("futures").fill("b");
  await form.getByLabel("print").fill("{task} gave {outcome}");
  await page.keyboard.press("Tab");
  await expect(lines(page).nth(1)).toHaveText('add_done_callback to b: print("{task} gave {outcome}")');
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("+");
  await pick(page, "print");
  await page.locator(".step-form").getByLabel("text").fill("so it ends");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  await page.getByRole("tab", { name: "Results" }).click();
  await expect(page.locator(".printed code")).toHaveText(["b gave 1", "so it ends"]);
});

test("a step is put into a try, which gets another except", async ({ page }) => {
  await openProgram(page, script([{ do: "submit", task: "a" }, { do: "result", of: "a", timeout: "1s" }]));
  await line(page, "a.result").focus();
  await page.getByRole("button", { name: "Put into a try" }).click();
  await line(page, "try:").click();
  await page.getByRole("button", { name: "Add an except" }).click();
  await page.locator(".step-form").getByLabel("except").first().fill("TimeoutError");
  await page.keyboard.press("Tab");
  await expect(lines(page)).toHaveText([
    "submit a",
    "try:",
    "a.result(timeout=1s)",
    "except TimeoutError as e:",
    'print("{e.kind}: {e}")',
    "except Exception as e:",
    "pass",
  ]);
  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  await page.getByRole("tab", { name: "Results" }).click();
  await expect(page.locator(".printed code")).toHaveText(["TimeoutError: "]);
});

test("while it runs, the step at which main waits is marked", async ({ page }) => {
  const steps = [{ do: "submit", task: "a" }, { do: "print", text: "sent" }, { do: "result", of: "a" }];
  const of = { ...scenario([gate("a")]), program: { steps } as unknown as Scenario["program"] };
  await open(page, play(of));
  await page.getByRole("tab", { name: "Program" }).click();
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".step-row.here")).toContainText("a.result()");
  await expect(page.locator(".step-row.here .who")).toHaveText("main");
  await page.keyboard.press("Control+.");
  await untilState(workbench(page), "ended");
  await expect(page.locator(".step-row.here")).toHaveCount(0);
});

test("an intervention is added from the list, changed there, and done in the run", async ({ page }) => {
  const executor = { kind: "threads", workers: 1 } as const;
  await openProgram(page, scenario([sleep("a", 2), sleep("b", 1)], { executor }));
  await page.getByRole("button", { name: "Add an intervention" }).click();
  const form = page.locator(".act-form");
  await expect(form.getByLabel("What is done")).toBeFocused();
  await form.getByLabel("To whom").selectOption("b");
  await form.getByLabel("Time").fill("0.5");
  await page.keyboard.press("Tab");
  await expect(page.locator(".act-line")).toHaveText(["cancel b at 0.5 s"]);
  await form.getByLabel("When").selectOption({ label: "after the start of" });
  await expect(page.locator(".act-line")).toHaveText(["cancel b when a is running"]);
  await form.getByLabel("Time").fill("300 ms");
  await page.keyboard.press("Enter");
  await expect(page.locator(".act-line")).toHaveText(["cancel b 0.3 s after a is running"]);
  await page.keyboard.press("Escape");
  await expect(form).toHaveCount(0);

  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  await untilAllLook(page, { a: "succeeded", b: "cancelled" });
});

test("a mark is dragged along the axis, in one step that can be undone", async ({ page }) => {
  const of = scenario([sleep("a", 4)]);
  const interventions = [{ do: { cancel: "a" }, when: { at: "1s" } }];
  await open(page, play({ ...of, interventions } as Scenario));
  const mark = page.locator(".act-mark");
  await expect(mark).toHaveAttribute("aria-label", "cancel a at 1 s");
  const box = await mark.boundingBox();
  const axis = await page.locator(".axis").boundingBox();
  if (box === null || axis === null) {
    throw new Error("the mark is not in sight");
  }
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const second = at.x - axis.x;
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x + second / 2, at.y, { steps: 4 });
  await page.mouse.move(at.x + second, at.y, { steps: 4 });
  await page.mouse.up();
  await expect(mark).toHaveAttribute("aria-label", /^cancel a at (2|2\.0\d|1\.9\d) s$/);
  await expect(page.locator(".act-form")).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText("Undid: change the time of: cancel a.");
  await expect(mark).toHaveAttribute("aria-label", "cancel a at 1 s");
});

test("a mark is moved, opened and removed by keys, and added by Shift A", async ({ page }) => {
  await open(page, play(scenario([sleep("a", 4)])));
  await page.keyboard.press("Shift+A");
  const form = page.locator(".act-form");
  await expect(form.getByLabel("What is done")).toBeFocused();
  await page.keyboard.press("Escape");
  const mark = page.locator(".act-mark");
  await expect(mark).toBeFocused();
  for (const key of ["ArrowRight", "ArrowRight", "Shift+ArrowRight", "ArrowLeft"]) {
    await page.keyboard.press(key);
  }
  await expect(mark).toHaveAttribute("aria-label", "cancel a at 2.1 s");
  await page.keyboard.press("Enter");
  await expect(form).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+z");
  await expect(mark).toHaveAttribute("aria-label", "cancel a at 1 s");
  await mark.focus();
  await page.keyboard.press("Delete");
  await expect(mark).toHaveCount(0);
  await expect(node(page, "a")).toHaveCount(1);
});

test("a phone reaches the steps and what a person does", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, play(script([{ do: "submit", task: ["a", "b"] }])));
  await page.getByRole("button", { name: "Steps", exact: true }).click();
  await page.getByRole("button", { name: "Add a step" }).click();
  await pick(page, "sleep");
  await expect(lines(page)).toHaveText(["submit a, b", "sleep(500ms)"]);
  await page.getByRole("button", { name: "Add an intervention" }).click();
  await expect(page.locator(".act-form")).toBeInViewport();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBe(390);
});

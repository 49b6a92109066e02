// The scenario as a program, beside its picture.

import { readFile } from "node:fs/promises";

import { gate, play, scenario } from "./scenario";
import { expect, type Locator, node, notice, open, type Page, test, untilLooks, untilState, runButton, workbench } from "./support";

const line = (text: string) => ({ hasText: text });

/** One of the two panes. */
function pane(page: Page, dialect: "concurrent.futures" | "multiprocessing.Pool" | "Rust"): Locator {
  return page.getByRole("region", { name: `The program with ${dialect}`, exact: true });
}

const lines = (of: Locator) => of.getByRole("option");

const nap = (id: string) => ({ id, function: "sleep", args: { seconds: 1 } });

/** Opens the texts of a scenario. */
async function read(page: Page, of: Parameters<typeof scenario>): Promise<void> {
  await open(page, play(scenario(...of)));
  await page.getByRole("tab", { name: "Code" }).click();
}

test("the program's text follows the document and says who is at which line", async ({ page }) => {
  await read(page, [[gate("a"), gate("b", "a")]]);
  const own = lines(pane(page, "concurrent.futures"));
  await expect(own.filter(line("from concurrent.futures import"))).toHaveCount(1);
  await expect(own.filter(line("executor.submit(gate"))).toHaveCount(2);

  await runButton(page).click();
  await untilLooks(page, "a", "running");
  // The worker waits at the gate, main for the first future to be done.
  await expect(own.filter(line("gate_opened.wait()")).locator(".who")).toHaveText("A");
  await expect(page.locator(".code-line.here").filter(line("main")).locator(".who")).toHaveText("main");

  await own.filter(line('"b": lambda')).click();
  await expect(node(page, "b")).toHaveClass(/\bselected\b/);
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator(".who")).toHaveCount(0);

  await node(page, "b").press("Delete");
  await expect(own.filter(line("executor.submit(gate"))).toHaveCount(1);
});

test("the same program stands there in Rust, or why there is none", async ({ page }) => {
  await read(page, [[nap("a")]]);
  await pane(page, "multiprocessing.Pool").getByRole("radio", { name: "Rust" }).check();
  await expect(lines(pane(page, "Rust")).filter(line("fn main()"))).toHaveCount(1);
  await page.getByLabel("Executor").selectOption("ProcessPoolExecutor");
  await expect(pane(page, "Rust")).toContainText("nothing like ProcessPoolExecutor");
});

test("the other Python stands beside it, and the words that differ are marked and counted", async ({ page }) => {
  await read(page, [[nap("a"), nap("b")], { program: { mode: "map" } }]);
  const [futures, pool] = [pane(page, "concurrent.futures"), pane(page, "multiprocessing.Pool")];
  await expect(lines(futures).filter(line("with ")).locator("mark")).toHaveText([
    "ThreadPoolExecutor",
    "max_workers=",
    "executor",
  ]);
  await expect(lines(pool).filter(line("with ")).locator("mark")).toHaveText(["multiprocessing.Pool", "pool"]);
  // What both have is in neither.
  await expect(page.locator("mark").filter(line("sleep"))).toHaveCount(0);

  const differ = pool.getByRole("checkbox", { name: "12 words differ" });
  const marked = () => lines(pool).locator("mark").first().evaluate((mark) => getComputedStyle(mark).boxShadow);
  expect(await marked()).not.toBe("none");
  await differ.uncheck();
  expect(await marked()).toBe("none");
});

test("a program that the other pool cannot run says in one sentence why", async ({ page }) => {
  await read(page, [[nap("a")], { executor: { kind: "threads", workers: 16 } }]);
  const pool = pane(page, "multiprocessing.Pool");
  await expect(pool).toContainText(
    "The same program cannot be written with multiprocessing.Pool: there are 16 processes; at most 8 are allowed.",
  );
  await expect(pool.getByRole("button", { name: "Download" })).toBeDisabled();
  await expect(page.locator("mark")).toHaveCount(0);
  // The text that is run is always there, and comes first.
  await page.getByLabel("Executor").selectOption("multiprocessing.Pool");
  await expect(page.getByRole("region", { name: /^The program with/ }).first()).toHaveAccessibleName(/Pool$/);
});

test("a line is walked to by keyboard and selects its tasks", async ({ page }) => {
  await read(page, [[nap("a"), nap("b")]]);
  const own = page.getByRole("listbox", { name: "concurrent.futures" });
  const of = lines(own).filter(line('"b":'));
  const number = Number(await of.locator(".no").textContent());
  await own.focus();
  for (let at = 0; at < number; at++) {
    await own.press("ArrowDown");
  }
  await expect(of).toHaveClass(/\bat\b/);
  await own.press("Enter");
  await expect(node(page, "b")).toHaveClass(/\bselected\b/);
  await expect(node(page, "a")).not.toHaveClass(/\bselected\b/);
  await expect(of).toHaveAttribute("aria-selected", "true");
});

test("each text is downloaded as a file named after the title", async ({ page }) => {
  await read(page, [[nap("a")], { title: "Five sleeps, two workers" }]);
  const keep = async (of: Locator) => {
    const download = page.waitForEvent("download");
    await of.getByRole("button", { name: "Download" }).click();
    const file = await download;
    return [file.suggestedFilename(), await readFile(await file.path(), "utf8")] as const;
  };
  const [name, text] = await keep(pane(page, "concurrent.futures"));
  expect(name).toBe("five_sleeps_two_workers.py");
  expect(text).toContain("with ThreadPoolExecutor(max_workers=2) as executor:\n");
  expect(text).toMatch(/\n$/);
  await expect(notice(page)).toContainText("Downloaded as five_sleeps_two_workers.py.");

  await pane(page, "multiprocessing.Pool").getByRole("radio", { name: "Rust" }).check();
  const [rust, source] = await keep(pane(page, "Rust"));
  expect(rust).toBe("five_sleeps_two_workers.rs");
  expect(source).toContain("fn main()");
});

test("on a narrow page one text is shown at a time, and the dialects are its tabs", async ({ page }) => {
  await page.setViewportSize({ width: 800, height: 900 });
  await read(page, [[nap("a")], { program: { mode: "map" } }]);
  await expect(page.getByRole("listbox")).toHaveCount(1);
  const own = pane(page, "concurrent.futures");
  await expect(own.getByRole("checkbox", { name: "words differ" })).toBeChecked();
  await own.getByRole("radio", { name: "Pool" }).check();
  await expect(lines(pane(page, "multiprocessing.Pool")).filter(line("multiprocessing.Pool(2)"))).toBeVisible();
});

// The scenario as a program, beside its picture.

import { gate, play, scenario } from "./scenario";
import { expect, node, open, test, untilLooks, untilState, runButton, workbench } from "./support";

const line = (text: string) => ({ hasText: text });

test("the program's text follows the document and says who is at which line", async ({ page }) => {
  await open(page, play(scenario([gate("a"), gate("b", "a")])));
  await page.getByRole("tab", { name: "Code" }).click();
  const lines = page.locator(".code-line");
  await expect(lines.filter(line("from concurrent.futures import"))).toHaveCount(1);
  await expect(lines.filter(line("executor.submit(gate"))).toHaveCount(2);

  await runButton(page).click();
  await untilLooks(page, "a", "running");
  // The worker waits at the gate, main for the first future to be done.
  const worker = lines.filter(line("gate_opened.wait()"));
  await expect(worker.locator(".who")).toHaveText("A");
  await expect(page.locator(".code-line.here").filter(line("main")).locator(".who")).toHaveText("main");

  await lines.filter(line('"b": lambda')).click();
  await expect(node(page, "b")).toHaveClass(/\bselected\b/);
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator(".who")).toHaveCount(0);

  await node(page, "b").press("Delete");
  await expect(lines.filter(line("executor.submit(gate"))).toHaveCount(1);
});

test("the same program stands there in Rust, or why there is none", async ({ page }) => {
  await open(page, play(scenario([{ id: "a", function: "sleep", args: { seconds: 1 } }])));
  await page.getByRole("tab", { name: "Code" }).click();
  await page.locator(".code").getByText("Rust", { exact: true }).click();
  await expect(page.locator(".code-line").filter(line("fn main()"))).toHaveCount(1);
  await page.getByLabel("Executor").selectOption("ProcessPoolExecutor");
  await expect(page.locator(".code")).toContainText("nothing like ProcessPoolExecutor");
});

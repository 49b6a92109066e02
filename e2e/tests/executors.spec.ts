// Four executors: each with the options that it has, its own words, and its own way to lose a call.

import { gate, play, scenario, type Scenario, type Task } from "./scenario";
import {
  expect,
  node,
  notice,
  open,
  type Page,
  runButton,
  runId,
  test,
  untilAllLook,
  untilLooks,
  untilState,
  workbench,
} from "./support";

const sleep = (id: string, seconds: number, ...after: string[]): Task => ({
  id,
  function: "sleep",
  args: { seconds, returns: 1 },
  after,
});

const POOL: Partial<Scenario> = { executor: { kind: "pool", workers: 2 } };

const executor = (page: Page) => page.getByLabel("Executor");
const options = (page: Page) => page.locator(".options summary");
const option = (page: Page, name: string) => page.locator(`.options [data-option=${name}]`);

async function select(page: Page, task: string): Promise<void> {
  await node(page, task).locator(".body").click();
}

test("each executor has its own options, with Python's words and defaults", async ({ page }) => {
  await open(page, play(scenario([sleep("a", 0)], { program: { mode: "map" } })));
  await expect(executor(page)).toHaveValue("ThreadPoolExecutor");
  await options(page).click();
  const menu = page.locator(".options .menu");
  await expect(menu.getByText("one thread computes at a time")).toBeVisible();
  await expect(option(page, "start_method")).toHaveCount(0);
  await expect(menu.getByText("chunksize")).toHaveCount(0);
  await expect(menu.getByText("timeout, in seconds")).toBeVisible();

  // The menu is open still.
  await executor(page).selectOption("ProcessPoolExecutor");
  await expect(menu.getByText("one thread computes at a time")).toHaveCount(0);
  await expect(option(page, "start_method")).toContainText("default: forkserver");
  await expect(menu.getByText("max_tasks_per_child")).toBeVisible();
  await expect(menu.getByLabel("chunksize")).toHaveAttribute("placeholder", "1");
  await expect(menu.locator(".sentence")).toHaveCount(3);
  // Who replaces its workers spawns them, and cannot fork.
  await option(page, "max_tasks").fill("2");
  await option(page, "max_tasks").press("Tab");
  await expect(option(page, "start_method")).toContainText("default: spawn");
  await expect(option(page, "start_method").locator("option[value=fork]")).toHaveAttribute("disabled", "");
  await option(page, "python").selectOption("3.12");
  await option(page, "max_tasks").fill("");
  await option(page, "max_tasks").press("Tab");
  await expect(option(page, "start_method")).toContainText("default: fork");
  await expect(options(page)).toContainText("Python 3.12");

  await executor(page).selectOption("multiprocessing.Pool");
  await expect(menu.getByText("maxtasksperchild")).toBeVisible();
  await expect(menu.getByText("timeout, in seconds")).toHaveCount(0);
  await expect(menu.getByLabel("chunksize")).toHaveAttribute("placeholder", /4 × workers/);
  await expect(menu.locator(".sentence")).toHaveText([/what a callback raises becomes the result/]);

  // There were none in 3.12, and the page says so at once.
  await page.locator(".graph").focus();
  await page.keyboard.press("i");
  await expect(executor(page)).toHaveValue("InterpreterPoolExecutor");
  await expect(notice(page)).toContainText("InterpreterPoolExecutor came with Python 3.14");
  await expect(executor(page)).toHaveAttribute("aria-invalid", "true");
  await page.keyboard.press("m");
  await expect(executor(page)).toHaveValue("multiprocessing.Pool");
  await expect(executor(page)).not.toHaveAttribute("aria-invalid", "true");
});

test("a Pool's result says whether it is ready and has no cancel", async ({ page }) => {
  await open(page, play(scenario([gate("a"), sleep("b", 0, "a")], POOL)));
  await select(page, "a");
  await runButton(page).click();
  await untilLooks(page, "a", "running");
  const says = page.locator(".says");
  await expect(says.locator("[data-says='ready() False']")).toContainText(/with worker [AB]/);
  await expect(says.locator("[data-says='successful() ValueError']")).toBeVisible();
  await expect(says.getByText("running()")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "cancel()" })).toHaveCount(0);
  await page.keyboard.press("c");
  await expect(notice(page)).toHaveText("multiprocessing.Pool's results have no cancel().");
  await expect(page.locator(".lane-head b")).toContainText(["main", "task queue", "pipe", "result shelf", "worker A"]);

  await page.keyboard.press("o");
  await untilState(workbench(page), "ended");
  await expect(says.locator("[data-says='ready() True']")).toBeVisible();
  await expect(says.locator("[data-says='successful() True']")).toContainText("it has a value");
  await untilAllLook(page, { a: "succeeded", b: "succeeded" });
});

test("what a killed worker of a Pool had is lost, and another takes its lane", async ({ page }) => {
  await open(page, play(scenario([gate("a"), gate("b"), sleep("c", 0)], POOL)));
  await select(page, "a");
  await runButton(page).click();
  await untilLooks(page, "a", "running");
  await untilLooks(page, "b", "running");
  await page.keyboard.press("k");
  await expect(notice(page)).toContainText("never becomes ready");
  await untilLooks(page, "a", "running");
  await page.keyboard.press("k");
  await untilLooks(page, "a", "broken");
  await expect(page.locator(".says [data-says='ready() False']")).toContainText(/lost: worker [AB] died with it/);
  // The rest goes on: another worker takes the place, in the same lane.
  await untilLooks(page, "c", "succeeded");
  await untilLooks(page, "b", "running");
  await expect(page.locator("button.lane-head")).toHaveCount(2);
  await expect(page.locator("button.lane-head b").filter({ hasText: "worker C" })).toHaveCount(1);
  await runButton(page).click();
  await untilState(workbench(page), "ended");
});

test("each worker runs the initializer that was chosen", async ({ page }) => {
  await open(page, play(scenario([sleep("a", 0), sleep("b", 0)])));
  await options(page).click();
  await expect(option(page, "initializer").locator("option", { hasText: "gate" })).toHaveCount(0);
  await option(page, "initializer").selectOption("sleep");
  const seconds = page.locator("[data-initarg=seconds]");
  await expect(seconds).toHaveValue("1");
  await seconds.fill("soon");
  await seconds.press("Tab");
  await expect(page.locator(".options .problem")).toBeVisible();
  await seconds.fill("0.01");
  await seconds.press("Tab");
  await expect(page.locator(".options .problem")).toHaveCount(0);
  await expect(options(page)).toContainText("initializer=sleep");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await untilAllLook(page, { a: "succeeded", b: "succeeded" });
  const log = await page.request.get(`/api/runs/${await runId(workbench(page))}/records`);
  const text = await log.text();
  const started = text.split('"worker_started"').length - 1;
  expect(started).toBeGreaterThan(0);
  expect(text.split('"initializer_ended"').length - 1).toBe(started);
});

test("interpreters run, and what only later workers' initializer breaks is seen", async ({ page }) => {
  await open(page, play(scenario([sleep("a", 0)])));
  await executor(page).selectOption("InterpreterPoolExecutor");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await untilAllLook(page, { a: "succeeded" });
  await options(page).click();
  await option(page, "initializer").selectOption("fail");
  await runButton(page).click();
  await untilLooks(page, "a", "broken");
});

test("the inspector tells why a task waited, from who had the workers and for whom main waited", async ({ page }) => {
  const tasks = [sleep("t5", 5), sleep("t4", 4), sleep("t3", 3)];
  await open(page, play(scenario(tasks, { program: { mode: "map" } })));
  // In virtual time, so that what is told is exact.
  await page.keyboard.press("r");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  const why = page.locator("[data-why] p");
  await select(page, "t3");
  await expect(why).toHaveText([
    "It waited 4.0 s: both workers had t5 and t4. Worker B took it when it was through with t4.",
  ]);
  await select(page, "t4");
  await expect(why).toHaveText([
    "Worker B took it at once.",
    "Its result lay on the shelf for 1.0 s: main waited for t5 first.",
  ]);
});

test("a worker's panel lists what it had, and who it was is said when it is over", async ({ page }) => {
  const sleeps = ["a", "b", "c"].map((id) => ({ id, function: "sleep", args: { seconds: 0.01 } }));
  await open(page, play(scenario(sleeps, { executor: { kind: "processes", workers: 1 } })));
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  const head = page.getByRole("button", { name: /^worker A/ });
  await expect(head).toContainText(/pid \d+/);
  await head.click();
  await expect(page.locator("[data-calls] button")).toHaveText(["a", "b", "c"]);
  await page.locator("[data-calls] button").nth(1).click();
  await expect(page.locator(".graph .node.selected")).toHaveAttribute("data-task", "b");
});

// The address holds the experiment: links are reloaded, sent, cut and forged.

import { readFile } from "node:fs/promises";
import path from "node:path";

import { gate, pack, play, type Scenario, scenario, sleep } from "./scenario";
import { printed } from "./server";
import { expect, node, notice, open, type Page, places, reload, runButton, runId, test, untilState, workbench } from "./support";

const THREE = scenario(
  [
    { id: "one", function: "identity", args: { value: 20 } },
    { id: "two", function: "identity", args: { value: 22 } },
    { id: "both", function: "sum", args: { values: [{ from: "one" }, { from: "two" }] } },
  ],
  { title: "Twenty and twenty-two", executor: { kind: "processes", workers: 2 } },
);

/** What can be seen of a graph: its nodes with their places, and its edges. */
async function drawing(page: Page): Promise<unknown[]> {
  const edges = page.locator("[data-edge]").evaluateAll((all) => all.map((it) => it.getAttribute("data-edge")));
  return [...Object.entries(await places(page)), ...(await edges)];
}

/** Changes a character of a text. */
function forged(text: string, at: number): string {
  const other = text[at] === "A" ? "B" : "A";
  return text.slice(0, at) + other + text.slice(at + 1);
}

test("the address holds the experiment, so a reload loses nothing", async ({ page }) => {
  await open(page, play(THREE));
  await expect(page.locator("[data-edge]")).toHaveCount(2);
  const before = page.url();
  await page.keyboard.press("n");
  await page.keyboard.type("fetch");
  await page.keyboard.press("Enter");
  await expect(node(page, "fetch")).toHaveCount(1);
  await expect(page).not.toHaveURL(before);
  await expect(page).toHaveURL(/\/play#x=[\w-]+$/);
  const [drawn, address] = [await drawing(page), page.url()];
  expect(drawn).toHaveLength(6);

  await reload(page);
  expect(await drawing(page)).toEqual(drawn);
  await expect(page.getByLabel("Name of the experiment")).toHaveValue("Twenty and twenty-two");
  await expect(page.getByLabel("Executor")).toHaveValue("ProcessPoolExecutor");
  await expect(page).toHaveURL(address);
});

test("Share shows a link to the experiment, and one to the run when there is one", async ({ page, stranger }) => {
  await open(page, play(THREE));
  await page.locator("[data-share]").click();
  const links = page.locator(".share .menu .link input");
  await expect(links).toHaveCount(1);
  await page.locator("[data-share]").click();

  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await page.locator("[data-share]").click();
  await expect(links).toHaveCount(3);
  const experiment = await page.getByRole("textbox", { name: "This experiment" }).inputValue();
  const run = await page.getByRole("textbox", { name: "This run on this server" }).inputValue();
  expect(run).toBe(new URL(`/run/${await runId(workbench(page))}`, page.url()).href);

  await open(stranger, experiment);
  expect(await drawing(stranger)).toEqual(await drawing(page));
  await expect(workbench(stranger)).toHaveAttribute("data-state", "none");
  await open(stranger, run);
  await untilState(workbench(stranger), "ended");
  await expect(node(stranger, "both")).toHaveAttribute("data-value", "42");
  expect(await drawing(stranger)).toEqual(await drawing(page));
});

const BAD: [string, (link: string) => string, RegExp][] = [
  ["was cut", (link) => link.slice(0, -10), /cut off after \d+ characters/],
  ["was forged at its end", (link) => forged(link, link.length - 5), /damaged/],
  ["was forged in its middle", (link) => forged(link, Math.floor(link.length / 2)), /damaged/],
  ["is from a later version", () => pack(THREE, 2), /later version \(format 2\)/],
  ["holds a scenario of a later version", () => pack({ ...THREE, format: 99 }), /later version/],
  ["never was one", () => "hello-world", /not a link/],
];

for (const [how, made, words] of BAD) {
  test(`a link that ${how} says so, and the page still works`, async ({ page }) => {
    await open(page, `/play#x=${made(pack(THREE))}`);
    await expect(notice(page)).toContainText(words);
    await expect(page.locator(".graph .node")).toHaveCount(5);
    await runButton(page).click();
    await untilState(workbench(page), "ended");
    await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText("5");
  });
}

test("a link that is pasted over the address of an open page is opened", async ({ page }) => {
  await open(page, play(THREE));
  const other = play(scenario([gate("alone")], { title: "One gate" }));
  await page.evaluate((hash) => (location.hash = hash), new URL(other, page.url()).hash);
  await expect(node(page, "alone")).toHaveCount(1);
  await expect(page.locator(".graph .node")).toHaveCount(1);
  await expect(page.getByLabel("Name of the experiment")).toHaveValue("One gate");

  // A bad one says what is wrong and leaves what is there.
  await page.evaluate((hash) => (location.hash = hash), `#x=${pack(THREE).slice(0, -10)}`);
  await expect(notice(page)).toContainText("cut off");
  await expect(page.locator(".graph .node")).toHaveCount(1);

  await page.keyboard.press("Control+z");
  await expect(page.locator(".graph .node")).toHaveCount(3);
});

test("the address of a run stays until something is edited", async ({ page }) => {
  await page.clock.install();
  await open(page, play(THREE));
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  const run = `/run/${await runId(workbench(page))}`;
  await open(page, run);
  await untilState(workbench(page), "ended");
  // Whatever the page means to do after a while is done now.
  await page.clock.fastForward(10_000);
  expect(new URL(page.url()).pathname).toBe(run);

  await page.keyboard.press("Shift+S");
  await expect(page.getByRole("textbox", { name: "This run on this server" })).toHaveValue(page.url());
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.clock.fastForward(10_000);
  await expect(page).toHaveURL(/\/play#x=[\w-]+$/);
});

test("the experiment is kept as a file, which the shell runs", async ({ page }) => {
  await open(page, play(THREE));
  await page.locator("[data-share]").click();
  await expect(page.getByRole("button", { name: "Trace", exact: true })).toBeDisabled();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Experiment", exact: true }).click();
  const kept = JSON.parse(await readFile(await (await download).path(), "utf8")) as Scenario;
  expect(kept.tasks.map(({ id }) => id)).toEqual(THREE.tasks.map(({ id }) => id));
  expect(await printed(["simulate", "-"], JSON.stringify(kept))).toContain("finished");
});

test("the trace of a run opens in Speedscope, which has nothing to complain of", async ({ page, context }, info) => {
  const executor = { kind: "processes", workers: 2 } as const;
  await open(page, play(scenario(THREE.tasks, { executor, title: "Three", program: { mode: "map" } })));
  await page.getByRole("radio", { name: "Simulated" }).check();
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await page.locator("[data-share]").click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Trace", exact: true }).click();
  const file = info.outputPath("three.trace.json");
  await (await download).saveAs(file);

  const reader = await context.newPage();
  const said: string[] = [];
  reader.on("console", (message) => said.push(message.text()));
  const folder = path.join(import.meta.dirname, "../node_modules/speedscope/dist/release");
  await reader.route("http://speedscope.test/**", (route) =>
    route.fulfill({ path: path.join(folder, new URL(route.request().url()).pathname) }),
  );
  await reader.goto("http://speedscope.test/index.html");
  await reader.locator("input[type=file]").setInputFiles(file);
  await expect(reader.locator("body")).toContainText("Three (ProcessPoolExecutor) (pid 1)");
  expect(said).toContain("Importing as Trace Event Format profile");
  // It says so of events that do not lie within each other.
  expect(said.filter((words) => /Tried to end|still open|mismatch/i.test(words))).toEqual([]);
});

test("Escape closes Share also before the focus has come to it, and what was selected stays so", async ({ page }) => {
  await open(page, play(scenario([sleep("a", 1)])));
  await node(page, "a").click();
  // Both within one frame: the second key finds the focus where it was.
  await page.evaluate(async () => {
    const key = (name: string, shiftKey: boolean) =>
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: name, shiftKey, bubbles: true, cancelable: true }));
    key("S", true);
    for (const _ of "what follows from a key at once") {
      await Promise.resolve();
    }
    key("Escape", false);
  });
  await expect(page.locator("[data-share]")).toHaveAttribute("aria-expanded", "false");
  await expect(node(page, "a")).toHaveClass(/selected/);
});

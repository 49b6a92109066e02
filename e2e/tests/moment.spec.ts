// Going back in a run: holding, stepping, scrubbing, playing; the story's depths, the legend as a
// filter, and what a run could have taken at best.

import { gate, play, type Scenario, scenario, sleep } from "./scenario";
import {
  expect,
  type Locator,
  node,
  notice,
  open,
  type Page,
  records,
  runButton,
  test,
  untilAllLook,
  untilLooks,
  untilRecords,
  untilState,
  workbench,
} from "./support";

/** One after the other, and one beside them. */
const CHAIN = scenario([sleep("a", 1), sleep("b", 2, ["a"]), sleep("c", 2)], {
  executor: { kind: "threads", workers: 2 },
  program: { mode: "as_completed" },
});

/** Simulates a scenario to its end. */
async function simulated(page: Page, of: Scenario): Promise<void> {
  await open(page, play(of));
  await page.keyboard.press("r");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
}

async function showStory(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Story" }).click();
}

function lines(page: Page): Locator {
  return page.locator(".story .line");
}

function axis(page: Page): Locator {
  return page.getByRole("slider", { name: "Moment of the run" });
}

const AT_END = { a: "succeeded", b: "succeeded", c: "succeeded" };

test("a line of the story shows its moment, on the graph, in the results and in the legend", async ({ page }) => {
  await simulated(page, CHAIN);
  await showStory(page);
  // Only what is in sight is there: it begins with the end.
  await page.keyboard.press("Home");
  await lines(page).filter({ hasText: "a returned" }).click();
  await untilAllLook(page, { a: "succeeded", b: "waiting", c: "running" });
  await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText("1");
  await expect(lines(page).filter({ hasText: "a returned" })).toHaveAttribute("aria-current", "time");
  await expect(lines(page).filter({ hasText: "b returned" })).toHaveClass(/to-come/);
  await page.getByRole("tab", { name: "Results" }).click();
  await expect(page.locator(".results tbody tr")).toHaveCount(0);
  await page.getByRole("button", { name: "To the end" }).click();
  await untilAllLook(page, AT_END);
  await expect(page.locator(".results tbody tr")).toHaveCount(3);
  await expect(workbench(page)).not.toHaveAttribute("data-held", /./);
});

test("comma and full stop step through a run, with Shift through the events of the selected task", async ({ page }) => {
  await simulated(page, CHAIN);
  await page.keyboard.press("Home");
  await untilAllLook(page, { a: "waiting", b: "waiting", c: "waiting" });
  const seen = new Set<string>();
  while ((await workbench(page).getAttribute("data-held")) !== null) {
    const before = await workbench(page).getAttribute("data-held");
    seen.add((await node(page, "a").getAttribute("class")) ?? "");
    await page.keyboard.press(".");
    if ((await workbench(page).getAttribute("data-held")) === before) {
      break;
    }
  }
  await expect(notice(page)).toContainText("No event behind this one");
  expect([...seen].map((look) => /is-(\w+)/.exec(look)?.[1])).toEqual(["waiting", "queued", "running", "succeeded"]);

  await node(page, "b").click();
  await page.keyboard.press("Shift+Comma");
  await page.keyboard.press("Shift+Comma");
  await showStory(page);
  await expect(page.locator(".story .line.here")).toContainText("b");
  await page.keyboard.press(",");
  await expect(page.locator(".story .line.here")).toBeVisible();
  await page.keyboard.press("End");
  await untilAllLook(page, AT_END);
});

test("a run goes on while one holds, and nothing of it is missed", async ({ page }) => {
  await open(page, play(scenario([gate("a"), sleep("b", 0, ["a"])])));
  await runButton(page).click();
  await untilLooks(page, "a", "running");
  const before = await records(workbench(page));
  await page.keyboard.press("Home");
  await untilLooks(page, "a", "waiting");
  await expect(page.locator(".back-to-now")).toContainText("behind");
  await node(page, "a").click();
  await page.keyboard.press("o");
  await untilState(workbench(page), "ended");
  await untilRecords(workbench(page), before + 1);
  await untilAllLook(page, { a: "waiting", b: "waiting" });
  await page.getByRole("button", { name: "To the end" }).click();
  await untilAllLook(page, { a: "succeeded", b: "succeeded" });
});

test("the axis is a slider: the mouse drags the moment along it, arrows step", async ({ page }) => {
  await simulated(page, CHAIN);
  await expect(axis(page)).toHaveAttribute("aria-valuetext", "the end, 3.00 s");
  const box = await axis(page).boundingBox();
  if (box === null) {
    throw new Error("there is no axis");
  }
  // The run takes 3 s and fills the axis.
  const x = (second: number): number => box.x + ((box.width - 12) * second) / 3;
  await page.mouse.move(x(0.5), box.y + 14);
  await page.mouse.down();
  await untilAllLook(page, { a: "running", b: "waiting", c: "running" });
  await page.mouse.move(x(1.5), box.y + 14, { steps: 4 });
  await untilAllLook(page, { a: "succeeded", b: "running", c: "running" });
  await page.mouse.up();
  await expect(axis(page)).toHaveAttribute("aria-valuetext", /^held at 1\.[56]\d s$/);
  await axis(page).press("ArrowRight");
  await expect(axis(page)).toHaveAttribute("aria-valuetext", "held at 2.00 s");
  await axis(page).press("ArrowLeft");
  await expect(axis(page)).toHaveAttribute("aria-valuetext", "held at 1.00 s");
});

test("what is over is played again from its start, and ends where it is over", async ({ page }) => {
  await simulated(page, scenario([sleep("a", 0.3)]));
  await page.getByRole("button", { name: "Play from here (Space)" }).click();
  await untilLooks(page, "a", "running");
  await untilLooks(page, "a", "succeeded");
  await expect(workbench(page)).not.toHaveAttribute("data-held", /./);
});

test("what is over is played as fast as one chooses", async ({ page }) => {
  await page.clock.install();
  await simulated(page, scenario([sleep("a", 10)]));
  await page.clock.pauseAt(Date.now() + 60_000);
  const speed = page.getByLabel("Speed");
  let from = 0;
  for (const [name, factor] of [["10×", 10], ["0.5×", 0.5], ["2×", 2]] as const) {
    await speed.selectOption(name);
    await page.getByRole("button", { name: "Play from here (Space)" }).click();
    await page.clock.runFor(400);
    await page.getByRole("button", { name: "Hold here (Space)" }).click();
    const at = Number(await axis(page).getAttribute("aria-valuenow"));
    // The page's clock is the test's; a frame or two of it lie before and behind.
    expect(Math.abs(at - from - 0.4 * factor), `${name}: from ${from} to ${at}`).toBeLessThan(0.04 * factor);
    from = at;
  }
  await page.keyboard.press("Control+k");
  await page.keyboard.type("play faster");
  await page.keyboard.press("Enter");
  await expect(speed).toHaveValue("5×");
});

test("played by itself, a run goes from line to line, whatever happened at once and however long one waited", async ({ page }) => {
  await page.clock.install();
  await simulated(page, CHAIN);
  await showStory(page);
  await page.clock.pauseAt(Date.now() + 60_000);
  const here = () => page.locator(".story .line.here").getAttribute("data-seq");
  await page.keyboard.press("Home");
  const steps: (string | null)[] = [];
  for (let at = 0; at < 16; at++) {
    await page.keyboard.press(".");
    await page.clock.runFor(50);
    steps.push(await here());
  }
  expect(new Set(steps).size).toBe(16);

  await page.getByLabel("Speed").selectOption("auto");
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Play from here (Space)" }).click();
  const way: (string | null)[] = [];
  while (way.length < 16) {
    // Half of the least time that a line is shown.
    await page.clock.runFor(60);
    const now = (await page.locator(".story .line.here").count()) === 0 ? null : await here();
    if (now !== null && now !== way.at(-1)) {
      way.push(now);
    }
  }
  expect(way).toEqual(steps);
  await page.clock.runFor(20_000);
  await expect(workbench(page)).not.toHaveAttribute("data-held", /./);
});

test("the story is told short or exact", async ({ page }) => {
  await simulated(page, { ...CHAIN, executor: { kind: "processes", workers: 2 } });
  await showStory(page);
  const packs = lines(page).filter({ hasText: "enters the call queue" });
  await expect(packs).toHaveCount(0);
  await page.getByRole("button", { name: "Exact" }).click();
  await page.keyboard.press("Home");
  await expect(packs.first()).toBeVisible();
});

test("the legend shows only what is in one state, and lets go again", async ({ page }) => {
  await simulated(page, scenario([sleep("a", 1), { id: "b", function: "fail" }]));
  const entry = page.locator("[data-legend=is-failed]");
  await entry.click();
  await expect(entry).toHaveAttribute("aria-pressed", "true");
  await expect(node(page, "b")).toHaveCSS("opacity", "1");
  await expect(node(page, "a")).toHaveCSS("opacity", "0.22");
  await showStory(page);
  await expect(lines(page).filter({ hasText: "b raised" })).toBeVisible();
  await expect(lines(page).filter({ hasText: "a returned" })).toHaveCount(0);
  await page.locator("[data-legend=is-cancelled]").click();
  await page.getByRole("button", { name: "Show all events" }).click();
  await expect(lines(page).filter({ hasText: "a returned" })).toBeVisible();
  await expect(node(page, "a")).toHaveCSS("opacity", "1");
});

test("a run says what it could have taken at best, and selects the chain that held it up", async ({ page }) => {
  await simulated(page, CHAIN);
  await expect(page.locator(".honesty .ends")).toHaveText("finished at 3.00 s, 3.0 s at best");
  await page.getByRole("tab", { name: "Results" }).click();
  await expect(page.locator("[data-verdict]")).toContainText("for a → b run one after the other");
  await page.getByRole("button", { name: "Select the longest chain" }).click();
  await expect(page.locator(".graph .node.selected")).toHaveCount(2);
  await expect(notice(page)).toContainText("a → b");
});

test("when it is over, a run says how many workers were at work at once", async ({ page }) => {
  await simulated(page, scenario([sleep("a", 1), sleep("b", 3)]));
  await expect(page.locator(".honesty .pair").first()).toHaveText("at once, at most2 of 2");
  await page.getByRole("tab", { name: "Results" }).click();
  await expect(page.locator("[data-verdict]")).toContainText("2 of them were at work at once for 1.0 s.");
  // Held at a moment, it says how many were busy then.
  await page.keyboard.press("Home");
  await expect(page.locator(".honesty .pair").first()).toHaveText("workers busy0 of 2");
});

test("the story has its own buttons to step, and says at which event one is", async ({ page }) => {
  await simulated(page, CHAIN);
  await showStory(page);
  await page.getByRole("button", { name: "To the start (Home)" }).click();
  await expect(page.locator(".live-note")).toContainText(/event 0 of \d+/);
  await page.getByRole("button", { name: "One event on (.)" }).click();
  await expect(page.locator(".live-note")).toContainText(/event [1-9]\d* of \d+/);
  await expect(page.locator(".line.here time")).toHaveText("0.000 s");
});

test("a real run says how many cores it used", async ({ page }) => {
  await open(page, play(scenario([sleep("a", 0.1)])));
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator(".honesty .badge.measured")).toHaveText(/^measured on \d+ cores?$/);
  await expect(page.locator(".honesty .cores")).toHaveText(/cores used 0\.\d\d of \d+/);
});

test("a line of the program goes to the next event of its tasks, and begins again behind the last", async ({ page }) => {
  await simulated(page, CHAIN);
  await page.getByRole("tab", { name: "Code" }).click();
  const line = page.locator(".code-line").filter({ hasText: `"a": lambda` }).first();
  await line.click();
  await expect(page.locator(".graph .node.selected")).toHaveCount(1);
  await untilAllLook(page, { a: "queued", b: "waiting", c: "waiting" });
  await line.click();
  await untilLooks(page, "a", "running");
});

// Much at once: a thousand records a second reach the page, and it never freezes.

import { play, scenario } from "./scenario";
import { expect, open, runButton, test, untilState, workbench } from "./support";

// What a test records of the page while it runs would be measured, too.
test.use({ trace: "off", screenshot: "off", video: "off" });

/** The bar: records a second, and milliseconds that nothing may block the page for. */
const RATE = 1_000;
const LONG_MS = 50;

interface Seen {
  /** When how many records had come; times in milliseconds of the page. */
  came: [number, number][];
  /** What blocked the page: from when, for how long. */
  long: [number, number][];
}

declare global {
  interface Window {
    seen: Seen;
  }
}

test("a thousand records a second reach the page, and nothing blocks it for long", async ({ page }, info) => {
  const tasks = Array.from({ length: Number(process.env.N ?? 600) }, (_, number) => ({
    id: `t${number}`,
    function: "sleep",
    args: { seconds: Number(process.env.S ?? 0.03) },
  }));
  const executor = { kind: "threads", workers: 4 } as const;
  await open(page, play(scenario(tasks, { executor, program: { mode: "as_completed" } })));
  await expect(page.locator(".graph .node")).toHaveCount(tasks.length);

  await workbench(page).evaluate((wb) => {
    const seen: Seen = { came: [], long: [] };
    window.seen = seen;
    new MutationObserver(() => {
      seen.came.push([performance.now(), Number(wb.getAttribute("data-records"))]);
    }).observe(wb, { attributes: true, attributeFilter: ["data-records"] });
    new PerformanceObserver((list) => {
      seen.long.push(...list.getEntries().map((it): [number, number] => [it.startTime, it.duration]));
    }).observe({ type: "longtask" });
  });
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText(String(tasks.length));

  const { came, long } = await page.evaluate(() => window.seen);
  const some = came.filter(([, records]) => records > 0);
  const [first, last] = [some.at(0), some.at(-1)];
  if (first === undefined || last === undefined) {
    throw new Error("no records came");
  }
  const seconds = (last[0] - first[0]) / 1_000;
  const rate = last[1] / seconds;
  const within = long.filter(([from, took]) => from + took >= first[0] && from <= last[0] && took > LONG_MS);
  const words =
    `${last[1]} records in ${seconds.toFixed(1)} s, ${rate.toFixed(0)} a second, in ${some.length} steps; ` +
    `blocked: ${within.map(([from, took]) => `${took.toFixed(0)} ms at ${((from - first[0]) / 1_000).toFixed(1)} s`).join(", ") || "never"}`;
  info.annotations.push({ type: "load", description: words });
  console.log(words);
  expect(last[1]).toBeGreaterThan(tasks.length);
  expect(rate, words).toBeGreaterThanOrEqual(RATE);
  expect(within, words).toEqual([]);
});

// Much at once: a thousand records a second reach the page, and it never freezes.

import { play, scenario } from "./scenario";
import { type Browser, expect, open, type Page, test, workbench } from "./support";

// What a test records of the page while it runs would be measured, too.
test.use({ trace: "off", screenshot: "off", video: "off" });

/** The bar: records a second, and milliseconds that no task of the page may take. */
const RATE = 1_000;
const LONG_MS = 50;

/** A task of the page's main thread, in milliseconds: of the clock, and of a core. */
interface Work {
  took: number;
  worked: number;
}

/** An event of a trace; times in microseconds. */
interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

test("a thousand records a second reach the page, and no task of it is long", async ({ page, browser }, info) => {
  const tasks = Array.from({ length: 600 }, (_, number) => ({
    id: `t${number}`,
    function: "sleep",
    args: { seconds: 0.02 },
  }));
  const executor = { kind: "threads", workers: 4 } as const;
  await open(page, play(scenario(tasks, { executor, program: { mode: "as_completed" } })));
  await expect(page.locator(".graph .node")).toHaveCount(tasks.length);

  const [came, work] = await traced(browser, page, () => watchOneRun(page));
  await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText(tasks.length.toLocaleString("en"));
  const [first, last] = [came.at(0), came.at(-1)];
  if (first === undefined || last === undefined) {
    throw new Error("no records came");
  }
  const seconds = (last[0] - first[0]) / 1_000;
  const rate = last[1] / seconds;
  // The clock also runs while other programs have the core, which is none of the page's doing.
  const long = work.filter((it) => it.worked > LONG_MS);
  const most = (of: keyof Work) => Math.max(...work.map((it) => it[of])).toFixed(0);
  const words =
    `${rate.toFixed(0)} records a second for ${seconds.toFixed(1)} s, in ${came.length} steps; the longest ` +
    `task worked ${most("worked")} ms, the slowest took ${most("took")} ms`;
  info.annotations.push({ type: "load", description: words });
  expect(work.length, "the page's main thread is in the trace").toBeGreaterThan(came.length);
  expect(rate, words).toBeGreaterThanOrEqual(RATE);
  expect(long, words).toEqual([]);
});

/** As many items as one map node may have. */
const MANY = 50_000;

test("as many items as there may be are simulated, and how long that keeps the page is said", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const tasks = [{ id: "many", function: "square", args: { x: { each: { range: [MANY] } } } }];
  const executor = { kind: "threads", workers: 16 } as const;
  await open(page, play(scenario(tasks, { executor, program: { mode: "map" } })));
  await page.getByRole("radio", { name: "Simulated" }).check();

  const [came, work] = await traced(browser, page, () => watchOneRun(page));
  await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText("50,000");
  expect(came.at(-1)?.[1]).toBeGreaterThan(6 * MANY);
  const frames = Number(await workbench(page).getAttribute("data-frames"));
  const [first, last] = [came.at(0), came.at(-1)];
  if (first === undefined || last === undefined) {
    throw new Error("nothing was simulated");
  }
  const sorted = work.map((it) => it.worked).sort((a, b) => b - a);
  const words =
    `${last[1]} records in ${((last[0] - first[0]) / 1_000).toFixed(2)} s and ${frames} frames; the page's longest ` +
    `tasks worked ${sorted.slice(0, 5).map((ms) => ms.toFixed(0)).join(", ")} ms, ` +
    `${sorted.filter((ms) => ms > LONG_MS).length} of ${work.length} more than ${LONG_MS} ms`;
  info.annotations.push({ type: "load", description: words });
  console.log(words);
  expect(frames).toBeGreaterThan(1);
});

/** Runs what is there, and returns when how many records had come: milliseconds, and records. */
async function watchOneRun(page: Page): Promise<[number, number][]> {
  // The page itself tells when it is over: whoever asks it again and again, as `expect` does,
  // blocks it for longer than it ever blocks itself.
  const watch = await workbench(page).evaluateHandle((wb) => ({
    over: new Promise<[number, number][]>((resolve) => {
      const came: [number, number][] = [];
      const changes = new MutationObserver(() => {
        const records = Number(wb.getAttribute("data-records"));
        if (records > (came.at(-1)?.[1] ?? 0)) {
          came.push([performance.now(), records]);
        }
        if (wb.getAttribute("data-state") === "ended") {
          changes.disconnect();
          resolve(came);
        }
      });
      changes.observe(wb, { attributes: true, attributeFilter: ["data-records", "data-state"] });
    }),
  }));
  await page.keyboard.press("Control+Enter");
  return watch.evaluate(({ over }) => over);
}

/** What comes of `doing`, and all tasks of the page's main thread meanwhile. */
async function traced<T>(browser: Browser, page: Page, doing: () => Promise<T>): Promise<[T, Work[]]> {
  await browser.startTracing(page, { categories: ["-*", "disabled-by-default-devtools.timeline"] });
  const done = await doing();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;
  const main = traceEvents.filter((it) => it.name === "thread_name" && it.args.name === "CrRendererMain");
  const mains = new Set(main.map(threadOf));
  const tasks = traceEvents.filter((it) => it.name === "RunTask" && mains.has(threadOf(it)));
  return [done, tasks.map(({ dur = 0, tdur = 0 }) => ({ took: dur / 1_000, worked: tdur / 1_000 }))];
}

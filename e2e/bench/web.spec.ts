// `cargo xtask bench web`: how large the page is, how soon it is there, and whether it keeps up.
//
// Nothing here fails for being slow: it prints what was measured beside what it should be.

import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";

import { type Browser, type Page, test } from "@playwright/test";

import { crc32, pack, play, type Scenario, scenario } from "../tests/scenario";
import { Server } from "../tests/server";
import { open, untilState, workbench } from "../tests/support";
import { install, type Meter, reset, seen } from "./measure";

/** So often the page is opened. */
const ROUNDS = 5;

/** What should be reached. */
const WASM_KB = 400;
const FIRST_MS = 1_000;
const LONG_MS = 50;
const PAINT_MS = 100;
const SEEK_MS = 16;
const EXPERIMENT_CHARS = 520;
const RUN_CHARS = 1_050;
const REFUSED_MS = 50;
const REFUSED_MIB = 64;
/** So many moments are looked at, and numbers of workers tried. */
const SEEKS = 120;
const GHOSTS = 40;
/** A sixtieth of a second, and what a clock may be off. */
const FRAME_MS = 17;

let server: Server;

test.beforeAll(async ({ browser }) => {
  server = await Server.start();
  console.log(`Chromium ${browser.version()} without a window or a graphics card, ${availableParallelism()} cores`);
  console.log("\n| what | measured | goal |\n|---|---|---|");
});

test.afterAll(() => server.stop());

/** A row of the table. `reached` says nothing where there is no goal. */
function row(what: string, measured: string, goal = "", reached = true): void {
  console.log(`| ${what} | ${measured} | ${goal}${reached ? "" : ", not reached"} |`);
}

/** The value that so large a part of all does not exceed, by rank; nothing of nothing. */
function rank(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? NaN;
}

const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
const kb = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`;

/** Median, and in brackets the least and the most. */
function spread(values: number[]): string {
  return `${ms(rank(values, 0.5))} [${ms(Math.min(...values))}..${ms(Math.max(...values))}]`;
}

/** A page of a browser that has seen nothing yet. */
async function fresh(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await install(page);
  return page;
}

/** A graph of 200 tasks in 25 layers, which eight workers take some seconds for. */
function twoHundred(): Scenario {
  const wide = 8;
  const tasks = Array.from({ length: 200 }, (_, number) => ({
    id: `t${number}`,
    function: "sleep",
    args: { seconds: 0.2 },
    after: number < wide ? [] : [`t${number - wide}`],
  }));
  return scenario(tasks, { executor: { kind: "threads", workers: 8 } });
}

test("sizes", async ({ browser }) => {
  const page = await fresh(browser);
  await open(page, "/play");
  const files = await page.evaluate(() => {
    const entries = ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type));
    const files = entries as PerformanceResourceTiming[];
    const size = ({ name, encodedBodySize, decodedBodySize }: PerformanceResourceTiming) => ({
      path: new URL(name).pathname,
      wire: encodedBodySize,
      whole: decodedBodySize,
    });
    // What the server says when it is asked is none of the page.
    const ours = files.map(size).filter(({ path }) => !path.startsWith("/api/"));
    return [...new Map(ours.map((file) => [file.path, file])).values()];
  });
  for (const { path, wire, whole } of files.sort((a, b) => b.wire - a.wire)) {
    const sizes = `${kb(wire)}, unpacked ${kb(whole)}`;
    if (path.includes("/app-") && path.endsWith(".wasm")) {
      const what = `${path}, which the first picture waits for, on the wire`;
      row(what, sizes, `≤ ${WASM_KB} kB`, wire <= WASM_KB * 1_000);
    } else {
      row(`${path}, on the wire`, sizes);
    }
  }
  row("all files of `/play`, on the wire", kb(files.reduce((sum, { wire }) => sum + wire, 0)));
  await page.context().close();
});

test("first picture", async ({ browser }) => {
  const at = play(twoHundred());
  const times: Record<"cold" | "warm", { paint: number[]; drawn: number[]; ready: number[] }> = {
    cold: { paint: [], drawn: [], ready: [] },
    warm: { paint: [], drawn: [], ready: [] },
  };
  for (let round = 0; round < ROUNDS; round++) {
    const page = await fresh(browser);
    for (const cache of ["cold", "warm"] as const) {
      // The same address with another fragment would not be opened anew.
      await page.goto("about:blank");
      await open(page, at);
      const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
      times[cache].paint.push(paint ?? NaN);
      const { drawn, ready } = await seen(page);
      times[cache].drawn.push(drawn);
      times[cache].ready.push(ready);
    }
    await page.context().close();
  }
  for (const cache of ["cold", "warm"] as const) {
    const { paint, drawn, ready } = times[cache];
    row(`first paint, cache ${cache}`, spread(paint));
    const reached = rank(drawn, 0.5) <= FIRST_MS;
    row(`200 nodes are there, cache ${cache}`, spread(drawn), `≤ ${ms(FIRST_MS)}`, reached);
    row(`and all that can be done with them, cache ${cache}`, spread(ready));
  }
});

test("200 nodes, 8 workers", async ({ browser }) => {
  const page = await fresh(browser);
  await open(page, play(twoHundred()));
  await reset(page);
  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  const meter = await seen(page);
  frames("200 nodes, 8 workers running", meter);
  const { longTasks, painted, asked } = meter;
  const worst = longTasks.length === 0 ? "" : `, the worst ${ms(Math.max(...longTasks))}`;
  row(`tasks over ${LONG_MS} ms meanwhile`, `${longTasks.length}${worst}`, "none", longTasks.length === 0);

  const within = (of: number[]) => `${ms(rank(of, 0.5))}, 95 % within ${ms(rank(of, 0.95))}, the worst ${ms(Math.max(...of))}`;
  row(`bytes in the page to paint, ${painted.length} frames of the log`, within(painted.map((it) => it.painted - it.came)));
  // The run began after it was asked for, so no record is younger than this makes it.
  const whole = painted.map((it) => it.painted - (asked + it.happened));
  row("record to paint, at most", within(whole), `95 % ≤ ${ms(PAINT_MS)}`, rank(whole, 0.95) <= PAINT_MS);
  // And it began before the first bytes of it came, so none is older than this makes it.
  const late = Math.min(...painted.map((it) => it.came - asked - it.happened));
  row("the same, at least", within(whole.map((it) => it - late)));

  await page.locator(".workers summary").click();
  const ghosts = await page.evaluate(slideWorkers, GHOSTS);
  row("another number of workers, foretold and painted", within(ghosts));
  await page.context().close();
});

test("100,000 bars", async ({ browser }) => {
  const page = await fresh(browser);
  // Each has a bar at its worker and one while main waits for it, in sixteen seconds of virtual time.
  const args = { seconds: 0.005, returns: { each: { range: [50_000] } } };
  const tasks = [{ id: "many", function: "sleep", args }];
  const executor = { kind: "threads", workers: 16 } as const;
  await open(page, play(scenario(tasks, { executor, program: { mode: "map" } })));
  await page.getByRole("radio", { name: "Simulated" }).check();
  await reset(page);
  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  row("50,000 items simulated: tasks over 50 ms", `${(await seen(page)).longTasks.length}`);

  const axis = page.locator(".tl canvas.axis");
  for (const how of ["zoomed", "panned"] as const) {
    const zoom = how === "zoomed";
    await reset(page);
    await page.evaluate(moveTimeline, [zoom, 240] as const);
    frames(`100,000 bars are ${how}`, await seen(page));
    // Half of the way there and back; of what does not move, the figures above would say nothing.
    const before = await axis.screenshot();
    await page.evaluate(moveTimeline, [zoom, 30] as const);
    if (before.equals(await axis.screenshot())) {
      throw new Error(`the timeline is not ${how}`);
    }
  }

  const records = Number(await workbench(page).getAttribute("data-records"));
  const seeks = await page.evaluate(seekAround, SEEKS);
  const words = `${ms(rank(seeks, 0.5))}, 95 % within ${ms(rank(seeks, 0.95))}, the worst ${ms(Math.max(...seeks))}`;
  const what = `any moment of ${records.toLocaleString("en")} records, folded and painted`;
  row(what, words, `95 % ≤ ${ms(SEEK_MS)}`, rank(seeks, 0.95) <= SEEK_MS);
  const bytes = await page.evaluate(() => window.meter.memory?.buffer.byteLength ?? NaN);
  row("memory of the page's WebAssembly then", `${(bytes / 1e6).toFixed(0)} MB, ${(bytes / records).toFixed(0)} bytes a record`);
  await page.context().close();
});

test("links", async ({ browser }) => {
  const twelve = fileURLToPath(new URL("../../shared/src/link/run/twelve.json", import.meta.url));
  const of = JSON.parse(await readFile(twelve, "utf8")) as Scenario;
  const page = await fresh(browser);
  await open(page, play(of));
  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  await page.keyboard.press("Shift+S");
  const written = async (name: string) => page.getByRole("textbox", { name, exact: true }).inputValue();
  const experiment = (await written("This experiment")).split("#x=")[1] ?? "";
  const link = await written("This run");
  row("link to 12 tasks", `${experiment.length} characters`, `≤ ${EXPERIMENT_CHARS}`, experiment.length <= EXPERIMENT_CHARS);
  const events = (await workbench(page).getAttribute("data-records")) ?? "";
  row(`link to 12 tasks with their run of ${events} events`, `${link.length} characters`, `≤ ${RUN_CHARS}`, link.length <= RUN_CHARS);

  const opened: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const other = await fresh(browser);
    const began = performance.now();
    await open(other, link);
    await untilState(workbench(other), "ended");
    opened.push(performance.now() - began);
    await other.context().close();
  }
  row("from that link to its last event, cache cold", spread(opened));

  const right = link.slice(link.indexOf("#"));
  // No two that are refused in the same words stand behind each other: those would not be seen to change.
  const hostile = [
    right.slice(0, -9),
    right.slice(0, -9) + (right.at(-9) === "A" ? "B" : "A") + right.slice(-8),
    right.replace(/&r=../, "&r=Ag"),
    `#x=${experiment}&r=${bomb(experiment, 200_000_000)}`,
    `#x=${experiment}&r=${pack({ ...of, title: "x".repeat(50_000) })}`,
    `#x=${bomb("", 200_000_000)}`,
  ];
  const memory = () => page.evaluate(() => window.meter.memory?.buffer.byteLength ?? NaN);
  const before = await memory();
  let slowest = 0;
  for (const hash of hostile) {
    const took = await page.evaluate(untilRefused, hash);
    slowest = Math.max(slowest, took);
  }
  const grown = ((await memory()) - before) / 2 ** 20;
  const what = `${hostile.length} hostile links refused in words, the slowest`;
  row(what, ms(slowest), `≤ ${ms(REFUSED_MS)}`, slowest <= REFUSED_MS);
  row("memory that they took", `${grown.toFixed(1)} MiB`, `≤ ${REFUSED_MIB} MiB`, grown <= REFUSED_MIB);
  await page.context().close();
});

/** A part of a link that is right in itself and inflates to so many zeros, beside this one. */
function bomb(beside: string, bytes: number): string {
  const zeros = Buffer.alloc(bytes);
  const packed = deflateRawSync(zeros, { level: 9 });
  const header = Buffer.alloc(9);
  header.writeUInt8(1, 0);
  header.writeUInt32LE(packed.length, 1);
  header.writeUInt32LE(crc32(Buffer.concat([Buffer.from(beside), zeros.subarray(0, 1_000)])), 5);
  return Buffer.concat([header, packed]).toString("base64url");
}

/** How long it takes from a link that is pasted over the address to the words that refuse it; runs in the page. */
async function untilRefused(hash: string): Promise<number> {
  const notice = document.querySelector(".notice");
  const began = performance.now();
  const said = new Promise<void>((resolve) => {
    new MutationObserver((_, observer) => {
      observer.disconnect();
      resolve();
    }).observe(notice ?? document.body, { childList: true, characterData: true, subtree: true });
  });
  location.hash = hash;
  await said;
  return performance.now() - began;
}

/** Zooms the timeline, or pans it, to and fro once in each of so many frames; runs in the page. */
async function moveTimeline([zoom, frames]: readonly [boolean, number]): Promise<void> {
  const lanes = document.querySelector(".tl .lanes canvas");
  const { left, width, top, height } = lanes?.getBoundingClientRect() ?? new DOMRect();
  const where = { bubbles: true, cancelable: true, clientX: left + width / 2, clientY: top + height / 2 };
  for (let frame = 0; frame < frames; frame++) {
    await new Promise(requestAnimationFrame);
    const by = Math.floor(frame / 60) % 2 === 0 ? -1 : 1;
    const turned = zoom ? { ctrlKey: true, deltaY: 20 * by } : { deltaX: 12 * by };
    lanes?.dispatchEvent(new WheelEvent("wheel", { ...where, ...turned }));
  }
}

/** Drags the cursor to so many moments all over the axis, one a frame; what each frame took. */
async function seekAround(count: number): Promise<number[]> {
  const axis = document.querySelector(".tl canvas.axis");
  const wb = document.querySelector<HTMLElement>(".wb");
  const { left, width, top } = axis?.getBoundingClientRect() ?? new DOMRect();
  const point = (type: string, part: number) => {
    const where = { bubbles: true, pointerId: 1, buttons: 1, clientX: left + 10 + part * (width - 20), clientY: top + 5 };
    axis?.dispatchEvent(new PointerEvent(type, where));
  };
  const took: number[] = [];
  point("pointerdown", 0);
  for (let at = 0, before = ""; at < count; at++) {
    await new Promise(requestAnimationFrame);
    const asked = performance.now();
    // The golden ratio goes to and fro, and nowhere twice.
    point("pointermove", (at * 0.618034) % 1);
    // Behind whatever follows from it at once.
    await new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
    const folded = performance.now() - asked;
    let began = 0;
    requestAnimationFrame(() => (began = performance.now()));
    await new Promise(requestAnimationFrame);
    // A task of its own: by then the frame is painted.
    await new Promise((resolve) => setTimeout(resolve, 0));
    took.push(folded + performance.now() - began);
    const held = wb?.dataset["held"] ?? "";
    if (held === before) {
      throw new Error(`the cursor did not move from ${held}`);
    }
    before = held;
  }
  point("pointerup", 0);
  return took;
}

function frames(what: string, { frames: times }: Meter): void {
  const words = `${ms(rank(times, 0.5))}, 95 % within ${ms(rank(times, 0.95))}, the worst ${ms(Math.max(...times))}`;
  row(`${what}: ${times.length} frames`, words, `95 % ≤ ${ms(FRAME_MS)}`, rank(times, 0.95) <= FRAME_MS);
}

/** Sets the workers again and again; milliseconds from there until what is foretold has been painted. */
async function slideWorkers(times: number): Promise<number[]> {
  const slider = document.querySelector<HTMLInputElement>(".workers input[type=range]");
  const said = () => document.querySelector(".ghost [aria-live]")?.textContent ?? "";
  if (slider === null) {
    throw new Error("there is no slider of workers");
  }
  const took: number[] = [];
  for (let at = 0; at < times; at++) {
    const before = said();
    const start = performance.now();
    slider.value = String(1 + (at % 7));
    slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
    do {
      await new Promise(requestAnimationFrame);
    } while (said() === before);
    took.push(performance.now() - start);
  }
  return took;
}

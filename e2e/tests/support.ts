// What every test starts from: a server, pages on which any complaint is a failure, and
// ways to wait for what the page says about itself.
//
// The page says: on <html>, `data-ready="true"` once the app is there; on `.wb`, which
// run it shows (`data-run`), how that stands (`data-state`), how many records have come
// (`data-records`) and, when it has ended, a hash of its log (`data-log-hash`); of a run
// that it simulates also the seed (`data-seed`) and in how many animation frames it was
// computed (`data-frames`). Tests wait for these, and never for time to pass.

import { type Browser, type BrowserContext, expect, type Locator, type Page, test as base } from "@playwright/test";

import { Server } from "./server";

export { type Browser, expect, type Locator, type Page, Server };

/** How the run in a workbench stands. */
export type RunState = "none" | "waiting" | "running" | "ended" | "lost";

/**
 * Collects whatever a browser complains of: errors in the console (a file that is not
 * there, a panic), errors that nobody caught, and what the content security policy refused.
 */
export class Complaints {
  private readonly all: string[] = [];
  private readonly awaited: RegExp[] = [];

  /** Watches all pages of a context, those that it has and those to come. */
  async watch(context: BrowserContext): Promise<void> {
    context.on("console", (message) => {
      if (message.type() === "error") {
        this.all.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    context.on("weberror", (error) => {
      this.all.push(`uncaught: ${error.error().stack ?? error.error().message}`);
    });
    context.on("page", (page) => {
      page.on("crash", () => this.all.push(`crashed: ${page.url()}`));
    });
    // The console carries them over to us, also those of a page that is left at once.
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (refused) => {
        const { effectiveDirective, blockedURI, sourceFile, lineNumber } = refused;
        console.error(`refused by ${effectiveDirective}: ${blockedURI} (${sourceFile}:${lineNumber})`);
      });
    });
  }

  /**
   * Says that this test provokes a complaint. Every one that matches is then in order,
   * and it is a failure if none comes.
   */
  expect(pattern: RegExp): void {
    this.awaited.push(pattern);
  }

  /** Fails on any complaint that was not expected, and on any that did not come. */
  assertAsExpected(): void {
    const surprising = this.all.filter((it) => !this.awaited.some((pattern) => pattern.test(it)));
    expect(surprising, "the browser complains").toEqual([]);
    const absent = this.awaited.filter((pattern) => !this.all.some((it) => pattern.test(it)));
    expect(absent.map(String), "the browser was to complain, and did not").toEqual([]);
  }
}

interface OfATest {
  /** What the browser says against the page; a test may expect some of it. */
  complaints: Complaints;
  /** A page of somebody else: another context, so it shares no storage with `page`. */
  stranger: Page;
}

interface OfAWorker {
  /** One server for all tests of a worker: they meet what others have left. */
  server: Server;
}

export const test = base.extend<OfATest, OfAWorker>({
  server: [
    // Playwright reads from the pattern what a fixture needs; this one needs nothing.
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  complaints: async ({ server }, use) => {
    const complaints = new Complaints();
    await use(complaints);
    server.assertAlive();
    complaints.assertAsExpected();
  },

  // Every test has a context, so no test can forget to watch it.
  context: async ({ context, complaints }, use) => {
    await complaints.watch(context);
    await use(context);
    await stopRuns(context);
  },

  stranger: async ({ browser, baseURL, complaints }, use) => {
    const context = await browser.newContext({ baseURL, viewport: { width: 1440, height: 900 } });
    await complaints.watch(context);
    await use(await context.newPage());
    await context.close();
  },
});

/**
 * Stops what the pages of a test still run: the server has two places for an address, and
 * the next test would stand in the line until a forgotten run meets its limit.
 */
async function stopRuns(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) {
    const going = page.locator('.wb:is([data-state="running"], [data-state="waiting"])');
    // Without a server, or with a clock that stands, there is nobody to wait for.
    const stop = async (): Promise<void> => {
      if ((await going.count()) > 0) {
        await page.keyboard.press("Control+.");
        await expect(going).toHaveCount(0, { timeout: 2_000 });
      }
    };
    await stop().catch(() => undefined);
  }
}

/** Opens an address of the server, and returns when the app is there. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await untilReady(page);
}

/** Opens the same address again, and waits until the page is ready. */
export async function reload(page: Page): Promise<void> {
  await page.reload();
  await untilReady(page);
}

async function untilReady(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-ready", "true");
}

/** The workbench of a page; where it shows two, the first. */
export function workbench(page: Page): Locator {
  return page.locator(".wb").first();
}

/** Waits until the run in a workbench stands like this. */
export async function untilState(wb: Locator, state: RunState): Promise<void> {
  await expect(wb).toHaveAttribute("data-state", state);
}

/** Waits until so many records have come, and returns how many those are then. */
export async function untilRecords(wb: Locator, atLeast: number): Promise<number> {
  await expect.poll(() => records(wb)).toBeGreaterThanOrEqual(atLeast);
  return records(wb);
}

/** How many records have come so far. */
export async function records(wb: Locator): Promise<number> {
  const said = await wb.getAttribute("data-records");
  if (said === null || !/^\d+$/.test(said)) {
    throw new Error(`data-records is no number: ${said}`);
  }
  return Number(said);
}

/** The name of the run that a workbench shows; waits until it shows one. */
export async function runId(wb: Locator): Promise<string> {
  return saidOf(wb, "data-run");
}

/** The hash of a run's whole log; waits until the run has ended. */
export async function logHash(wb: Locator): Promise<string> {
  await untilState(wb, "ended");
  return saidOf(wb, "data-log-hash");
}

/** The node of a task in the drawing. */
export function node(page: Page, task: string): Locator {
  return page.locator(`.graph [data-task="${task}"]`);
}

/** Where a task's node stands in the graph's own units, wherever the camera looks. */
export async function placeOf(page: Page, task: string): Promise<[number, number]> {
  const place = (await places(page))[task];
  if (place === undefined) {
    throw new Error(`${task} is not drawn`);
  }
  return place;
}

/** Where all nodes stand, in the graph's own units, in the order of the document. */
export async function places(page: Page): Promise<Record<string, [number, number]>> {
  return page.locator(".graph").evaluate((graph) => {
    const camera = graph.querySelector<SVGGElement>(".edges")?.getScreenCTM()?.inverse();
    const place = (node: Element): [string, [number, number]] => {
      const { x, y } = node.querySelector(".body")?.getBoundingClientRect() ?? new DOMRect();
      const at = new DOMPoint(x, y).matrixTransform(camera);
      // A border stands out by less than the grid's step.
      return [node.getAttribute("data-task") ?? "", [20 * Math.round(at.x / 20), 20 * Math.round(at.y / 20)]];
    };
    return Object.fromEntries([...graph.querySelectorAll("[data-task]")].map(place));
  });
}

/** A task's node in the window: its left, top, width and height, in pixels. */
export async function boxOf(page: Page, task: string): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await node(page, task).locator(".body").boundingBox();
  if (box === null) {
    throw new Error(`${task} is not in sight`);
  }
  return box;
}

/** Waits until a task's node looks like this: `running`, `broken`, … */
export async function untilLooks(page: Page, task: string, look: string): Promise<void> {
  await expect(node(page, task)).toHaveClass(new RegExp(`\\bis-${look}\\b`));
}

/** Waits until the nodes look exactly like this, and there are no others. */
export async function untilAllLook(page: Page, looks: Record<string, string>): Promise<void> {
  for (const [task, look] of Object.entries(looks)) {
    await untilLooks(page, task, look);
  }
  await expect(page.locator(".graph .node")).toHaveCount(Object.keys(looks).length);
}

/** The button that runs the scenario, and then stops the run. */
export function runButton(page: Page): Locator {
  return page.locator(".btn.run");
}

/** What was said last to whoever looks. */
export function notice(page: Page): Locator {
  return page.locator(".notice");
}

async function saidOf(wb: Locator, attribute: string): Promise<string> {
  await expect(wb).toHaveAttribute(attribute, /./);
  return (await wb.getAttribute(attribute)) ?? "";
}

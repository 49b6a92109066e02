// What is put into a page before its own code, so that it can be measured: when it drew first, how
// long its frames and its tasks took, and when what the socket brought was painted.

import type { Page } from "@playwright/test";

/** What the page has seen since the meter was set to nothing; times in milliseconds. */
export interface Meter {
  /** Between one animation frame and the next. */
  frames: number[];
  /** Of each task of the main thread that took more than 50 ms by the clock. */
  longTasks: number[];
  /** Frames of the log that came by the socket and are in the picture. */
  painted: Painted[];
  /** When the page asked for a run; 0 before. */
  asked: number;
  /** When the page said that its first picture was there, since the navigation began. */
  drawn: number;
  /** When the page said that it was ready, since the navigation began. */
  ready: number;
  /** What the page's WebAssembly works in; none before it runs. */
  memory?: WebAssembly.Memory;
}

/** A frame of the log. */
export interface Painted {
  /** When its first record happened, since the run began. */
  happened: number;
  /** When its bytes were in the page. */
  came: number;
  /** When the frame of the screen after the one that shows its last record began. */
  painted: number;
}

declare global {
  interface Window {
    meter: Meter;
  }
}

/** Puts the meter into every document that the page opens from now on. */
export async function install(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const meter: Meter = { frames: [], longTasks: [], painted: [], asked: 0, drawn: 0, ready: 0 };
    window.meter = meter;
    const instantiate = WebAssembly.instantiateStreaming.bind(WebAssembly);
    WebAssembly.instantiateStreaming = async (...of) => {
      const made = await instantiate(...of);
      const { memory } = made.instance.exports;
      if (memory instanceof WebAssembly.Memory) {
        meter.memory = memory;
      }
      return made;
    };
    let last = 0;
    const onFrame = (now: number) => {
      if (last !== 0) {
        meter.frames.push(now - last);
      }
      last = now;
      requestAnimationFrame(onFrame);
    };
    requestAnimationFrame(onFrame);
    new PerformanceObserver((list) => {
      meter.longTasks.push(...list.getEntries().map((task) => task.duration));
    }).observe({ type: "longtask" });

    const fetched = window.fetch;
    window.fetch = (...words) => {
      if (words[0] === "/api/runs" && words[1]?.method === "POST") {
        meter.asked = performance.now();
      }
      return fetched(...words);
    };

    // By the number of the record after its last one.
    let awaited: { until: number; happened: number; came: number }[] = [];
    const read = (came: number, { data }: MessageEvent) => {
      if (!(data instanceof ArrayBuffer)) {
        return;
      }
      // `shared/src/protocol/header.rs` draws the header. A message holds whole frames.
      const view = new DataView(data);
      for (let at = 0; at + 34 <= view.byteLength; ) {
        const until = Number(view.getBigUint64(at + 6, true)) + view.getUint32(at + 14, true);
        const happened = Number(view.getBigUint64(at + 18, true)) / 1e6;
        awaited.push({ until, happened, came });
        at += 34 + view.getUint32(at + 26, true);
      }
    };
    const Socket = window.WebSocket;
    window.WebSocket = class extends Socket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        // Added before the page's own, so it is called first.
        this.addEventListener("message", (event) => read(performance.now(), event));
      }
    };

    const said = new MutationObserver((changes) => {
      if (document.documentElement.dataset["drawn"] === "true" && meter.drawn === 0) {
        meter.drawn = performance.now();
      }
      if (document.documentElement.dataset["ready"] === "true" && meter.ready === 0) {
        meter.ready = performance.now();
      }
      if (changes.some((it) => it.attributeName === "data-records")) {
        const records = Number(document.querySelector<HTMLElement>(".wb")?.dataset["records"]);
        const folded = awaited.filter(({ until }) => until <= records);
        awaited = awaited.filter(({ until }) => until > records);
        // It is on the screen when the next frame begins: at most one frame too late.
        requestAnimationFrame(() => {
          const painted = performance.now();
          meter.painted.push(...folded.map(({ happened, came }) => ({ happened, came, painted })));
        });
      }
    });
    const watched = { attributes: true, subtree: true, attributeFilter: ["data-drawn", "data-ready", "data-records"] };
    said.observe(document, watched);
  });
}

/** Forgets what was seen so far. */
export async function reset(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.assign(window.meter, { frames: [], longTasks: [], painted: [] });
  });
}

/** What was seen. */
export function seen(page: Page): Promise<Meter> {
  return page.evaluate(() => window.meter);
}

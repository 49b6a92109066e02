// Nothing overflows, nothing is cut off, and nothing shifts when a run starts.

import { gate, play, scenario } from "./scenario";
import { expect, open, type Page, runButton, test, untilState, workbench } from "./support";

const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 768, height: 1024 },
  { width: 390, height: 844 },
];

const LONG = "An experiment whose name is longer than any top bar has room for, so that it must give way";

const EIGHT = scenario(
  ["a", "b", "c"].map((id) => gate(id)).concat(["d", "e", "f", "g", "h"].map((id) => gate(id, "a"))),
  { title: LONG, executor: { kind: "processes", workers: 4 }, program: { mode: "as_completed" } },
);

/** Whatever reaches out of the window, and controls that are cut off. */
async function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wrong: string[] = [];
    const named = (it: Element) =>
      `<${it.tagName.toLowerCase()} class="${it.getAttribute("class") ?? ""}"> ${it.textContent?.trim().slice(0, 24)}`;
    const root = document.documentElement;
    if (root.scrollWidth !== innerWidth || root.scrollHeight > innerHeight) {
      wrong.push(`the page is ${root.scrollWidth} × ${root.scrollHeight}`);
    }
    // The boxes within which an element is seen: what scrolls shows all of it, bit by bit.
    const frames = (it: Element): Element[] => {
      const all = [];
      for (let up = it.parentElement; up !== null; up = up.parentElement) {
        const { overflowX, overflowY, position } = getComputedStyle(up);
        if (/auto|scroll/.test(overflowX + overflowY)) {
          return all;
        }
        if (overflowX !== "visible" || up === document.body) {
          all.push(up);
        }
        if (position === "fixed") {
          return all;
        }
      }
      return all;
    };
    const scrolls = (it: Element) => {
      for (let up = it.parentElement; up !== null; up = up.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(up);
        if (/auto|scroll/.test(overflowX + overflowY)) {
          return true;
        }
      }
      return false;
    };
    const skipped = ".hide, .hide *, .skip-link, svg *, .notice:not(.shown), .notice:not(.shown) *, .sprite";
    for (const it of document.querySelectorAll<HTMLElement>(".wb *")) {
      if (it.matches(skipped) || !it.checkVisibility({ visibilityProperty: true })) {
        continue;
      }
      const box = it.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) {
        continue;
      }
      const outside = box.left < -0.5 || box.right > innerWidth + 0.5 || box.top < -0.5 || box.bottom > innerHeight + 0.5;
      if (outside && !scrolls(it)) {
        wrong.push(`outside (${box.left.toFixed()}–${box.right.toFixed()}, ${box.top.toFixed()}–${box.bottom.toFixed()}): ${named(it)}`);
      }
      if (it.matches("button, summary, select, .seg label")) {
        if (it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1) {
          wrong.push(`its words are cut off: ${named(it)}`);
        }
        for (const frame of frames(it)) {
          const of = frame.getBoundingClientRect();
          if (box.left < of.left - 0.5 || box.right > of.right + 0.5 || box.top < of.top - 0.5 || box.bottom > of.bottom + 0.5) {
            wrong.push(`cut off by ${named(frame)}: ${named(it)}`);
          }
        }
      }
    }
    return [...new Set(wrong)];
  });
}

/** Where things are that must stay where they are. */
async function steady(page: Page): Promise<Record<string, number[]>> {
  const fixed =
    ".topbar button, .topbar fieldset, .topbar summary, .topbar .title, .palette, .canvas, .dock, " +
    ".tabs button, .phone-tabs button, .lanes, .lanes canvas, .lane-head, .axis, .status, .legend";
  return page.locator(fixed).evaluateAll((all) => {
    const found: Record<string, number[]> = {};
    for (const [number, it] of all.entries()) {
      const { x, y, width, height } = it.getBoundingClientRect();
      if (it.matches(".legend") && innerWidth < 1280) {
        // With less room, only the words of states that there are are shown.
        found.legend = [y, height];
        continue;
      }
      const label = it.getAttribute("aria-label") ?? it.getAttribute("class");
      found[`${number} ${it.tagName.toLowerCase()} ${label}`] = [x, y, width, height].map((n) => Math.round(n * 2) / 2);
    }
    return found;
  });
}

for (const viewport of SIZES) {
  const size = `${viewport.width} × ${viewport.height}`;

  test(`at ${size} nothing overflows or is cut off, before, in and after a run`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await open(page, play(EIGHT));
    expect(await misfits(page), "before").toEqual([]);
    await runButton(page).click();
    await expect(page.locator("[data-legend=is-running] b")).toHaveText("3");
    expect(await misfits(page), "in the run").toEqual([]);
    for (const tab of ["Story", "Results", "Code", "Timeline"]) {
      await page.locator(".tabs button, .phone-tabs button").filter({ hasText: tab, visible: true }).click();
      expect(await misfits(page), `${tab} in the run`).toEqual([]);
    }
    await runButton(page).click();
    await untilState(workbench(page), "ended");
    expect(await misfits(page), "after").toEqual([]);
  });

  test(`at ${size} nothing overflows when all is open that can be`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await open(page, play(EIGHT));
    await page.locator("[data-share]").click();
    expect(await misfits(page), "share").toEqual([]);
    await page.locator("[data-share]").click();
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await misfits(page), "keys").toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("n");
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await misfits(page), "new task").toEqual([]);
    await page.keyboard.type("sleep");
    await page.keyboard.press("Enter");
    await expect(page.locator(".inspector")).toBeVisible();
    expect(await misfits(page), "inspector").toEqual([]);
    await page.keyboard.press("Control+a");
    expect(await misfits(page), "several selected").toEqual([]);
  });

  test(`at ${size} nothing overflows in a simulation, and Run and the dice are in sight`, async ({ page }) => {
    await page.setViewportSize(viewport);
    const script = { ...EIGHT, seed: 7, program: { steps: [{ do: "submit", task: "a" }] } };
    for (const of of [EIGHT, script as never]) {
      await open(page, play(of));
      await page.getByRole("radio", { name: "Simulated" }).check();
      await runButton(page).click();
      await expect(page.locator("[data-legend=is-running] b")).toHaveText(of === EIGHT ? "3" : "1");
      expect(await misfits(page), "in the simulation").toEqual([]);
      await expect(runButton(page)).toBeInViewport({ ratio: 1 });
      await expect(page.locator(".another-seed")).toBeInViewport({ ratio: 1 });
      await runButton(page).click();
      await untilState(workbench(page), "ended");
      expect(await misfits(page), "after it").toEqual([]);
    }
  });

  test(`at ${size} nothing shifts when a run starts`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await open(page, play(EIGHT));
    const before = await steady(page);
    expect(Object.keys(before).length).toBeGreaterThan(10);
    await runButton(page).click();
    await expect(page.locator("[data-legend=is-running] b")).toHaveText("3");
    expect(await steady(page)).toEqual(before);
    await runButton(page).click();
    await untilState(workbench(page), "ended");
    expect(await steady(page)).toEqual(before);
  });
}

test("the run's part is made higher by dragging its edge and by keys, and is as high the next time", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, "/play");
  const dock = page.locator(".dock");
  const edge = page.getByRole("separator", { name: "Height of the run's part" });
  const height = async () => Math.round((await dock.boundingBox())?.height ?? 0);
  const before = await height();
  const box = await edge.boundingBox();
  await page.mouse.move(700, (box?.y ?? 0) + 4);
  await page.mouse.down();
  await page.mouse.move(700, (box?.y ?? 0) - 96);
  await page.mouse.up();
  await expect.poll(height).toBe(before + 100);
  await expect(edge).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect.poll(height).toBe(before + 140);
  await open(page, "/play");
  await expect.poll(height).toBe(before + 140);
  // A lower window leaves the graph its room.
  await page.setViewportSize({ width: 1440, height: 600 });
  await expect.poll(height).toBe(360);
  await edge.dblclick();
  await expect.poll(height).toBe(before);
});

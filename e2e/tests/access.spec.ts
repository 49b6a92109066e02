// Who sees little, nothing, or no movement: what axe-core finds, reduced motion, forced colours.

import AxeBuilder from "@axe-core/playwright";

import { gate, play, scenario } from "./scenario";
import { expect, node, open, type Page, runButton, test, untilLooks, untilState, workbench } from "./support";

declare global {
  /** Where a bar's stripes were drawn so far. */
  var stripes: number[];
}

/** The rules of WCAG 2.2 at level AA. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

/** Gates, so that a run stands still, with a task in each place: running, queued, waiting. */
const WORK = scenario(
  [gate("a"), gate("b"), gate("c"), gate("last", "a"), { id: "sum", function: "sum", args: { values: [{ from: "a" }, { from: "last" }] } }],
  { executor: { kind: "processes", workers: 2 }, program: { mode: "as_completed" } },
);

/** Fails on whatever axe-core finds on the page as it is now, or in a part of it, and says where. */
async function check(page: Page, when: string, within?: string): Promise<void> {
  const dark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  const axe = new AxeBuilder({ page });
  if (within !== undefined) {
    axe.include(within);
  }
  // In the dark only colours are others.
  const { violations } = await (dark ? axe.withRules("color-contrast") : axe.withTags(TAGS)).analyze();
  const found = violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => {
      const why = failureSummary?.split("\n").slice(1).join(" ").trim() ?? "";
      return `${impact} ${id}: ${target.join(" ")}: ${why}`;
    }),
  );
  expect.soft(found, when).toEqual([]);
}

/** The row of a task in the outline. */
function row(page: Page, task: string) {
  return page.locator(`[data-outline="${task}"]`);
}

/** The tabs of the dock, or on a phone of the page. */
function tab(page: Page, name: string) {
  return page.locator(".tabs button, .phone-tabs button").filter({ hasText: name, visible: true });
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    // A run may take 30 s, so each test looks at few pictures of one.
    test(`axe-core finds nothing before and in a run, in the ${colorScheme}`, async ({ page }) => {
      await open(page, play(WORK));
      await check(page, "before a run");
      await runButton(page).click();
      await untilLooks(page, "a", "running");
      await untilLooks(page, "c", "claims");
      await check(page, "in a run");
      await node(page, "a").click();
      await check(page, "a future in the inspector");
      await page.locator("button.lane-head").first().click();
      await check(page, "a worker in the inspector");
      await page.getByRole("button", { name: "Outline" }).click();
      await check(page, "the outline");
    });

    test(`axe-core finds nothing in the dock in a run, in the ${colorScheme}`, async ({ page }) => {
      await open(page, play(WORK));
      await runButton(page).click();
      await untilLooks(page, "a", "running");
      for (const name of ["Story", "Results", "Code"]) {
        await tab(page, name).click();
        await check(page, `${name}, in a run`, ".dock");
      }
    });

    test(`axe-core finds nothing in the dock after a run, in the ${colorScheme}`, async ({ page }) => {
      await open(page, play(WORK));
      await runButton(page).click();
      await untilLooks(page, "a", "running");
      await node(page, "a").click();
      await page.keyboard.press("o");
      await untilLooks(page, "a", "succeeded");
      await page.keyboard.press("Control+.");
      await untilState(workbench(page), "ended");
      for (const name of ["Timeline", "Story", "Results", "Code", "Program"]) {
        await tab(page, name).click();
        await check(page, `${name}, after a run`, ".dock");
      }
    });

    test(`axe-core finds nothing in what is selected and in the outline, in the ${colorScheme}`, async ({ page }) => {
      await open(page, play(WORK));
      await node(page, "a").click();
      await check(page, "a task in the inspector");
      await page.keyboard.press("Control+a");
      await check(page, "several selected");
      await page.getByRole("button", { name: "Outline" }).click();
      await row(page, "a").focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("e");
      await check(page, "the outline, which asks for a task");
    });

    test(`axe-core finds nothing when all is open that can be, in the ${colorScheme}`, async ({ page }) => {
      await open(page, play(WORK));
      await page.keyboard.press("Control+k");
      await expect(page.getByRole("dialog").getByRole("option").first()).toBeVisible();
      await check(page, "the palette");
      await page.keyboard.press("Escape");
      await page.keyboard.press("n");
      await check(page, "the box for a new task");
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await check(page, "the keys");
      await page.keyboard.press("Escape");
      await node(page, "a").click({ button: "right" });
      await expect(page.getByRole("menu")).toBeVisible();
      await check(page, "the menu");
      await page.keyboard.press("Escape");
      await page.locator(".options summary").click();
      await check(page, "the options");
      await page.locator("[data-share]").click();
      await check(page, "sharing");
      await page.locator("[data-share]").click();
      for (const name of ["Examples", "Drafts"]) {
        await page.locator(".palette").getByRole("button", { name }).click();
        await check(page, name);
      }
      await page.keyboard.press("Control+a");
      await page.keyboard.press("Delete");
      await check(page, "without a task");
    });

    test(`axe-core finds nothing on a phone, in the ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await open(page, play(WORK));
      await check(page, "before a run");
      await runButton(page).click();
      await expect(page.locator("[data-legend=is-running] b")).toHaveText("2");
      for (const name of ["Outline", "Timeline", "Story", "Results"]) {
        await tab(page, name).click();
        await check(page, name);
      }
      // Unless it has come to the limit of a run by now.
      await page.keyboard.press("Control+.");
      await untilState(workbench(page), "ended");
      for (const name of ["Code", "Steps"]) {
        await tab(page, name).click();
        await check(page, name);
      }
      await page.locator(".how-summary").click();
      await check(page, "how it is run");
      await page.locator(".how-summary").click();
      await tab(page, "Outline").click();
      await row(page, "a").click();
      await check(page, "a future");
    });

    test(`axe-core finds nothing beside the workbench, in the ${colorScheme}`, async ({ page }) => {
      await open(page, "/gallery");
      await expect(page.locator(".tpl").first()).toBeVisible();
      await check(page, "the gallery");
      await open(page, "/limits");
      await check(page, "the limits");
    });
  });
}

test.describe("with reduced motion", () => {
  test.use({ contextOptions: { reducedMotion: "reduce" } });

  test("nothing moves by itself while a run goes on, and the stripes of a bar stand still", async ({ page }) => {
    // A stripe is a path whose first line goes 6 px to the right.
    await page.addInitScript(() => {
      const path = CanvasRenderingContext2D.prototype;
      const { moveTo, lineTo } = path;
      let from = [NaN, NaN];
      globalThis.stripes = [];
      path.moveTo = function (x, y) {
        from = [x, y];
        moveTo.call(this, x, y);
      };
      path.lineTo = function (x, y) {
        if (x - (from[0] ?? NaN) === 6 && y === from[1]) {
          stripes.push(from[0] ?? NaN);
        }
        lineTo.call(this, x, y);
      };
    });
    await open(page, play(scenario([gate("a")])));
    await runButton(page).click();
    await untilLooks(page, "a", "running");
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    // The ends of a bar grow with the clock; its middle is as it was when it is drawn again.
    // A bar is drawn again and again as the clock runs on, its stripes always in the same place.
    await expect.poll(() => page.evaluate(() => stripes.length)).toBeGreaterThan(200);
    const places = await page.evaluate(() => [...new Set(stripes.map((x) => Math.round(10 * x) % 120))]);
    expect(places).toEqual([0]);
    await runButton(page).click();
    await untilState(workbench(page), "ended");
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`with the person's own colours, ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { forcedColors: "active" } });

    test(`every state keeps glyph, word and border where colours are forced, ${colorScheme}`, async ({ page }) => {
      const tasks = [
        { id: "ok", function: "identity", args: { value: 1 } },
        { id: "bad", function: "fail" },
        { id: "skipped", function: "square", args: { x: { from: "bad" } } },
        gate("open"),
        gate("queued"),
        gate("later", "open"),
        gate("cancelled"),
      ];
      await open(page, play(scenario(tasks, { executor: { kind: "threads", workers: 1 } })));
      await runButton(page).click();
      await untilLooks(page, "open", "running");
      await node(page, "cancelled").click();
      await page.keyboard.press("c");
      const looks = { ok: "succeeded", bad: "failed", skipped: "skipped", open: "running", queued: "queued", later: "waiting", cancelled: "cancelled" };
      for (const [task, look] of Object.entries(looks)) {
        await untilLooks(page, task, look);
        await expect(node(page, task)).toContainText(look === "succeeded" ? "1" : "");
        const seen = await node(page, task).evaluate((it) => {
          const body = getComputedStyle(it.querySelector(".body") ?? it);
          const glyph = getComputedStyle(it.querySelector("use") ?? it);
          const text = getComputedStyle(it.querySelector(".t-label") ?? it);
          return [body.stroke !== body.fill && body.stroke !== "none", glyph.stroke !== "none", text.fill !== body.fill];
        });
        expect(seen, `${task}: border, glyph, word`).toEqual([true, true, true]);
      }
      // A mark has a border and a glyph of the person's own colour, beside its word.
      const marks = await page.locator(".legend .mark").evaluateAll((all) =>
        all.map((it) => {
          const { borderTopColor, backgroundColor, color, borderTopWidth } = getComputedStyle(it);
          return borderTopColor === color && color !== backgroundColor && parseFloat(borderTopWidth) >= 1;
        }),
      );
      expect(marks).toEqual(marks.map(() => true));
      await runButton(page).click();
      await untilState(workbench(page), "ended");
    });

    test(`the focus, and what is chosen, can be seen where colours are forced, ${colorScheme}`, async ({ page }) => {
      await open(page, play(WORK));
      await node(page, "a").click();
      const outlined = (selector: string) =>
        page.locator(selector).first().evaluate((it) => {
          const { outlineStyle, outlineWidth } = getComputedStyle(it);
          return outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
        });
      for (const chosen of [".seg label:has(:checked)", ".palette .seg [aria-current]"]) {
        expect(await outlined(chosen), chosen).toBe(true);
      }
      const unseen: string[] = [];
      for (let at = 0; at < 60; at++) {
        await page.keyboard.press("Tab");
        const lost = await page.evaluate(() => {
          const it = document.activeElement ?? document.body;
          const shown = it.closest(".seg label") ?? it;
          const { outlineStyle, outlineWidth } = getComputedStyle(shown);
          const seen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
          return it === document.body || seen ? undefined : it.outerHTML.slice(0, 80);
        });
        unseen.push(...(lost === undefined ? [] : [lost]));
      }
      expect(unseen).toEqual([]);
    });
  });
}

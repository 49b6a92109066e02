// The drawing: edges by two taps, circles drawn, nodes edited in place, guides, notes.

import { boxOf, expect, node, notice, open, type Page, test } from "./support";
import { play, scenario, type Task } from "./scenario";

/** `a` feeds `b`, which feeds `c`; `alone` stands beside. */
const CHAIN: Task[] = [
  { id: "a", function: "identity", args: { value: 1 }, position: [0, 0] },
  { id: "b", function: "square", args: { x: { from: "a" } }, position: [300, 0] },
  { id: "c", function: "square", args: { x: { from: "b" } }, position: [600, 0] },
  { id: "alone", function: "sleep", args: { seconds: 1 }, position: [300, 200] },
];

/** The output of a task's node. */
function output(page: Page, task: string) {
  return node(page, task).locator("[data-port]");
}

/** A point within a task's node, at its left, and so far to its left and above. */
async function nearTo(page: Page, task: string, left = -20, above = -28): Promise<[number, number]> {
  const { x, y } = await boxOf(page, task);
  return [x - left, y - above];
}

function edge(page: Page, from: string, to: string) {
  return page.locator(`.graph .edges [data-edge="${from} → ${to}"]`);
}

test("a tap on an output and a tap on a task draw an edge, without dragging", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  await output(page, "a").click();
  await expect(notice(page)).toContainText("Edge from a: tap the task that needs it");
  await expect(node(page, "a")).toHaveClass(/\bsource\b/);
  await expect(node(page, "alone")).toHaveClass(/\bpossible\b/);
  // It is there already.
  await expect(node(page, "b")).not.toHaveClass(/\bpossible\b/);

  await node(page, "alone").click();
  await expect(notice(page)).toContainText("Connected a to alone.");
  await expect(edge(page, "a", "alone")).toHaveCount(1);
  await expect(page.locator(".graph .source")).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(notice(page)).toContainText("Undid: connect a → alone.");
});

test("an edge that was begun by a tap is let go by Esc, by a tap on the ground and by one on its source", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  const [x, y] = await nearTo(page, "a", 0, -200);
  const ways: (() => Promise<void>)[] = [
    () => page.keyboard.press("Escape"),
    () => page.mouse.click(x, y),
    () => node(page, "a").click({ position: { x: 20, y: 20 } }),
  ];
  for (const letGo of ways) {
    await output(page, "a").click();
    await expect(page.locator(".graph .source")).toHaveCount(1);
    await letGo();
    await expect(page.locator(".graph .source")).toHaveCount(0);
    await expect(notice(page)).toContainText("No edge drawn.");
  }
  await expect(page.locator(".graph .edges [data-edge]")).toHaveCount(2);
});

test("the menu's Connect to… is finished by a tap", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  await node(page, "alone").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Connect to…" }).click();
  await expect(node(page, "alone")).toHaveClass(/\bsource\b/);
  await node(page, "a").click();
  await expect(edge(page, "alone", "a")).toHaveCount(1);
});

test("a finger connects two tasks by two taps", async ({ browser, baseURL, complaints }) => {
  const context = await browser.newContext({ baseURL, viewport: { width: 1024, height: 768 }, hasTouch: true });
  await complaints.watch(context);
  const page = await context.newPage();
  await open(page, play(scenario(CHAIN)));
  await output(page, "a").tap();
  await expect(node(page, "alone")).toHaveClass(/\bpossible\b/);
  await node(page, "alone").tap();
  await expect(edge(page, "a", "alone")).toHaveCount(1);
  await context.close();
});

test("a dragged edge snaps to a task from 24 pixels around it", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  const drag = async (to: [number, number]): Promise<void> => {
    await output(page, "a").hover();
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 4 });
  };
  // Too far from it: nothing is drawn.
  await drag(await nearTo(page, "alone", 40));
  await expect(page.locator(".graph .target")).toHaveCount(0);
  await page.mouse.up();
  await expect(page.locator(".graph .source")).toHaveCount(0);
  await expect(edge(page, "a", "alone")).toHaveCount(0);

  await drag(await nearTo(page, "alone", 18));
  await expect(node(page, "alone")).toHaveClass(/\btarget\b/);
  await page.mouse.up();
  await expect(edge(page, "a", "alone")).toHaveCount(1);
});

test("a circle is drawn in dashes where it would arise, and as long as its refusal is said", async ({ page }) => {
  await open(page, play(scenario(CHAIN)));
  const circle = page.locator(".graph [data-circle]");
  await output(page, "c").click();
  await expect(node(page, "a")).toHaveClass(/\bno-target\b/);
  await expect(node(page, "b")).toHaveClass(/\bno-target\b/);
  await expect(node(page, "alone")).not.toHaveClass(/\bno-target\b/);
  await expect(circle).toHaveCount(0);

  // Already before it is tried.
  await node(page, "a").hover();
  await expect(circle).toHaveAttribute("data-circle", "c → a → b → c");
  await expect(circle.locator("path")).toHaveCount(3);
  await node(page, "a").click();
  await expect(notice(page)).toContainText("c → a would close a circle: c → a → b → c.");
  await expect(circle).toHaveAttribute("data-circle", "c → a → b → c");
  await expect(page.locator(".graph .edges [data-edge]")).toHaveCount(2);
  await notice(page).getByRole("button", { name: "Close" }).click();
  await expect(circle).toHaveCount(0);

  // By keys it is said before it is tried, and the next act takes it away.
  await page.keyboard.press("Escape");
  await node(page, "c").click();
  await page.keyboard.press("e");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(notice(page)).toContainText("To a? That would close a circle: c → a → b → c.");
  await expect(circle).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(notice(page)).toContainText("would close a circle");
  await expect(circle).toHaveCount(1);
  await node(page, "alone").click();
  await expect(circle).toHaveCount(0);
});

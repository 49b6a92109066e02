// Links with a run in them: they open where no server is, at the moment that they were made at, and
// whatever came to them on their way is told in words.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { gate, pack, play, type Scenario, scenario, sleep } from "./scenario";
import { PAGE } from "./server";
import {
  type Browser,
  expect,
  node,
  notice,
  open,
  type Page,
  records,
  reload,
  runButton,
  Server,
  test,
  untilAllLook,
  untilLooks,
  untilState,
  workbench,
} from "./support";

const GOLDEN = fileURLToPath(new URL("../../shared/tests/links/format-1", import.meta.url));

/** One after the other, and one that fails beside them. */
const CHAIN = scenario(
  [sleep("a", 1), sleep("b", 2, ["a"]), { id: "größe", function: "fail" }],
  { scale: 0.1 },
);

/** So many items that no link holds their run. */
const MANY = scenario(
  [{ id: "many", function: "square", args: { x: { each: { range: [1500] } } } }, { id: "last", function: "identity", args: { value: 1 }, after: ["many"] }],
  { program: { mode: "submit" } },
);

async function run(page: Page, of: Scenario, simulated = false): Promise<void> {
  await open(page, play(of));
  if (simulated) {
    await page.keyboard.press("r");
  }
  await runButton(page).click();
  await untilState(workbench(page), "ended");
}

/** One of the links that Share shows. */
async function linkTo(page: Page, what: "This run" | "This run on this server"): Promise<string> {
  await page.keyboard.press("Shift+S");
  const link = await page.getByRole("textbox", { name: what, exact: true }).inputValue();
  await page.keyboard.press("Escape");
  return link;
}

/** Whatever of a run is words or numbers in the page. */
async function picture(page: Page): Promise<unknown> {
  await page.getByRole("tab", { name: "Story" }).click();
  const texts = (of: string): Promise<string[]> => page.locator(of).allInnerTexts();
  const nodes = page.locator(".graph .node").evaluateAll((all) =>
    all.map((it) => [it.getAttribute("class"), it.getAttribute("data-value"), it.getAttribute("aria-label")]),
  );
  const story = await texts(".story .line");
  await page.getByRole("tab", { name: "Results" }).click();
  const bench = workbench(page);
  return {
    nodes: await nodes,
    story,
    results: await texts(".results"),
    records: await records(bench),
    held: await bench.getAttribute("data-held"),
    legend: await texts("[data-legend] b"),
  };
}

/** A browser's profile without anything in it, for which only the page's own files are there. */
async function withoutServer(browser: Browser, origin: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.route("**/*", async (route) => {
    const { pathname } = new URL(route.request().url());
    const file = pathname === "/play" ? "index.html" : pathname;
    await (pathname.startsWith("/api/") ? route.abort() : route.fulfill({ path: path.join(PAGE, file) }));
  });
  const page = await context.newPage();
  expect(new URL(origin).pathname).toBe("/play");
  return page;
}

test("a run in a link opens in a new profile with the server stopped, at its moment, as it was", async ({
  page,
  browser,
}) => {
  const server = await Server.start();
  await run(page, { ...CHAIN, title: "Chain" });
  await open(page, server.url + play({ ...CHAIN, title: "Chain" }));
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await node(page, "größe").click();
  for (const _ of "back") {
    await page.keyboard.press(",");
  }
  const link = await linkTo(page, "This run");
  expect(link).toMatch(/\/play#x=[\w-]+&r=[\w-]+&t=[\d.]+(@\d+)?&sel=gr%C3%B6%C3%9Fe$/);
  expect(link.length).toBeLessThan(1050);
  const before = await picture(page);
  await server.stop();

  const stranger = await withoutServer(browser, link);
  await stranger.goto(link);
  await untilState(workbench(stranger), "ended");
  await expect(workbench(stranger)).toHaveAttribute("data-held", /./);
  expect(await picture(stranger)).toEqual(before);
  await expect(stranger.locator(".inspector, .panel-right, aside")).not.toHaveCount(0);
  await expect(stranger.locator(".honesty")).toContainText("kept in the link");

  // Now is the same, too, and so is the link that is made of the link.
  for (const one of [page, stranger]) {
    await one.locator(".graph").focus();
    await one.keyboard.press("End");
    await expect(workbench(one)).not.toHaveAttribute("data-held");
  }
  expect(await picture(stranger)).toEqual(await picture(page));
  expect(await linkTo(stranger, "This run")).toBe(await linkTo(page, "This run"));
  await stranger.context().close();
});

test("the one item of many that failed, its moment and its story are one press away, and a link brings all of it", async ({
  page,
  browser,
}) => {
  const divide = { id: "divide", function: "divide", args: { x: 1, y: { each: { range: [-20, 20] } } } };
  const executor = { kind: "processes", workers: 2 } as const;
  await run(page, scenario([divide], { executor, program: { mode: "submit" } }));
  await expect(page.locator("[data-legend=is-failed] b")).toHaveText("1");
  await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText("39");
  await node(page, "divide").click();
  await page.locator(".inspector [data-only=is-failed]").click();
  await page.getByRole("option", { name: /^item 20:/ }).click();
  await expect(page.locator("[data-outcome]")).toHaveText("ZeroDivisionError: division by zero");
  const story = page.locator(".mini-story li");
  await expect(story.filter({ hasText: "divide[20]" })).not.toHaveCount(0);
  await expect(story.filter({ hasNotText: "divide[20]" })).toHaveCount(0);
  await page.getByRole("button", { name: /^Go to .+, when it was over$/ }).click();
  await expect(workbench(page)).toHaveAttribute("data-held", /./);
  await expect(page.locator("[data-legend=is-failed] b")).toHaveText("1");
  const held = await workbench(page).getAttribute("data-held");
  const link = await linkTo(page, "This run");
  expect(link).toMatch(/&t=[\d.@]+&sel=divide&item=20$/);

  const stranger = await withoutServer(browser, link);
  await stranger.goto(link);
  await expect(workbench(stranger)).toHaveAttribute("data-held", held ?? "");
  await expect(stranger.locator("[data-outcome]")).toHaveText("ZeroDivisionError: division by zero");
  await expect(stranger.getByRole("option", { name: /^item 20:/ })).toBeInViewport();
  await stranger.context().close();
});

test("links of format 1 open in the page for ever", async ({ page }) => {
  for (const [name, last] of [
    ["001-line-204-processes", "5 futures"],
    ["000-line-036-callbacks", "10 futures"],
  ] as const) {
    const [experiment, packed] = (await readFile(path.join(GOLDEN, `${name}.link`), "utf8")).trim().split("\n");
    const log = (await readFile(path.join(GOLDEN, `${name}.jsonl`), "utf8")).trim().split("\n");
    await page.goto("about:blank");
    await open(page, `/play#x=${experiment}&r=${packed}`);
    await untilState(workbench(page), "ended");
    expect(await records(workbench(page)), last).toBe(log.length);
    await expect(page.locator(".honesty")).toContainText("measured on 2 cores, kept in the link");
  }
});

test("the address of a linked run stays until something is edited or run", async ({ page }) => {
  await run(page, CHAIN);
  const link = await linkTo(page, "This run");
  await open(page, link);
  await reload(page);
  await untilState(workbench(page), "ended");
  expect(page.url()).toBe(link);
  await runButton(page).click();
  await expect(page).toHaveURL(/\/play#x=[\w-]+$/);
  await untilState(workbench(page), "ended");
  await expect(page.locator(".honesty")).not.toContainText("kept in the link");
});

test("a linked run that came to harm says so, and its experiment is there", async ({ page }) => {
  await run(page, CHAIN);
  const link = await linkTo(page, "This run");
  const forged = link.slice(0, -8) + (link.at(-8) === "A" ? "B" : "A") + link.slice(-7);
  const other = pack(scenario([gate("other")]));
  for (const [address, words, nodes] of [
    [link.slice(0, -9), /cut off after \d+ characters/, 3],
    [forged, /damaged/, 3],
    [link.replace(/#x=[\w-]+/, `#x=${other}`), /damaged/, 1],
    [link.replace(/&r=../, "&r=Ag"), /later version \(format 2\)/, 3],
    [`${link}&t=soon`, /moment "soon", which is no time/, 3],
  ] as const) {
    await page.goto("about:blank");
    await open(page, address);
    await expect(notice(page)).toContainText(words);
    await expect(page.locator(".graph .node")).toHaveCount(nodes);
  }
  // A moment behind the end is the end.
  await page.goto("about:blank");
  await open(page, `${link}&t=1e12&sel=nobody`);
  await untilState(workbench(page), "ended");
  await untilAllLook(page, { a: "succeeded", b: "succeeded", "größe": "failed" });
  await expect(workbench(page)).not.toHaveAttribute("data-held");
});

test("a link that is pasted over the address of an open page brings its run", async ({ page }) => {
  await run(page, CHAIN);
  const link = new URL(await linkTo(page, "This run"));
  await open(page, play(scenario([gate("alone")])));
  await page.evaluate((hash) => (location.hash = hash), link.hash);
  await untilState(workbench(page), "ended");
  await untilAllLook(page, { a: "succeeded", b: "succeeded", "größe": "failed" });
});

test("a real run that is too long for a link says so, and one of the server's opens at the moment", async ({
  page,
  stranger,
}) => {
  await run(page, MANY);
  await page.keyboard.press("Home");
  await page.keyboard.press(".");
  await page.keyboard.press(".");
  const held = await workbench(page).getAttribute("data-held");
  const link = await linkTo(page, "This run on this server");
  expect(link).toMatch(/\/run\/\w+#t=[\d.]+(@\d+)?$/);
  await page.keyboard.press("Shift+S");
  await expect(page.locator(".share .menu")).toContainText(/its \d+ records and the experiment would take more than 8000 characters/);
  await expect(page.getByRole("textbox", { name: "This run", exact: true })).toHaveCount(0);

  await open(stranger, link);
  await untilState(workbench(stranger), "ended");
  await expect(workbench(stranger)).toHaveAttribute("data-held", held ?? "");
});

test("a simulated run that is too long for a link is simulated again where it opens", async ({ page, stranger }) => {
  await run(page, MANY, true);
  await page.keyboard.press("Home");
  await page.keyboard.press(".");
  const held = await workbench(page).getAttribute("data-held");
  const link = await linkTo(page, "This run");
  expect(link).toMatch(/&sim&t=[\d.]+(@\d+)?$/);
  await open(stranger, link);
  await untilState(workbench(stranger), "ended");
  await expect(workbench(stranger)).toHaveAttribute("data-log-hash", (await workbench(page).getAttribute("data-log-hash")) ?? "");
  // All of it happens at virtual time 0: the link says which record is next.
  await expect(workbench(stranger)).toHaveAttribute("data-held", held ?? "");
  await untilLooks(stranger, "last", "waiting");
});

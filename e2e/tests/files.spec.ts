// Files that the page makes of a run, and opens again: JSON, SVG, PNG, and an HTML that replays by itself.

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

import { gate, play, scenario, sleep } from "./scenario";
import { expect, type Locator, node, notice, open, type Page, runButton, test, untilState, workbench } from "./support";

const CHAIN = scenario([sleep("a", 1), sleep("b", 2, ["a"]), { id: "c", function: "fail" }], { title: "Chain" });

async function simulated(page: Page): Promise<void> {
  await open(page, play(CHAIN));
  await page.keyboard.press("r");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
}

/** Presses a button of Share, and returns where its file is. */
async function kept(page: Page, name: string, as: string): Promise<string> {
  await page.keyboard.press("Shift+S");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name, exact: true }).click();
  await (await download).saveAs(as);
  await page.keyboard.press("Escape");
  return as;
}

/** Drops a file on the graph. */
async function dropFile(page: Page, file: string, name: string): Promise<void> {
  const bytes = [...(await readFile(file))];
  const data = await page.evaluateHandle(
    ([bytes, name]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name));
      return data;
    },
    [bytes, name] as const,
  );
  await page.dispatchEvent(".graph", "drop", { dataTransfer: data });
}

test("a run is kept as a picture, and the one as PNG brings the experiment back", async ({ page }, info) => {
  await simulated(page);
  const svg = await readFile(await kept(page, "SVG", info.outputPath("chain.svg")), "utf8");
  expect(svg).toContain("Chain");
  expect(svg).toMatch(/class="node is-failed" data-task="c"/);
  const png = await kept(page, "PNG", info.outputPath("chain.png"));
  const image = await readFile(png);
  expect(image.subarray(1, 4).toString()).toBe("PNG");
  expect(image.readUInt32BE(16)).toBe(2400);
  expect(image.length).toBeGreaterThan(20_000);

  await open(page, play(scenario([gate("other")])));
  await dropFile(page, png, "chain.png");
  await expect(notice(page)).toContainText("Opened chain.png.");
  await expect(page.locator(".graph .node")).toHaveCount(3);
  await expect(page.getByLabel("Name of the experiment")).toHaveValue("Chain");
  await page.keyboard.press("Control+z");
  await expect(node(page, "other")).toHaveCount(1);
  // By hand, too; and what holds none says so.
  await page.locator("[data-share]").click();
  await page.getByLabel("A file with an experiment").setInputFiles(png);
  await expect(page.locator(".graph .node")).toHaveCount(3);
  await dropFile(page, info.outputPath("chain.svg"), "chain.svg");
  await expect(notice(page)).toContainText("chain.svg holds no experiment that can be read");
  await expect(page.locator(".graph .node")).toHaveCount(3);
});

test("a run as one HTML file replays from the disk, without a network", async ({ page, browser }, info) => {
  await simulated(page);
  const file = await kept(page, "Replay", info.outputPath("chain.html"));
  const context = await browser.newContext({ offline: true, viewport: { width: 1024, height: 768 } });
  const said: string[] = [];
  const alone = await context.newPage();
  alone.on("console", (message) => said.push(message.text()));
  alone.on("pageerror", (error) => said.push(error.message));
  await alone.goto(pathToFileURL(file).href);
  const look = (task: string): Locator => alone.locator(`.node[data-task="${task}"]`);
  await expect(look("b")).toHaveClass("node is-succeeded");
  await expect(look("c").locator(".value")).toHaveText("ValueError");
  const slider = alone.getByRole("slider", { name: "Moment of the run" });
  await expect(slider).toHaveAttribute("aria-valuetext", "3.00 s");

  await slider.fill("500");
  await expect(look("a")).toHaveClass("node is-succeeded");
  await expect(look("b")).toHaveClass("node is-running");
  await expect(alone.locator("output")).toHaveText("1.50 s");
  await slider.fill("0");
  await expect(look("b")).toHaveClass("node is-waiting");
  const forth = alone.getByRole("button", { name: "To the next event" });
  const here = alone.locator("#story [aria-current]");
  const first = await here.textContent();
  await forth.click();
  await expect(here).not.toHaveText(first ?? "");
  await alone.locator("#story button").last().click();
  await expect(look("b")).toHaveClass("node is-succeeded");
  await alone.getByRole("button", { name: "Play" }).click();
  await expect(alone.getByRole("button", { name: "Hold" })).toBeVisible();
  await expect(look("b")).toHaveClass("node is-waiting");
  await alone.getByRole("button", { name: "Hold" }).click();

  // Whoever has a server goes on there, with the same run.
  const link = await alone.getByRole("link", { name: "Open it in Futurescope" }).getAttribute("href");
  await open(page, link ?? "");
  await untilState(workbench(page), "ended");
  await expect(node(page, "c")).toHaveClass(/is-failed/);
  expect(said).toEqual([]);
  await context.close();
});

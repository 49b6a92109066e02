// Runs that the page simulates itself: in virtual time, by a seed, without a server.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { crc32, gate, packText, play, type Scenario, scenario } from "./scenario";
import { printed } from "./server";
import {
  expect,
  logHash,
  node,
  notice,
  open,
  type Page,
  records,
  reload,
  runButton,
  runId,
  Server,
  test,
  untilAllLook,
  untilLooks,
  untilRecords,
  untilState,
  workbench,
} from "./support";

const EXAMPLES = fileURLToPath(new URL("../../static/examples", import.meta.url));

/** Two at once in any order, and one that needs both: the seed decides who is first. */
const TIED = scenario(
  [
    ...["a", "b", "c", "d", "e"].map((id) => ({ id, function: "sleep", args: { seconds: 1 } })),
    { id: "sum", function: "sum", args: { values: ["a", "b", "c"].map((id) => ({ from: id })) } },
  ],
  { title: "Tied", executor: { kind: "threads", workers: 3 }, program: { mode: "as_completed" } },
);

/** A task at a gate, and what comes after it. */
const GATED = scenario([gate("a"), gate("b", "a")]);

/** The choice beside Run. */
function how(page: Page, of: "Real" | "Simulated"): ReturnType<Page["getByRole"]> {
  return page.getByRole("group", { name: "How it is run" }).getByRole("radio", { name: of });
}

/** Opens a scenario and simulates it, to its end or to its first gate. */
async function simulate(page: Page, of: Scenario): Promise<void> {
  await open(page, play(of));
  await how(page, "Simulated").check();
  await runButton(page).click();
}

function badge(page: Page): ReturnType<Page["locator"]> {
  return page.locator(".honesty .badge");
}

test("a simulation ends as the real run does, and is marked as one", async ({ page }) => {
  await open(page, play(TIED));
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(badge(page)).toHaveText(/^measured on \d+ cores?$/);
  const looks = { a: "succeeded", b: "succeeded", c: "succeeded", d: "succeeded", e: "succeeded", sum: "succeeded" };
  await untilAllLook(page, looks);
  const came = page.locator(".results td code");
  await page.getByRole("tab", { name: "Results" }).click();
  const real = (await came.allTextContents()).sort();
  await expect(workbench(page)).toHaveAttribute("data-run", /./);

  await how(page, "Simulated").check();
  await runButton(page).click();
  await expect(workbench(page)).toHaveAttribute("data-seed", "0");
  await untilState(workbench(page), "ended");
  await untilAllLook(page, looks);
  expect((await came.allTextContents()).sort()).toEqual(real);
  await expect(badge(page)).toHaveText("simulated, seed 0");
  await expect(page.locator(".live-note")).toContainText("simulated, seed 0");
  await expect(page.locator(".honesty .ends")).toContainText("finished at 2.00 s");
  // It has no name on the server, and so no address there.
  await expect(workbench(page)).not.toHaveAttribute("data-run", /./);
  expect(new URL(page.url()).pathname).toBe("/play");

  // A real run of the same document is measured again.
  await how(page, "Real").check();
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(badge(page)).toHaveText(/^measured on \d+ cores?$/);
  await expect(workbench(page)).not.toHaveAttribute("data-seed", /./);
});

test("simulating what stands at a run's address leaves that address", async ({ page }) => {
  await open(page, play(TIED));
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await open(page, `/run/${await runId(workbench(page))}`);
  await untilState(workbench(page), "ended");
  await how(page, "Simulated").check();
  await runButton(page).click();
  await expect(page).toHaveURL(/\/play#x=/);
  await untilState(workbench(page), "ended");
});

test("the log that is shown is the one that the shell prints, and another seed gives another", async ({ page }) => {
  await simulate(page, TIED);
  const first = await logHash(workbench(page));
  const json = async (seed: number) => {
    const words = ["simulate", "-", "--json", "--seed", String(seed)];
    return printed(words, JSON.stringify(TIED));
  };
  const hash = (log: string) => crc32(Buffer.from(log)).toString(16).padStart(8, "0");
  expect(hash(await json(0))).toBe(first);

  // The same once more.
  await runButton(page).click();
  expect(await logHash(workbench(page))).toBe(first);

  await page.getByRole("button", { name: /simulate with another/ }).click();
  await expect(workbench(page)).not.toHaveAttribute("data-seed", "0");
  const second = await logHash(workbench(page));
  const seed = Number(await workbench(page).getAttribute("data-seed"));
  await expect(badge(page)).toHaveText(`simulated, seed ${seed}`);
  expect(hash(await json(seed))).toBe(second);

  // A seed can be written, too; it belongs to the document, and undo takes it back.
  await page.locator(".options summary").click();
  await page.locator("input[data-seed]").fill("123456789012345678");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await runButton(page).click();
  await expect(workbench(page)).toHaveAttribute("data-seed", "123456789012345678");
  await untilState(workbench(page), "ended");
});

test("the choice is remembered by the browser and not by the link", async ({ page, stranger }) => {
  await open(page, play(TIED));
  await page.keyboard.press("r");
  await expect(how(page, "Simulated")).toBeChecked();
  await page.keyboard.press("Shift+R");
  await untilState(workbench(page), "ended");
  await expect(workbench(page)).toHaveAttribute("data-seed", /./);
  const seed = await workbench(page).getAttribute("data-seed");
  // Going to the same address would not load it anew.
  await reload(page);
  await expect(how(page, "Simulated")).toBeChecked();
  await open(stranger, page.url());
  await expect(how(stranger, "Real")).toBeChecked();
  // The seed came along.
  await how(stranger, "Simulated").check();
  await runButton(stranger).click();
  await expect(workbench(stranger)).toHaveAttribute("data-seed", seed ?? "");
});

test("a person acts on a simulated run, and its virtual time waits", async ({ page }) => {
  await simulate(page, GATED);
  await untilLooks(page, "a", "running");
  await untilState(workbench(page), "running");
  await node(page, "a").locator(".t-label").click({ force: true });
  await page.getByRole("button", { name: "Open its gate" }).click();
  await untilLooks(page, "a", "succeeded");
  await untilLooks(page, "b", "running");
  await node(page, "b").locator(".t-label").click({ force: true });
  await page.keyboard.press("c");
  await expect(page.locator("output.answer")).toHaveText("→ False");
  await page.keyboard.press("o");
  await untilState(workbench(page), "ended");
  await expect(page.locator(".honesty .ends")).toContainText("finished at 0.00 s");
});

test("a worker of a simulated process pool can be killed", async ({ page }) => {
  const more = { executor: { kind: "processes", workers: 1 }, program: { mode: "as_completed" } } as const;
  await simulate(page, scenario([gate("a"), gate("b")], more));
  await untilLooks(page, "a", "running");
  await node(page, "a").locator(".t-label").click({ force: true });
  await page.keyboard.press("k");
  await expect(notice(page)).toContainText("Once more");
  await page.keyboard.press("k");
  await untilState(workbench(page), "ended");
  await untilAllLook(page, { a: "broken", b: "broken" });
});

test("Stop stops a simulation, and its log ends", async ({ page }) => {
  await simulate(page, GATED);
  await untilLooks(page, "a", "running");
  const before = await records(workbench(page));
  await expect(runButton(page)).toHaveText("Stop");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator(".honesty .ends")).toContainText("stopped");
  expect(await records(workbench(page))).toBe(before + 1);
  await expect(runButton(page)).toHaveText("Run");
});

test("a simulation needs no server", async ({ page, complaints }) => {
  const server = await Server.start();
  await open(page, server.url + play(TIED));
  await server.stop();
  complaints.expect(/ERR_CONNECTION_REFUSED/);
  await runButton(page).click();
  await expect(notice(page)).toContainText("Or choose Simulated beside Run: that needs no server.");
  await how(page, "Simulated").check();
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText("6");
});

test("what computes long is simulated bit by bit, and can be stopped meanwhile", async ({ page }) => {
  // Five million trial divisions each, and far more in all than a few frames can do.
  const tasks = Array.from({ length: 8 }, (_, number) => ({
    id: `p${number}`,
    function: "is_prime",
    args: { n: 112272535095293 },
  }));
  await simulate(page, scenario(tasks, { executor: { kind: "processes", workers: 2 } }));
  await untilState(workbench(page), "ended");
  const frames = Number(await workbench(page).getAttribute("data-frames"));
  expect(frames).toBeGreaterThan(8);
  // The largest prime of 63 bits would take minutes, were there no limit.
  const forever = JSON.stringify(scenario([{ id: "p", function: "is_prime", args: { n: 0 } }]));
  const text = forever.replace('"n":0', '"n":9223372036854775783');
  await open(page, "/play");
  await page.evaluate((link) => (location.hash = link), `#x=${packText(text)}`);
  await expect(page.locator(".graph .node")).toHaveCount(1);
  await runButton(page).click();
  await untilLooks(page, "p", "running");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator(".honesty .ends")).toContainText("stopped");
});

/** As many tasks as one document may have. */
const MANY = 2_000;

test("as many tasks as there may be are simulated over many frames", async ({ page }) => {
  test.setTimeout(120_000);
  const tasks = Array.from({ length: MANY }, (_, number) => ({
    id: `t${number}`,
    function: "sleep",
    args: { seconds: 0.01 },
  }));
  const more = { executor: { kind: "threads", workers: 16 }, program: { mode: "as_completed" } } as const;
  await open(page, play(scenario(tasks, more)));
  await how(page, "Simulated").check();
  await runButton(page).click();
  // It is seen on its way.
  await untilRecords(workbench(page), 1);
  // Two thousand nodes are painted meanwhile, on a machine that may have much else to do.
  await expect(workbench(page)).toHaveAttribute("data-state", "ended", { timeout: 90_000 });
  await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText(MANY.toLocaleString("en"));
  const frames = Number(await workbench(page).getAttribute("data-frames"));
  expect(frames).toBeGreaterThan(1);
  expect(await records(workbench(page))).toBeGreaterThan(5 * MANY);
});

/** A scenario in JSON, where it comes from, and what it is called in a failure. */
interface Subject {
  name: string;
  file: string;
  json: string;
}

test("WebAssembly computes the very logs that the native program does", async ({ page }, info) => {
  test.setTimeout(180_000);
  const examples: Subject[] = readdirSync(EXAMPLES)
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({ name, file: path.join(EXAMPLES, name), json: readFileSync(path.join(EXAMPLES, name), "utf8") }));
  const own: Subject[] = [TIED, GATED].map((of) => ({ name: "own", file: "-", json: JSON.stringify(of) }));
  const subjects = [...examples, ...own];
  expect(subjects.length).toBeGreaterThanOrEqual(20);
  await open(page, "/play");
  const hashes = new Set<string>();
  for (const { name, file, json } of subjects) {
    // Forty thousand calls take their time: of those once is enough.
    const seeds = name.includes("-many-") ? 1 : 5;
    for (let seed = 0; seed < seeds; seed++) {
      const here = page.evaluate(
        async ([json, seed]) => {
          const app = document.querySelector<HTMLLinkElement>("link[rel=modulepreload]")?.href ?? "";
          const page = (await import(app)) as { simulatedLogHash(json: string, seed: bigint): string };
          return page.simulatedLogHash(json, BigInt(seed));
        },
        [json, seed] as const,
      );
      const words = ["simulate", file, "--seed", String(seed), "--hash"];
      const native = await printed(words, file === "-" ? json : undefined);
      expect(`${await here}\n`, `${name}, seed ${seed}`).toBe(native);
      hashes.add(native);
    }
  }
  info.annotations.push({ type: "logs", description: `${subjects.length} scenarios compared, ${hashes.size} different logs` });
  // Were they all alike, they would prove nothing.
  expect(hashes.size).toBeGreaterThan(subjects.length);
});

test("who listens is told of a run, and of a fast one not everything", async ({ page }) => {
  const tasks = Array.from({ length: 40 }, (_, at) => ({ id: `t${at}`, function: "identity", args: { value: at } }));
  await open(page, play(scenario(tasks)));
  const told = page.locator("[data-told]");
  await expect(told).toHaveAttribute("aria-live", "polite");
  const tellings = await told.evaluateHandle((region) => {
    const tellings: string[] = [];
    const note = () => tellings.push(region.textContent ?? "");
    new MutationObserver(note).observe(region, { childList: true, characterData: true, subtree: true });
    return tellings;
  });
  await page.keyboard.press("r");
  await page.keyboard.press("Control+Enter");
  await untilState(workbench(page), "ended");
  await expect(told).toContainText("the program ends.");
  const all = await tellings.jsonValue();
  expect(all.join("\n")).toMatch(/\d+ events more, then: /);
  // Each record would be some two hundred.
  expect(all.length).toBeLessThan(10);
});

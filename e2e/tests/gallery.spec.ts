// Every example of the tutorials: found, opened with one click, run to its end.

import { expect, node, notice, open, type Page, places, runButton, test, untilAllLook, untilState, workbench } from "./support";

/** What the server says of an example. */
interface Example {
  name: string;
  seed: string;
  scenario: { title: string; about: string; tasks: { id: string }[] };
}

async function examples(url: string): Promise<Example[]> {
  return (await (await fetch(`${url}/api/examples`)).json()) as Example[];
}

/** Opens the gallery, and then one example of it with one click. */
async function openExample(page: Page, name: string): Promise<void> {
  await open(page, "/gallery");
  await page.locator(`a[data-example="${name}"]`).click();
  await expect(page).toHaveURL(/\/play#x=/);
  await expect(page.locator("html")).toHaveAttribute("data-ready", "true");
}

/** All tasks of the drawing with their places, and all edges. */
async function graph(page: Page): Promise<unknown[]> {
  const edges = page.locator("[data-edge]").evaluateAll((all) => all.map((it) => it.getAttribute("data-edge")));
  return [...Object.entries(await places(page)), ...(await edges)];
}

test("the gallery lists all examples, each with its sentence", async ({ page, server }) => {
  const all = await examples(server.url);
  expect(all).toHaveLength(40);
  await open(page, "/gallery");
  await expect(page.locator("a[data-example]")).toHaveCount(40);
  for (const { name, scenario } of all) {
    const card = page.locator(`a[data-example="${name}"]`);
    await expect(card.locator("b")).toHaveText(scenario.title);
    await expect(card.locator("p")).toHaveText(scenario.about);
    await expect(card.locator(".node")).toHaveCount(scenario.tasks.length);
    expect(scenario.about.length).toBeGreaterThan(20);
  }
  await expect(page.getByRole("heading", { name: /^Tutorial/ })).toHaveCount(5);
});

test("every example opens as it is drawn, and nothing is wrong with it", async ({ page, server }) => {
  const all = await examples(server.url);
  await open(page, "/gallery");
  const links = new Map<string, string>();
  for (const { name } of all) {
    links.set(name, (await page.locator(`a[data-example="${name}"]`).getAttribute("href")) ?? "");
  }
  await open(page, "/play");
  for (const { name, scenario } of all) {
    const { pathname, hash } = new URL(links.get(name) ?? "", server.url);
    expect(pathname).toBe("/play");
    // As a click does, without loading the page for each.
    await page.evaluate((hash) => (location.hash = hash), hash);
    await expect(page.getByLabel("Name of the experiment")).toHaveValue(scenario.title);
    expect(await tasks(page)).toEqual(scenario.tasks.map((task) => task.id));
    await expect(page.locator(".graph .wrong")).toHaveCount(0);
    await expect(notice(page)).toHaveText("");
  }
});

test("every example comes to its end, and the one that never ends can be stopped", async ({ server }) => {
  // One of them sends 39,999 calls to workers, one by one.
  test.setTimeout(180_000);
  const runs = [];
  for (const { name, scenario } of await examples(server.url)) {
    runs.push({ name, ...(await post<{ id: string; control: string }>(server.url, "/api/runs", scenario)) });
  }
  for (const { name, id, control } of runs) {
    const endless = name === "seed-000-line-107-hanging";
    const freezes = name === "seed-002-line-173-pool-freeze";
    const state = async () => {
      const { state } = (await (await fetch(`${server.url}/api/runs/${id}`)).json()) as { state: unknown };
      return state;
    };
    if (endless) {
      await expect.poll(state).toBe("running");
      await post(server.url, `/api/runs/${id}/ask`, { control, ask: "stop" });
    }
    const cause = endless ? "stopped" : freezes ? "hang" : "finished";
    await expect.poll(state, { message: name, timeout: 60_000 }).toEqual({ ended: { cause } });
  }
});

async function post<T>(url: string, address: string, body: unknown): Promise<T> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url + address, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  expect(answer.ok, `${address}: ${text}`).toBe(true);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** The names of the tasks that are drawn. */
async function tasks(page: Page): Promise<(string | null)[]> {
  return page
    .locator(".graph [data-task]")
    .evaluateAll((all) => all.map((it) => it.getAttribute("data-task")));
}

/** Tasks that all look like this. */
function all(look: string, ...tasks: string[]): Record<string, string> {
  return Object.fromEntries(tasks.map((task) => [task, look]));
}

const FIVE_TASKS = ["task-0", "task-1", "task-2", "task-3", "task-4"];
const SQUARES = Array.from({ length: 10 }, (_, number) => `square-${number}`);
const SLEEPS = ["task-5", "task-4", "task-3", "task-2", "task-1"];

/** Examples, what they show, and what every node looks like in the end. */
const ENDS: [string, string, Record<string, string>][] = [
  ["seed-001-line-024-map", "map", all("succeeded", ...SLEEPS)],
  ["seed-001-line-204-processes", "map on processes", all("succeeded", ...SLEEPS)],
  ["seed-000-line-036-callbacks", "callbacks", all("succeeded", ...SQUARES)],
  ["seed-002-line-150-crash", "a crash", all("broken", "crash", "healthy-1", "healthy-2", "healthy-3", "healthy-4")],
  ["seed-002-line-150-sys-exit", "sys.exit", { zero: "failed", ...all("succeeded", "n1", "n2", "n3", "n4") }],
  ["seed-003-line-167-wait-first", "FIRST_COMPLETED", all("succeeded", ...FIVE_TASKS)],
  ["seed-003-line-167-wait-exception", "FIRST_EXCEPTION", { ...all("succeeded", ...FIVE_TASKS), "task-2": "failed" }],
];

for (const [name, what, looks] of ENDS) {
  test(`the example of ${what} runs to its end`, async ({ page }) => {
    await openExample(page, name);
    const before = await graph(page);
    await runButton(page).click();
    await untilState(workbench(page), "ended");
    await untilAllLook(page, looks);
    await expect(page.locator(".honesty .ends")).toContainText("finished");
    expect(await graph(page)).toEqual(before);
  });
}

test("an example of the palette opens with one click", async ({ page }) => {
  await open(page, "/play");
  await page.locator(".palette").getByRole("button", { name: "Examples" }).click();
  await page.locator('.palette [data-example="seed-002-line-150-crash"]').click();
  await expect(page.getByLabel("Name of the experiment")).toHaveValue(/worker dies/);
  await expect(node(page, "task-5")).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(node(page, "task-5")).toHaveCount(1);
});

test("every limit is on its page, with its number", async ({ page, server }) => {
  const said = (await (await fetch(`${server.url}/api/limits`)).json()) as unknown;
  await open(page, "/limits");
  await expect(page.locator(".plain-table tr")).toHaveCount(rows(said));
  const text = await page.locator(".plain-table").innerText();
  for (const cell of ["1,000,000", "MiB"]) {
    expect(text).toContain(cell);
  }
  for (const number of await page.locator(".plain-table td.num").allInnerTexts()) {
    expect(number).toMatch(/^\d{1,3}(,\d{3})*$/);
  }
});

/** How many limits an answer of the server names. */
function rows(said: unknown): number {
  const all = Array.isArray(said) ? said : (said as { limits?: unknown[] }).limits;
  if (!Array.isArray(all)) {
    throw new Error(`no list of limits: ${JSON.stringify(said).slice(0, 200)}`);
  }
  return all.length;
}

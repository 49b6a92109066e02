// The published schema of scenarios says what the program does, by a reader that is not ours.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import Ajv from "ajv/dist/2020.js";

import { gate, play, type Scenario, scenario } from "./scenario";
import { printed } from "./server";
import { expect, open, test } from "./support";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function validator(): Promise<(scenario: unknown) => string[]> {
  const schema = JSON.parse(await readFile(path.join(ROOT, "docs/scenario.schema.json"), "utf8")) as object;
  const validate = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(schema);
  return (scenario) => (validate(scenario) ? [] : (validate.errors ?? []).map((it) => `${it.instancePath} ${it.message}`));
}

/** Whether the program reads it. */
async function isRead(of: unknown): Promise<boolean> {
  return printed(["simulate", "-", "--hash"], JSON.stringify(of)).then(
    () => true,
    () => false,
  );
}

test("every scenario that there is fits the schema", async () => {
  const errors = await validator();
  const all = new Map<string, string>();
  for (const folder of ["static/examples", "static/starters"]) {
    for (const name of await readdir(path.join(ROOT, folder))) {
      all.set(name, await readFile(path.join(ROOT, folder, name), "utf8"));
    }
  }
  const document = await readFile(path.join(ROOT, "docs/format.md"), "utf8");
  for (const [at, block] of [...document.matchAll(/```json scenario\n(.*?)```/gs)].entries()) {
    all.set(`format.md ${at}`, block[1] ?? "");
  }
  const steps = /```json steps\n(.*?)```/s.exec(document)?.[1] ?? "";
  all.set("format.md steps", `{"format":1,"executor":{"kind":"threads","workers":1},"program":{"steps":${steps}}}`);
  expect(all.size).toBeGreaterThan(45);
  for (const [name, text] of all) {
    expect(errors(JSON.parse(text)), name).toEqual([]);
  }
});

const RIGHT = scenario([{ id: "a", function: "sleep", args: { seconds: 1 } }, gate("b", "a")]);

const WRONG: [string, object][] = [
  ["another format", { format: 2 }],
  ["a field that there is not", { colour: "red" }],
  ["no workers", { executor: { kind: "threads", workers: 0 } }],
  ["an executor that there is not", { executor: { kind: "fibers", workers: 1 } }],
  ["a function that there is not", { tasks: [{ id: "a", function: "slep" }] }],
  ["a name with a space", { tasks: [{ id: "a b", function: "hang" }] }],
  ["an argument of neither kind", { tasks: [{ id: "a", function: "square", args: { x: { of: "b" } } }] }],
  ["a mode and steps", { program: { mode: "map", steps: [] } }],
  ["neither", { program: {} }],
  ["a step that there is not", { program: { steps: [{ do: "jump" }] } }],
  ["a step without its field", { program: { steps: [{ do: "sleep" }] } }],
  ["a span without a unit", { program: { mode: "wait", timeout: "5" } }],
  ["an act without a moment", { interventions: [{ do: { cancel: "a" } }] }],
  ["a scale of nothing", { scale: 0 }],
  ["a Python of long ago", { python: "2.7" }],
];

for (const [what, change] of WRONG) {
  test(`the schema refuses what the program refuses: ${what}`, async () => {
    const errors = await validator();
    expect(errors(RIGHT)).toEqual([]);
    const wrong = { ...RIGHT, ...change };
    expect(errors(wrong)).not.toEqual([]);
    expect(await isRead(wrong)).toBe(false);
  });
}

test("the experiment that the page keeps fits the schema", async ({ page }) => {
  const errors = await validator();
  await open(page, play({ ...RIGHT, title: "Two", notes: [{ text: "look", position: [0, 0] }] }));
  await page.locator("[data-share]").click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Experiment", exact: true }).click();
  const kept = JSON.parse(await readFile(await (await download).path(), "utf8")) as Scenario;
  expect(errors(kept)).toEqual([]);
  expect(kept.tasks).toHaveLength(2);
});

// One run on many screens: late, cut off for a while, or reloaded, everybody ends with
// the same log; and only who started it may act on it.

import { Wire } from "./proxy";
import { crc32, gate, play, scenario } from "./scenario";
import {
  expect,
  logHash,
  node,
  notice,
  open,
  type Page,
  records,
  runButton,
  runId,
  Server,
  test,
  untilLooks,
  untilRecords,
  untilState,
  workbench,
} from "./support";

/** A run that waits at one gate, and then at another. */
const GATED = scenario([gate("a"), gate("b", "a"), gate("c", "a")]);

/** Starts a run in this page, waits until it stands at its first gate, and returns its address. */
async function startGated(page: Page): Promise<string> {
  await runButton(page).click();
  await untilLooks(page, "a", "running");
  return `/run/${await runId(workbench(page))}`;
}

async function openGate(page: Page, task: string): Promise<void> {
  await node(page, task).locator(".t-label").click({ force: true });
  await page.getByRole("button", { name: "Open its gate" }).click();
}

/** The checksum of a whole log, as the server hands it out over HTTP. */
async function hashOfRecords(url: string, run: string): Promise<string> {
  const answer = await fetch(`${url}/api${run.replace("/run/", "/runs/")}/records`);
  const text = await answer.text();
  // One record a line; what separates them is not part of any.
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  const all = lines.map((line) => line.replace(/,$/, ""));
  expect(JSON.parse(text)).toHaveLength(all.length);
  const log = all.map((line) => line + "\n").join("");
  return crc32(Buffer.from(log)).toString(16).padStart(8, "0");
}

test("who comes late ends with the same log, and it is the one that the server has", async ({ page, stranger, server }) => {
  await open(page, play(GATED));
  const run = await startGated(page);
  await openGate(page, "a");
  await untilLooks(page, "c", "running");

  await open(stranger, run);
  await untilState(workbench(stranger), "running");
  await untilLooks(stranger, "a", "succeeded");
  await untilLooks(stranger, "c", "running");
  await openGate(page, "b");
  await openGate(page, "c");

  const hash = await logHash(workbench(page));
  expect(await logHash(workbench(stranger))).toBe(hash);
  expect(hash).toMatch(/^[0-9a-f]{8}$/);
  expect(await hashOfRecords(server.url, run)).toBe(hash);
  expect(await records(workbench(stranger))).toBe(await records(workbench(page)));
  // And whoever comes when all is over.
  await open(stranger, run);
  expect(await logHash(workbench(stranger))).toBe(hash);
});

test("two runs have two logs", async ({ page }) => {
  await open(page, play(scenario([{ id: "a", function: "identity", args: { value: 1 } }])));
  await runButton(page).click();
  const hash = await logHash(workbench(page));
  const run = await runId(workbench(page));
  await runButton(page).click();
  await expect(workbench(page)).not.toHaveAttribute("data-run", run);
  expect(await logHash(workbench(page))).not.toBe(hash);
});

test("who did not start a run can neither stop it nor act on it, and is told why", async ({ page, stranger }) => {
  await open(page, play(GATED));
  const run = await startGated(page);
  await open(stranger, run);
  await untilLooks(stranger, "a", "running");

  await expect(runButton(stranger)).toBeDisabled();
  await expect(runButton(stranger)).toHaveAttribute("title", /Only who started this run/);
  await node(stranger, "a").locator(".t-label").click({ force: true });
  await stranger.getByRole("button", { name: "Future", exact: true }).click();
  const cancel = stranger.getByRole("button", { name: "cancel()" });
  await expect(cancel).toBeDisabled();
  await expect(cancel).toHaveAttribute("title", /Only who started this run/);
  const opens = stranger.getByRole("button", { name: "Open its gate" });
  await expect(opens).toBeDisabled();
  await expect(opens).toHaveAttribute("title", /Only who started this run/);
  // Keys are no way around it.
  for (const key of ["Control+.", "o", "c"]) {
    await stranger.keyboard.press(key);
    await expect(notice(stranger)).toContainText("Only who started this run");
    await notice(stranger).getByRole("button", { name: "Close" }).click();
    await expect(notice(stranger)).toHaveText("");
  }
  await untilLooks(page, "a", "running");

  await runButton(page).click();
  await untilState(workbench(page), "ended");
  expect(await logHash(workbench(stranger))).toBe(await logHash(workbench(page)));
});

test("a page that is cut off says so, comes back, and misses nothing", async ({ page, stranger, complaints }) => {
  const wire = await Wire.lay();
  const server = await Server.start("--origin", wire.url);
  try {
    wire.leadTo(server.url);
    await open(page, server.url + play(GATED));
    const run = await startGated(page);
    await open(stranger, wire.url + run);
    await untilLooks(stranger, "a", "running");
    const before = await records(workbench(stranger));

    // What the browser says of it is the wire's fault.
    complaints.expect(/ERR_|WebSocket connection/);
    wire.cut();
    const badge = stranger.locator(".honesty .badge");
    await expect(badge).toContainText("connection lost");
    await expect.poll(() => wire.refused).toBeGreaterThan(0);
    await openGate(page, "a");
    await untilLooks(page, "b", "running");
    await untilLooks(page, "c", "running");
    await untilLooks(stranger, "a", "running");
    await expect(workbench(stranger)).toHaveAttribute("data-records", String(before));

    wire.mend();
    await untilLooks(stranger, "a", "succeeded");
    await untilLooks(stranger, "c", "running");
    await expect(badge).toHaveText("measured, live");
    await openGate(page, "b");
    await openGate(page, "c");
    const hash = await logHash(workbench(page));
    expect(await logHash(workbench(stranger))).toBe(hash);
    expect(await hashOfRecords(server.url, run)).toBe(hash);
  } finally {
    await wire.close();
    await server.stop();
  }
});

test("Stop while there is no connection is answered, and stops the run when there is one", async ({ page, complaints }) => {
  const wire = await Wire.lay();
  const server = await Server.start("--origin", wire.url);
  try {
    wire.leadTo(server.url);
    await open(page, wire.url + play(GATED));
    await startGated(page);
    complaints.expect(/ERR_|WebSocket connection/);
    wire.cut();
    await expect(page.locator(".honesty .badge")).toContainText("connection lost");
    await runButton(page).click();
    await expect(notice(page)).toContainText("no connection to the run");
    await expect.poll(() => wire.refused).toBeGreaterThan(0);
    wire.mend();
    await untilState(workbench(page), "ended");
  } finally {
    await wire.close();
    await server.stop();
  }
});

test("Stop stops, and says so", async ({ page }) => {
  await open(page, play(GATED));
  await startGated(page);
  await expect(runButton(page)).toHaveText("Stop");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator(".honesty .ends")).toContainText("stopped");
  await expect(runButton(page)).toHaveText("Run");
  await expect(runButton(page)).toBeEnabled();
});

test("who started a run may stop it also after a reload", async ({ page }) => {
  await open(page, play(GATED));
  const run = await startGated(page);
  const before = await untilRecords(workbench(page), 1);
  await open(page, run);
  await untilLooks(page, "a", "running");
  await untilRecords(workbench(page), before);
  await expect(runButton(page)).toBeEnabled();
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator(".honesty .ends")).toContainText("stopped");
});

test("a link to a run that is not there says what it is, and the page works", async ({ page, complaints }) => {
  complaints.expect(/404/);
  await open(page, "/run/AAAAAAAAAAAAAAAAAAAAAA");
  await untilState(workbench(page), "lost");
  await expect(notice(page)).toContainText(/run/);
  await expect(page.locator(".honesty .badge")).not.toContainText("live");
  await runButton(page).click();
  await untilState(workbench(page), "ended");
  await expect(page.locator("[data-legend=is-succeeded] b")).toHaveText("5");
});

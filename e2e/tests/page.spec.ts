// The page arrives and starts, under the policy that the server puts on it.

import { expect, node, open, test, untilState, workbench } from "./support";
import { gate, play, scenario } from "./scenario";

test("the workbench starts without a complaint of the browser", async ({ page }) => {
  await open(page, "/play");
  await expect(page).toHaveTitle(/Futurescope/);
  await expect(page.locator("#shell")).toHaveCount(0);
});

test("an app that does not load says so in the page", async ({ page, complaints }) => {
  complaints.expect(/app-\w+\.wasm|Failed to fetch|ERR_FAILED/);
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("/play");
  await expect(page.getByRole("alert")).toContainText("The workbench did not start");
});

test("the graph stands and can be changed before the second half of the page is there", async ({ page }) => {
  let let_go = (): void => {};
  const held = new Promise<void>((resolve) => (let_go = resolve));
  await page.route("**/later-*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(play(scenario([gate("a"), gate("b")])));
  await expect(node(page, "a")).toBeVisible();
  const run = page.getByRole("button", { name: "Run", exact: true });
  await expect(run).toBeDisabled();
  await page.getByRole("button", { name: "sleep", exact: true }).click();
  await expect(node(page, "sleep")).toBeVisible();

  let_go();
  await expect(run).toBeEnabled();
  await run.click();
  await untilState(workbench(page), "running");
  await expect(node(page, "sleep")).toBeVisible();
});

test("a second half that does not come at first is asked for again", async ({ page, complaints }) => {
  complaints.expect(/later-\w+\.wasm|Failed to fetch|ERR_FAILED/);
  let refused = 0;
  await page.route("**/later-*.wasm", (route) => (refused++ === 0 ? route.abort() : route.continue()));
  await open(page, "/play");
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeEnabled();
  expect(refused).toBe(2);
});

test("a second half that never comes is missed in words, and the graph stays", async ({ page, complaints }) => {
  complaints.expect(/later-\w+\.wasm|Failed to fetch|ERR_FAILED/);
  await page.route("**/later-*.wasm", (route) => route.abort());
  await page.goto(play(scenario([gate("a")])));
  await expect(page.getByRole("alert")).toContainText("Half of the workbench did not arrive");
  await expect(node(page, "a")).toBeVisible();
});

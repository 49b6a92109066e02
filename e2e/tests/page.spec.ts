// The page arrives and starts, under the policy that the server puts on it.

import { expect, open, test } from "./support";

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

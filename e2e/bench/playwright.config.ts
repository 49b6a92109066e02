// How the page's speed is measured: with the tests' own browser, one thing at a time.

import { defineConfig } from "@playwright/test";

import tests from "../playwright.config";

export default defineConfig({
  testDir: ".",
  outputDir: tests.outputDir,
  reporter: [["./table.ts"]],
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 120_000 },
  use: { ...tests.use, screenshot: "off", trace: "off" },
});

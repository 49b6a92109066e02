// How the browser tests run. `cargo xtask browser` builds what they need, and says by
// the environment where it is.

import { accessSync, constants } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { defineConfig } from "@playwright/test";

const target = fileURLToPath(new URL("../target", import.meta.url));

/** The browser: ours comes from the system, none is downloaded. */
function chromium(): string {
  const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const chosen = process.env.CHROMIUM ?? known.find(isProgram);
  if (chosen === undefined) {
    throw new Error("there is no Chromium: install one, or let CHROMIUM name it");
  }
  return chosen;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export default defineConfig({
  testDir: "tests",
  outputDir: process.env.FUTURESCOPE_OUT ?? path.join(target, "browser"),
  reporter: [["list"], ["./tally.ts"]],
  // A test that holds only at its second try does not hold.
  retries: 0,
  forbidOnly: true,
  // Each has a server with real runs behind it.
  workers: 2,
  // Bounds for what hangs, far above what anything takes.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  projects: [
    { name: "abilities", testIgnore: /load\.spec/ },
    // What looks at the clock has the machine to itself.
    { name: "load", testMatch: /load\.spec/, dependencies: ["abilities"] },
  ],
  use: {
    locale: "en-US",
    timezoneId: "UTC",
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    // Recording makes every key take 100 ms.
    trace: process.env.FUTURESCOPE_TRACE ? "on" : "off",
    launchOptions: {
      executablePath: chromium(),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});

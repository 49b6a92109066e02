// Closes the browser tests with the line that Rust's test harness closes with, so that
// xtask counts both alike.

import type { FullConfig, Reporter, Suite, TestCase } from "@playwright/test/reporter";

type Verdict = "passed" | "failed" | "ignored";

export default class TallyReporter implements Reporter {
  private all: TestCase[] = [];

  onBegin(_config: FullConfig, suite: Suite): void {
    this.all = suite.allTests();
  }

  onEnd(): void {
    const count = { passed: 0, failed: 0, ignored: 0 };
    for (const test of this.all) {
      count[verdict(test)] += 1;
    }
    const word = count.failed === 0 ? "ok" : "FAILED";
    const { passed, failed, ignored } = count;
    console.log(
      `test result: ${word}. ${passed} passed; ${failed} failed; ${ignored} ignored`,
    );
  }

  printsToStdio(): boolean {
    return false;
  }
}

function verdict(test: TestCase): Verdict {
  if (test.expectedStatus === "skipped") {
    return "ignored";
  }
  // What did not run, or was interrupted, has not passed.
  return test.outcome() === "expected" ? "passed" : "failed";
}

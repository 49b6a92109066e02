// Prints what the measurements print, and of what failed why; nothing else.

import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

export default class TableReporter implements Reporter {
  onStdOut(chunk: string | Buffer): void {
    process.stdout.write(chunk);
  }

  onTestEnd(test: TestCase, { status, errors }: TestResult): void {
    if (status !== "passed" && status !== "skipped") {
      console.error(`${test.title}: ${status}`);
      for (const { stack, message } of errors) {
        console.error(stack ?? message);
      }
    }
  }

  onError({ stack, message }: { stack?: string; message?: string }): void {
    console.error(stack ?? message);
  }
}

// A real server for the tests: `futurescope serve` as a process of its own.

import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const TARGET = fileURLToPath(new URL("../../target", import.meta.url));
/** The program. */
const BINARY = process.env.FUTURESCOPE_BIN ?? path.join(TARGET, "debug", "futurescope");
export const PAGE = process.env.FUTURESCOPE_PAGE ?? path.join(TARGET, "page");

/** A server has this long to say where it listens, and as long to end. */
const PATIENCE_MS = 20_000;

/** So much of what a server said last is kept, to be shown when it fails. */
const KEPT_LINES = 200;

export class Server {
  /** Where it listens, without a slash at the end; empty until it does. */
  url = "";
  private readonly said: string[] = [];
  /** Resolves with how it ended, once it has. */
  private readonly ended: Promise<string>;

  private constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    createInterface({ input: child.stderr }).on("line", (line) => this.hear(line));
  }

  /** Starts one on a port that the system picks, and returns when it listens. */
  static async start(...more: string[]): Promise<Server> {
    const words = ["serve", "--listen", "127.0.0.1:0", "--page", PAGE, ...more];
    const server = new Server(spawn(BINARY, words, { stdio: ["ignore", "pipe", "pipe"] }));
    const listens = new Promise<string>((resolve) => {
      createInterface({ input: server.child.stdout }).on("line", (line) => {
        server.hear(line);
        const address = /^listening on (http:\S+?)\/?$/.exec(line)?.[1];
        if (address !== undefined) {
          resolve(address);
        }
      });
    });
    const url = await within(Promise.race([listens, server.ended.then(() => undefined)]));
    if (url === undefined) {
      server.child.kill("SIGKILL");
      throw server.failed(`did not say where it listens (${BINARY} ${words.join(" ")})`);
    }
    server.url = url;
    return server;
  }

  /** Fails if the server is not there any more. */
  assertAlive(): void {
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) {
      throw this.failed(`ended by itself: ${signalCode ?? `exit code ${exitCode}`}`);
    }
  }

  /** Asks it to end, as an operator does, and fails unless it does so properly. */
  async stop(): Promise<void> {
    this.assertAlive();
    this.child.kill("SIGTERM");
    const end = await within(this.ended);
    if (end === undefined) {
      this.child.kill("SIGKILL");
      await this.ended;
      throw this.failed("did not end when asked to");
    }
    if (end !== "exit code 0") {
      throw this.failed(`asked to end, it ended with ${end}`);
    }
  }

  private hear(line: string): void {
    this.said.push(line);
    if (this.said.length > KEPT_LINES) {
      this.said.shift();
    }
  }

  private failed(what: string): Error {
    return new Error(["the server " + what, ...this.said].join("\n  "));
  }
}

/** What comes of a promise, or `undefined` where it takes too long. */
async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the program prints on stdout, whatever its exit code says of the run. */
export async function printed(words: string[], stdin?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(BINARY, words, (error, stdout, stderr) => {
      if (stderr !== "" || (error !== null && typeof error.code !== "number")) {
        reject(new Error(`${words.join(" ")}: ${stderr}${error?.message ?? ""}`));
      } else {
        resolve(stdout);
      }
    });
    child.stdin?.end(stdin);
  });
}

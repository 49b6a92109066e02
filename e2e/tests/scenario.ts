// Scenarios for the tests, and the links in which they travel.

import { deflateRawSync } from "node:zlib";

/** A task of a scenario. An argument is a value, or `{ from: "task" }`. */
export interface Task {
  id: string;
  function: string;
  args?: Record<string, unknown>;
  after?: string[];
  position?: [number, number];
}

/** A scenario as the page and the server read it. */
export interface Scenario {
  format: number;
  title?: string;
  scale?: number;
  python?: "3.11" | "3.12" | "3.13" | "3.14";
  executor: {
    kind: "threads" | "interpreters" | "processes" | "pool";
    workers: number;
    max_tasks_per_child?: number;
    initializer?: { function: string; args?: Record<string, unknown>; from_worker?: number };
  };
  tasks: Task[];
  program: { mode: "submit" | "map" | "as_completed" | "wait" };
  notes?: { text: string; position: [number, number] }[];
}

/** A scenario of these tasks; what is not said is two threads and `submit`. */
export function scenario(tasks: Task[], more: Partial<Scenario> = {}): Scenario {
  return {
    format: 1,
    executor: { kind: "threads", workers: 2 },
    program: { mode: "submit" },
    ...more,
    tasks,
  };
}

/** A task that ends when somebody opens its gate. */
export function gate(id: string, ...after: string[]): Task {
  return after.length === 0 ? { id, function: "gate" } : { id, function: "gate", after };
}

/** A task that sleeps so many of the scenario's seconds. */
export function sleep(id: string, seconds: number, after: string[] = []): Task {
  return { id, function: "sleep", args: { seconds }, after };
}

/** The address of the workbench with this scenario. */
export function play(of: Scenario): string {
  return `/play#x=${pack(of)}`;
}

/**
 * What stands behind `#x=`: format, length, checksum and the deflated text, as
 * `shared/src/link.rs` draws it.
 */
export function pack(of: Scenario, format = 1): string {
  return packText(JSON.stringify(of), format);
}

/** The same of a text, which may hold numbers that are too large for JavaScript. */
export function packText(text: string, format = 1): string {
  const json = Buffer.from(text);
  const packed = deflateRawSync(json);
  const header = Buffer.alloc(9);
  header.writeUInt8(format, 0);
  header.writeUInt32LE(packed.length, 1);
  header.writeUInt32LE(crc32(json), 5);
  return Buffer.concat([header, packed]).toString("base64url");
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) {
    rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  }
  return rest;
});

/** CRC-32 as IEEE has it; `zlib.crc32` is younger than the oldest Node that will do. */
export function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest = (CRC_TABLE[(rest ^ byte) & 0xff] ?? 0) ^ (rest >>> 8);
  }
  return (rest ^ 0xffffffff) >>> 0;
}

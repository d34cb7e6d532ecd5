// A scratch checkout in which faults are injected: its runs, how an unbroken command does them, and the commands themselves.
// What is right after a fault is judged in inspect.ts; which faults there are is in the kinds' own files.
import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { contentOf, makeScratch, type Scratch, type Started } from "#harness/cli/testing/scratch.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { sampleOutcomes } from "#harness/record/testing/records.ts";

/** What a worker of the campaign may do instead of ending well; see worker.js. */
export type Behaviour =
  | "diverge"
  | "explode"
  | "resident"
  | "heap"
  | "refused"
  | "hang"
  | "stubborn"
  | "exit";

/** `linear-probe-0`: method and seed. */
export type CellName = string;
export const cellOf = ({ method, seed }: { readonly method: string; readonly seed: number }): CellName =>
  `${method}-${seed}`;

/** Orders to the process of a command; see intruder.js. */
export interface Intrusion {
  readonly trace?: string;
  readonly of?: "file" | "sql";
  readonly at?: number;
  readonly how?: "before" | "half" | "after" | "ENOSPC" | "EIO" | "EROFS" | "SQLITE_FULL" | "SQLITE_IOERR";
  readonly jumps?: readonly (readonly [afterMs: number, byMs: number])[];
}

export interface CommandOptions {
  /** Words after the cells. */
  readonly extra?: readonly string[];
  readonly intrusion?: Intrusion;
}

export type Verb = "run" | "sweep";

export interface Place {
  readonly scratch: Scratch;
  /** Workers train for real; else they are the campaign's own and end after milliseconds. */
  readonly real: boolean;
  readonly cells: readonly CellName[];
  /** Id of each cell's run. */
  readonly ids: ReadonlyMap<CellName, string>;
  /** What the result of each run must be, bit for bit, as text, by its id. */
  readonly expected: ReadonlyMap<string, string>;
  /** Operations of an unbroken command, in order. */
  readonly trace: { readonly file: readonly string[]; readonly sql: readonly string[] };
  /** Wall time of an unbroken command. */
  readonly milliseconds: number;
  /** Starts a command that does all cells which are not there. */
  start(verb: Verb, options?: CommandOptions): Started;
  /** Starts any other command. */
  other(words: readonly string[]): Started;
  /** What the next workers do; cells that are not named end well. */
  script(behaviours: Readonly<Record<CellName, Behaviour>>, milliseconds?: number): void;
  /** Whether the intrusion that was ordered last took place; it is forgotten. */
  struck(): boolean;
  /** No result, no claim, no order. */
  clean(): void;
  remove(): void;
}

const QUICK_MS = 60;
const METHODS = ["linear-probe", "bitfit"] as const;
const TASK = "glue-sst2";

/** What is to be equal, bit for bit, in every record of a cell. */
export const bitsOf = (record: RunRecord): string => JSON.stringify(contentOf(record));

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Makes the checkout and does its cells once without a fault. */
export async function makePlace({ real }: { readonly real: boolean }): Promise<Place> {
  const scratch = makeScratch();
  const { root } = scratch;
  const methods = real ? METHODS.slice(0, 1) : METHODS;
  const seeds = [0, 1];
  const cells = methods.flatMap((method) => seeds.map((seed) => cellOf({ method, seed })));
  const file = (name: string): string => join(root, name);
  const intruder = file("intruder.mjs");
  const orders = file("orders.json");
  const mark = file("mark.txt");
  const trace = file("trace.txt");
  copyFileSync(beside("./intruder.js"), intruder);
  mkdirSync(file("outcomes"));
  for (const method of methods) {
    for (const seed of seeds) {
      const outcome = sampleOutcomes(2 * seed + method.length).find(({ state }) => state === "ok");
      writeFileSync(file(join("outcomes", `${cellOf({ method, seed })}.json`)), JSON.stringify(outcome));
    }
  }
  if (!real) copyFileSync(beside("./worker.js"), file(join("harness", "run", "worker.js")));

  const script: Place["script"] = (behaviours, milliseconds = QUICK_MS) =>
    writeFileSync(orders, JSON.stringify({ outcomes: file("outcomes"), milliseconds, cells: behaviours }));

  const start = (verb: Verb, { extra = [], intrusion }: CommandOptions = {}): Started => {
    const which = [
      "--method",
      methods.join(","),
      "--task",
      TASK,
      "--scale",
      "smoke",
      "--seeds",
      seeds.join(","),
    ];
    // A sweep tries failed runs again when told to; a run always does.
    const how =
      verb === "sweep"
        ? ["--retry", "failed", "--jobs", String(real ? 1 : Math.min(2, availableParallelism()))]
        : ["--keep-going"];
    return scratch.start([verb, ...which, ...how, ...extra], {
      env: {
        RANKBENCH_DB: undefined,
        RANKBENCH_FAULT_PLAN: orders,
        ...(intrusion === undefined ? {} : { RANKBENCH_INTRUDER: JSON.stringify({ mark, ...intrusion }) }),
      },
      ...(intrusion === undefined ? {} : { node: ["--import", pathToFileURL(intruder).href] }),
    });
  };

  const clean = (): void => {
    for (const name of ["results", ".rankbench"]) {
      const path = file(name);
      // A link to a small disk, or the folder itself.
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined)
        rmSync(path, { recursive: true, force: true });
    }
    for (const path of [mark, trace]) rmSync(path, { force: true });
    script({});
  };

  clean();
  const began = performance.now();
  const unbroken = await start("sweep", { intrusion: { trace } }).ended;
  const milliseconds = performance.now() - began;
  if (unbroken.code !== 0) throw new Error(`the unbroken command failed: ${unbroken.all}`);
  const unbrokenRecords = scratch.records();
  const ids = new Map(unbrokenRecords.map(({ id, identity }) => [cellOf(identity), id]));
  const expected = new Map(unbrokenRecords.map((record) => [record.id, bitsOf(record)]));
  const missing = cells.find((cell) => !ids.has(cell));
  if (missing !== undefined) throw new Error(`the unbroken command left out ${missing}`);
  const lines = readFileSync(trace, "utf8").trim().split("\n");
  const named = (of: string): string[] =>
    lines.filter((line) => line.startsWith(of)).map((line) => line.slice(of.length + 1));
  const operations = { file: named("file"), sql: named("sql") };
  clean();

  return {
    scratch,
    real,
    cells,
    ids,
    expected,
    trace: operations,
    milliseconds,
    start,
    other: (words) => scratch.start(words, { env: { RANKBENCH_DB: undefined } }),
    script,
    struck() {
      const there = existsSync(mark);
      rmSync(mark, { force: true });
      return there;
    },
    clean,
    remove: () => scratch.remove(),
  };
}

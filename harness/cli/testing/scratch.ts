// A checkout of its own for end-to-end tests: the sources copied to a temporary folder, the packages linked, so that
// results, database and claims of a test never meet those of another or of the real checkout. Used by tests only.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseRecord } from "#harness/record/file.ts";
import { isMeasurementFile } from "#harness/record/measurement.ts";
import type { RunRecord } from "#harness/record/schema.ts";

const CHECKOUT = join(import.meta.dirname, "..", "..", "..");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** stdout and stderr as a terminal would have shown them. */
  readonly all: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Everything printed so far. */
  printed(): string;
}

export interface Scratch {
  readonly root: string;
  /** Runs `bench` and waits for its end. */
  bench(argv: readonly string[], options?: BenchOptions): Promise<Ended>;
  start(argv: readonly string[], options?: BenchOptions): Started;
  /** All record files, by path order. */
  records(): RunRecord[];
  /** Paths below the root of everything in a folder, nothing where it does not exist. */
  files(folder: string): string[];
  remove(): void;
}

export interface BenchOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Words before the entry file: options of node. */
  readonly node?: readonly string[];
  /** User to run as; needs root. */
  readonly uid?: number;
}

/** No network and no mirror: what a machine that reaches nothing sees. */
const OFFLINE = { RANKBENCH_OFFLINE: "1", RANKBENCH_MIRRORS: "", NO_COLOR: "1" };

/** Makes a scratch checkout. `fakeWorker` puts the tests' quick worker in the real one's place. */
export function makeScratch(
  options: { readonly fakeWorker?: boolean; readonly linkPackages?: boolean } = {},
): Scratch {
  const root = mkdtempSync(join(tmpdir(), "rankbench-e2e-"));
  for (const folder of ["harness", "methods", "tasks"]) {
    cpSync(join(CHECKOUT, folder), join(root, folder), { recursive: true });
  }
  for (const file of ["package.json", "tsconfig.json", "pnpm-lock.yaml"])
    copyFileSync(join(CHECKOUT, file), join(root, file));
  if (options.linkPackages !== false) symlinkSync(join(CHECKOUT, "node_modules"), join(root, "node_modules"));
  if (options.fakeWorker === true) {
    copyFileSync(
      join(root, "harness", "run", "testing", "quick-worker.js"),
      join(root, "harness", "run", "worker.js"),
    );
  }
  const start = (argv: readonly string[], { env = {}, node = [], uid }: BenchOptions = {}): Started => {
    const merged = Object.fromEntries(
      Object.entries({ ...process.env, ...OFFLINE, ...env }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    const settings: SpawnOptions = {
      cwd: root,
      env: merged,
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    };
    const child = spawn(
      process.execPath,
      [...node, join(root, "harness", "cli", "bin.js"), ...argv],
      settings,
    );
    let [out, err, all] = ["", "", ""];
    child.stdout?.on("data", (chunk) => {
      out += String(chunk);
      all += String(chunk);
    });
    child.stderr?.on("data", (chunk) => {
      err += String(chunk);
      all += String(chunk);
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, out, err, all }));
    });
    return { child, ended, printed: () => all };
  };
  const files = (folder: string): string[] => {
    const top = join(root, folder);
    return existsSync(top) ? readdirSync(top, { recursive: true }).map(String).sort() : [];
  };
  return {
    root,
    start,
    bench: (argv, settings) => start(argv, settings).ended,
    files,
    records: () =>
      files(join("results", "runs"))
        .filter((file) => file.endsWith(".json") && !isMeasurementFile(basename(file)))
        .map((file) => {
          const path = join(root, "results", "runs", file);
          return parseRecord(readFileSync(path, "utf8"), path);
        }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** What two attempts at one run must have in common, bit for bit. */
export function contentOf(record: RunRecord | undefined): unknown {
  if (record?.outcome.state !== "ok") throw new Error(`no result: ${JSON.stringify(record?.outcome)}`);
  const { metrics, predictions, weightsSha256, validation } = record.outcome.result;
  // Times and the process's memory are observed, not computed.
  const computed = Object.entries(metrics).filter(
    ([id]) => !/^(time|latency|steps-per-second|memory-process)/.test(id),
  );
  return {
    metrics: Object.fromEntries(computed),
    predictions,
    weightsSha256,
    validation,
    curves: record.curves,
  };
}

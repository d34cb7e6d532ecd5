// The executor against a cluster of a few lines: what is submitted when, and what only a file can prove. The real one is in
// scripts/slurm/slurm.e2e.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordPath } from "#harness/record/file.ts";
import { sampleRecord } from "#harness/record/testing/records.ts";
import { openStore, type Store } from "#harness/store/database.ts";
import { storedIds } from "#harness/store/read.ts";
import type { CellResult } from "../run-cell.ts";
import { planSweep, type SweepCell } from "../sweep-plan.ts";
import type { Slurm } from "./commands.ts";
import { begunFile } from "./element.ts";
import { type ManifestCell, readManifest, submissionFolder, writeWhole } from "./manifest.ts";
import { storeOnce } from "./store.ts";
import { type ClusterSettings, runOnCluster } from "./submit.ts";
import type { QueuedElement } from "./words.ts";

let root = "";
let store: Store;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rankbench-submit-"));
  store = openStore(join(root, "results", "rankbench.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(root, { recursive: true });
});

const never = new AbortController().signal;

async function cells(seeds: readonly number[]): Promise<readonly SweepCell[]> {
  const part = {
    methods: ["bitfit"],
    tasks: ["glue-sst2"],
    seeds,
    scales: ["smoke"] as const,
    engine: "onnx" as const,
    threads: 1,
    set: {},
    tuned: false,
  };
  const data = {
    variant: "sample" as const,
    fingerprint: "sample-0",
    notices: [],
    needsDownload: false,
    downloadBytes: 0,
  };
  const plan = await planSweep({
    root,
    spec: { parts: [part] },
    store,
    specOf: () => "cpu-2core",
    dataOf: () => Promise.resolve(data),
  });
  return plan.cells;
}

/** What an element does when its turn comes: its runs, or something else. */
type Behaviour = (name: string, cells: readonly ManifestCell[]) => Promise<void>;

const does: Behaviour = async (name, all) => {
  for (const { identity, replaces } of all) await storeOnce(root, name, sampleRecord({ identity }), replaces);
};
const lies: Behaviour = () => Promise.resolve();

interface FakeCluster extends Slurm {
  readonly submitted: { readonly name: string; readonly words: readonly string[] }[];
  /** Elements that wait; every look lets the first one run. */
  readonly waiting: QueuedElement[];
  held: boolean;
}

/** A cluster whose elements behave by their turn; the last behaviour is for all further ones. */
function fakeCluster(...behaviours: readonly Behaviour[]): FakeCluster {
  let turn = 0;
  const cluster: FakeCluster = {
    submitted: [],
    waiting: [],
    held: false,
    submit(words) {
      const word = (key: string): string =>
        words.find((each) => each.startsWith(key))?.slice(key.length) ?? "";
      const name = word("--job-name=");
      const job = String(cluster.submitted.length + 1);
      cluster.submitted.push({ name, words });
      const last = Number(/^0-(\d+)/.exec(word("--array="))?.[1]);
      for (let index = 0; index <= last; index++)
        cluster.waiting.push({ job, name, index, state: "PENDING", reason: "Priority" });
      return Promise.resolve({ kind: "taken", job });
    },
    async queue(names) {
      const seen = cluster.waiting.filter(({ name }) => names.includes(name));
      const next = cluster.held ? undefined : cluster.waiting.shift();
      if (next !== undefined) {
        const file = join(submissionFolder(root, next.name), "manifest.json");
        const behaviour = behaviours[Math.min(turn++, behaviours.length - 1)];
        await behaviour?.(next.name, readManifest(file).elements[next.index] ?? []);
      }
      return seen;
    },
    ended: () => Promise.resolve([{ index: 0, state: "COMPLETED", exitCode: "0:0", node: "n1" }]),
    mostElements: () => Promise.resolve(1000),
  };
  return cluster;
}

function settings(slurm: Slurm, changes: Partial<ClusterSettings> = {}) {
  const ended: [SweepCell, CellResult][] = [];
  const notes: string[] = [];
  const all: ClusterSettings = {
    root,
    store,
    slurm,
    interruption: { stop: never, now: never },
    node: "node",
    entry: "bin.js",
    memoryLimitBytes: null,
    sbatch: [],
    elementSeconds: 1,
    attempts: 3,
    atATime: null,
    pollSeconds: 0.001,
    wait: true,
    timeoutOf: () => 900,
    resourcesOf: () => ({ cpus: 2, memoryMiB: 8192, gres: null }),
    onSubmitted: () => undefined,
    onEnd: (cell, result) => ended.push([cell, result]),
    onLook: () => undefined,
    onNote: (text) => notes.push(text),
    ...changes,
  };
  return { all, ended, notes };
}

const kinds = (ended: readonly [SweepCell, CellResult][]): string[] => ended.map(([, { kind }]) => kind);

describe("a sweep on a cluster", () => {
  it("submits every missing run once and ends with all records in the database", async () => {
    const slurm = fakeCluster(does);
    const todo = await cells([0, 1, 2]);
    const { all, ended } = settings(slurm);
    const end = await runOnCluster(todo, all);
    expect(end).toEqual({ left: [], stopped: null, names: [], unequal: [] });
    expect(slurm.submitted).toHaveLength(1);
    expect(kinds(ended)).toEqual(["recorded", "recorded", "recorded"]);
    expect([...storedIds(store)].sort()).toEqual(todo.map(({ id }) => id).sort());
  });

  it("takes an element without a file for lost, whatever SLURM says, and submits its runs again", async () => {
    const slurm = fakeCluster(lies, does);
    const { all, ended, notes } = settings(slurm);
    await runOnCluster(await cells([0]), all);
    expect(slurm.submitted).toHaveLength(2);
    expect(notes.join("\n")).toMatch(
      /ended without a record \(COMPLETED, exit code 0:0, node n1\); .* again/,
    );
    expect(kinds(ended)).toEqual(["recorded"]);
    // Twice the time at the second attempt.
    const minutes = slurm.submitted.map(({ words }) => Number(/--time=(\d+)/.exec(words.join(" "))?.[1]));
    expect(minutes).toEqual([2, 4]);
  });

  it("gives a run up after so many attempts, and says what is known", async () => {
    const slurm = fakeCluster(lies);
    const { all, ended } = settings(slurm, { attempts: 2 });
    await runOnCluster(await cells([0]), all);
    expect(slurm.submitted).toHaveLength(2);
    expect(ended).toMatchObject([[{}, { kind: "refused", reason: "failed" }]]);
    expect(storedIds(store)).toHaveLength(0);
  });

  it("counts an element that died in one of its runs against that run alone", async () => {
    const dies: Behaviour = async (name, [first, second]) => {
      if (first === undefined || second === undefined) throw new Error("three runs share an element");
      await does(name, [first]);
      writeWhole(begunFile(root, second.id), "");
    };
    const slurm = fakeCluster(dies, does);
    const { all, ended } = settings(slurm, { elementSeconds: 1000, attempts: 1 });
    await runOnCluster(await cells([0, 1, 2]), all);
    expect(slurm.submitted).toHaveLength(2);
    expect(ended.map(([{ seed }, { kind }]) => [seed, kind])).toEqual([
      [0, "recorded"],
      [1, "refused"],
      [2, "recorded"],
    ]);
  });

  it("does not submit again what somebody cancelled", async () => {
    const slurm = fakeCluster(lies);
    const cancelled = { index: 0, state: "CANCELLED", exitCode: "0:15", node: "n1" };
    const { all, ended } = settings({ ...slurm, ended: () => Promise.resolve([cancelled]) });
    await runOnCluster(await cells([0]), all);
    expect(slurm.submitted).toHaveLength(1);
    expect(ended).toMatchObject([[{}, { kind: "refused", reason: "interrupted" }]]);
  });

  it("does not submit again what a node refused", async () => {
    const refuses: Behaviour = (name, [cell]) => {
      const file = join(submissionFolder(root, name), "refused", `${cell?.id}.json`);
      writeWhole(file, JSON.stringify({ reason: "usage", message: "another machine" }));
      return Promise.resolve();
    };
    const slurm = fakeCluster(refuses);
    const { all, ended } = settings(slurm);
    await runOnCluster(await cells([0]), all);
    expect(slurm.submitted).toHaveLength(1);
    expect(ended).toMatchObject([[{}, { kind: "refused", reason: "usage", message: "another machine" }]]);
  });

  it("submits nothing that an earlier command has in the queue, and only the rest of a larger sweep", async () => {
    const slurm = fakeCluster(does);
    slurm.held = true;
    const first = await runOnCluster(await cells([0, 1]), settings(slurm, { wait: false }).all);
    expect(first).toMatchObject({ stopped: "submitted", names: [slurm.submitted[0]?.name] });
    expect(first.left).toHaveLength(2);

    const stop = new AbortController();
    const second = settings(slurm, {
      interruption: { stop: stop.signal, now: never },
      onLook: () => stop.abort(),
    });
    expect(await runOnCluster(await cells([0, 1]), second.all)).toMatchObject({ stopped: "interrupted" });
    expect(slurm.submitted).toHaveLength(1);

    slurm.held = false;
    const third = settings(slurm);
    await runOnCluster(await cells([0, 1, 2]), third.all);
    expect(slurm.submitted.map(({ words }) => words.find((word) => word.startsWith("--array")))).toEqual([
      "--array=0-1",
      "--array=0-0",
    ]);
    expect(kinds(third.ended)).toEqual(["recorded", "recorded", "recorded"]);
  });

  it("waits while the controller does not answer, and takes nothing for lost meanwhile", async () => {
    const slurm = fakeCluster(does);
    slurm.held = true;
    let silent = 0;
    const { all, notes, ended } = settings({
      ...slurm,
      queue(names) {
        // After the submission the controller is away for ten looks.
        if (slurm.submitted.length === 1 && silent < 10) {
          silent++;
          return Promise.resolve(null);
        }
        slurm.held = false;
        return slurm.queue(names);
      },
    });
    await runOnCluster(await cells([0]), all);
    expect(notes).toEqual(["the controller of SLURM does not answer; waiting for it"]);
    expect(slurm.submitted).toHaveLength(1);
    expect(kinds(ended)).toEqual(["recorded"]);
  });

  it("finds an array by its name when sbatch had no answer but took it", async () => {
    const slurm = fakeCluster(does);
    const { all, ended } = settings({
      ...slurm,
      async submit(words) {
        await slurm.submit(words);
        return { kind: "unknown", said: "Socket timed out on send/recv operation" };
      },
    });
    await runOnCluster(await cells([0, 1]), all);
    expect(slurm.submitted).toHaveLength(1);
    expect(kinds(ended)).toEqual(["recorded", "recorded"]);
  });

  it("tells of a second attempt that came out otherwise", async () => {
    const twice: Behaviour = async (name, all) => {
      await does(name, all);
      for (const { identity, replaces } of all) {
        const other = sampleRecord({ identity: { ...identity, seed: identity.seed + 1 } });
        await storeOnce(root, name, { ...sampleRecord({ identity }), outcome: other.outcome }, replaces);
      }
    };
    const [cell] = await cells([0]);
    const end = await runOnCluster(await cells([0]), settings(fakeCluster(twice)).all);
    expect(end.unequal).toHaveLength(1);
    expect(end.unequal[0]).toContain(cell?.id ?? "no cell");
    expect(recordPath(root, sampleRecord())).toContain("results");
  });
});

// Real smoke runs by real command lines in a scratch checkout: killed and repeated bit for bit, refused, timed out, over
// the memory limit. What needs no training is in around.e2e.ts.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { isAlive, processFamily } from "#harness/run/processes.ts";
import { until } from "#harness/run/testing/fixtures.ts";
import { contentOf, makeScratch, type Scratch } from "./testing/scratch.ts";

const ON_TASK = ["--task", "glue-sst2", "--scale", "smoke"];

let scratch: Scratch;
beforeAll(() => {
  scratch = makeScratch();
  addMethod("stuck", STUCK);
  addMethod("says-no", SAYS_NO);
});
afterAll(() => scratch.remove());

function addMethod(id: string, text: string): void {
  mkdirSync(join(scratch.root, "methods", id));
  writeFileSync(join(scratch.root, "methods", id, "method.ts"), text);
}

const METHOD = (id: string, rest: string) => `
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { defineMethod } from "#harness/method/contract.ts";

export const method = defineMethod({
  id: "${id}", title: "Test", kind: "baseline", paper: null, fidelity: "reconstruction", summary: "For a test.",
  families: ["glue"], config: z.strictObject({}), presets: [], startsFrom: "pretrained",
  ${rest}
});`;

/** Its hook starts a child and never returns, from the fourth step on. */
const STUCK = METHOD(
  "stuck",
  `supports: () => ({ ok: true }),
  async setup({ model }) {
    for (const param of model.params()) param.trainable = true;
    const run = async () => {
      const child = spawn("sleep", ["600"], { stdio: "ignore" });
      writeFileSync(new URL("./sleeper.txt", import.meta.url), String(child.pid));
      for (;;) {}
    };
    return {
      stages: [{ name: "train", learningRate: 1e-4, budgetShare: 1, betweenSteps: { due: (step) => step === 4, run } }],
      declared: { trainable: 1, optimizerStateBytes: 1, deployedParameters: 1, deployedBytes: 1 },
    };
  },`,
);

const SAYS_NO = METHOD(
  "says-no",
  `supports: () => ({ ok: false, reason: "it has no head to spare" }),
  async setup() { throw new Error("never called"); },`,
);

const recordOf = (method: string, seed = 0) =>
  scratch.records().find(({ identity }) => identity.method === method && identity.seed === seed);

test("a run whose worker and command were killed in training is done again from its start, bit for bit like an unbroken one", async () => {
  const argv = ["--method", "galore", ...ON_TASK, "--set", "refreshEvery=5", "--seed", "0"];
  const { child, ended, printed } = scratch.start(argv);
  await until(() => printed().includes("galore seed 0: train"), `training begins: ${printed()}`, 120_000);
  await sleep(1500);
  const family = processFamily(child.pid ?? 0);
  for (const { pid } of family) process.kill(pid, "SIGKILL");
  await ended;
  await until(() => family.every(({ pid, start }) => !isAlive(pid, start)), "all processes end");
  expect(scratch.records()).toEqual([]);

  expect((await scratch.bench(argv)).code).toBe(0);
  const restarted = recordOf("galore");
  expect(restarted?.attempt).toBe("restarted");

  const shown = await scratch.bench(argv);
  expect([shown.code, shown.out.includes("exists, not repeated")]).toEqual([0, true]);
  expect(recordOf("galore")).toEqual(restarted);

  expect((await scratch.bench([...argv, "--force"])).code).toBe(0);
  const unbroken = recordOf("galore");
  expect(unbroken?.attempt).toBe("fresh");
  expect(unbroken?.startedAt).not.toBe(restarted?.startedAt);
  expect(contentOf(unbroken)).toEqual(contentOf(restarted));
});

test("two seeds are two different results, each with predictions, and the document tells both", async () => {
  const { code, out } = await scratch.bench([
    "--method",
    "linear-probe",
    ...ON_TASK,
    "--seeds",
    "0-1",
    "--json",
  ]);
  expect(code).toBe(0);
  const document = JSON.parse(out) as {
    runs: { sample: boolean; outcome: string; metrics: { accuracy: { value: number } } }[];
    warnings: string[];
  };
  expect(document.runs.map(({ outcome, sample }) => [outcome, sample])).toEqual([
    ["ok", true],
    ["ok", true],
  ]);
  expect(document.warnings).toHaveLength(1);
  expect(contentOf(recordOf("linear-probe", 0))).not.toEqual(contentOf(recordOf("linear-probe", 1)));
  for (const { metrics } of document.runs) expect(metrics.accuracy.value).toBeGreaterThan(0.5);
});

test.each([
  ["qeury", '"query"'],
  ["query,valeu", '"value"'],
])(
  "the target %s is refused with the valid sites and the nearest one, before training and without a record",
  async (targets, nearest) => {
    const before = scratch.records().length;
    const { code, err, all } = await scratch.bench([
      "--method",
      "lora",
      ...ON_TASK,
      "--set",
      `targets=${targets}`,
    ]);
    expect(code).toBe(EXIT_CODES.config.code);
    expect(err).toContain(`did you mean ${nearest}`);
    for (const site of ["query", "key", "value"]) expect(err).toContain(site);
    expect(all).not.toMatch(/\n\s+at |train \d/);
    expect(scratch.records()).toHaveLength(before);
  },
);

test("a hook that never returns is ended by the timeout with its child, the curve so far is kept, and the next run is done", async () => {
  // An isolated worker could not start the child at all.
  const { code, all } = await scratch.bench(
    ["--method", "stuck,says-no", ...ON_TASK, "--timeout", "20s", "--keep-going"],
    { env: { RANKBENCH_ISOLATION: "off" } },
  );
  expect(code).toBe(EXIT_CODES.failed.code);
  const record = recordOf("stuck");
  expect(record?.outcome).toMatchObject({ state: "timeout", stage: "train", limitSeconds: 20 });
  expect(record?.curves[0]?.training.loss.length).toBeGreaterThan(0);
  expect(record?.phases.map(({ kind }) => kind)).toContain("load");
  const sleeper = Number(readFileSync(join(scratch.root, "methods", "stuck", "sleeper.txt"), "utf8"));
  expect(sleeper).toBeGreaterThan(0);
  expect(isAlive(sleeper, null)).toBe(false);
  expect(recordOf("says-no")?.outcome).toEqual({ state: "unsupported", reason: "it has no head to spare" });
  expect(all).toContain("it has no head to spare");
});

test("a method that refuses the task alone ends with the code of unsupported", async () => {
  expect((await scratch.bench(["--method", "says-no", ...ON_TASK])).code).toBe(EXIT_CODES.unsupported.code);
});

test("a run over its memory limit is recorded with limit and peak, and is tried again by the next command", async () => {
  const argv = ["--method", "linear-probe", ...ON_TASK, "--seed", "7", "--memory-limit", "150MB"];
  const { code, all } = await scratch.bench(argv);
  expect(code).toBe(EXIT_CODES.failed.code);
  const record = recordOf("linear-probe", 7);
  expect(record?.outcome).toMatchObject({ state: "out-of-memory", limitBytes: 150_000_000 });
  expect(all).toContain("--memory-limit");
  const plan = JSON.parse((await scratch.bench([...argv, "--dry-run", "--json"])).out) as {
    runs: { state: string; action: string }[];
  };
  expect(plan.runs).toMatchObject([{ state: "failed", outcome: "out-of-memory", action: "run again" }]);
});

test("a mirror file that is damaged is refused with both hashes, and no other source is taken in its place", async () => {
  const mirror = join(scratch.root, "mirror");
  mkdirSync(join(mirror, "glue", "SST-2"), { recursive: true });
  for (const name of ["train", "dev"])
    writeFileSync(join(mirror, "glue", "SST-2", `${name}.tsv.gz`), "not gzip");
  const { code, err } = await scratch.bench(
    ["--method", "linear-probe", "--task", "glue-sst2", "--scale", "small"],
    { env: { RANKBENCH_MIRRORS: mirror } },
  );
  expect(code).toBe(EXIT_CODES.data.code);
  expect(err).toContain(mirror);
  expect(err).not.toMatch(/\n\s+at /);
  rmSync(mirror, { recursive: true });
});

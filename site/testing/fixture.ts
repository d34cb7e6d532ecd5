// A results folder for tests of the site: twelve methods on one board with everything that can befall a row, a second
// board, a sample board, and names that try to be markup. Numbers come from arithmetic.
import { writeRecord } from "#harness/record/file.ts";
import type { Identity } from "#harness/record/identity.ts";
import type { Measured, Outcome, RunRecord } from "#harness/record/schema.ts";
import { sampleOutcomes, sampleRecord, sampleResult } from "#harness/record/testing/records.ts";
import { defaultsOf, readCheckout } from "../src/model/checkout.ts";

/** Accuracy, trainable numbers, deployed MiB, memory MiB and latency of a method's first seed. */
interface Profile {
  readonly method: string;
  readonly accuracy: number;
  readonly trainable: number;
  readonly size: number;
  readonly memory: number;
  readonly latency: number;
}

const row = (
  method: string,
  accuracy: number,
  trainable: number,
  size: number,
  memory: number,
  latency: number,
): Profile => ({ method, accuracy, trainable, size, memory, latency });

export const PROFILES: readonly Profile[] = [
  row("full-finetune", 0.861, 6_976_770, 26.6, 305, 7.9),
  row("lora", 0.858, 117_762, 26.6, 238, 7.9),
  row("dora", 0.857, 121_000, 26.6, 262, 8.0),
  row("bitfit", 0.842, 9_218, 26.6, 231, 7.9),
  row("vera", 0.839, 6_100, 26.6, 240, 8.1),
  row("linear-probe", 0.801, 1_026, 26.6, 190, 7.8),
  row("galore", 0.856, 6_976_770, 26.6, 261, 7.9),
  row("fwsvd", 0.846, 6_976_770, 19.1, 305, 6.4),
  row("svd", 0.833, 6_976_770, 14.2, 305, 5.6),
  row("lowrank", 0.824, 3_400_000, 13.0, 212, 5.1),
  row("quantize-rtn", 0.854, 6_976_770, 7.4, 305, 7.7),
  row("magnitude-pruning", 0.85, 6_976_770, 17.5, 305, 7.9),
];

const MIB = 2 ** 20;

/** Irregular numbers in (-1, 1). */
const wobble = (at: number): number => Math.sin(at * 12.9898 + 4.1414);

function outcomeOf(profile: Profile, seed: number): Outcome {
  const at = PROFILES.findIndex(({ method }) => method === profile.method) * 10 + seed;
  const result = sampleResult(at);
  // One data set has one list of test items.
  const predictions = { ...result.predictions, targets: sampleResult(0).predictions.targets };
  const set = (value: number): Measured => ({ value });
  return {
    state: "ok",
    result: {
      ...result,
      predictions,
      metrics: {
        ...result.metrics,
        accuracy: set(profile.accuracy + wobble(at) * 0.004),
        "parameters-trainable": set(profile.trainable),
        "parameters-deployed": set(Math.round((profile.size * MIB) / 4)),
        "deployed-bytes": set(Math.round(profile.size * MIB)),
        "optimizer-state-bytes": set(profile.trainable * 8),
        "memory-logical-peak": set(Math.round(profile.memory * MIB)),
        "memory-weights": set(28 * MIB),
        "memory-gradients": set(profile.trainable * 4),
        "memory-optimizer-state": set(profile.trainable * 8),
        "memory-activations": set(160 * MIB),
        "memory-process-peak": set((900 + 20 * wobble(at)) * MIB),
        "time-training": set(190 + 30 * wobble(at + 0.5)),
        "latency-1-p50": set(profile.latency + 0.2 * wobble(at + 0.3)),
        "latency-1-p95": set(profile.latency * 1.3),
        "latency-1-p99": set(profile.latency * 1.6),
        "latency-32-p50": set(profile.latency * 9),
        "latency-32-p95": set(profile.latency * 11),
        "latency-32-p99": set(profile.latency * 13),
      },
    },
  };
}

/** A method's own configuration here, as a real run has it. */
export type Defaults = (method: string, task: string) => Identity["config"];

function curveOf(at: number): RunRecord["curves"][number] {
  const steps = Array.from({ length: 40 }, (_, i) => 11 * (i + 1));
  return {
    stage: "train",
    training: {
      step: steps,
      loss: steps.map((step, i) => 0.3 + 0.4 * Math.exp(-step / 120) + 0.02 * wobble(at + i)),
      learningRate: steps.map((step) => 5e-4 * (1 - step / 440)),
    },
    validation: {
      step: [110, 220, 330, 440],
      loss: [0.52, 0.43, 0.4, 0.39],
      metric: [0.76, 0.81, 0.83, 0.84],
    },
  };
}

interface Cell extends Partial<Identity> {
  readonly method: string;
}

function record(defaults: Defaults, cell: Cell, outcome: Outcome, contention = 0.1): RunRecord {
  const config = { ...defaults(cell.method, cell.task ?? "glue-sst2"), ...cell.config };
  const identity = { ...cell, config };
  const made = sampleRecord({ identity, outcome });
  const day = String(1 + ((identity.seed ?? 0) % 9)).padStart(2, "0");
  return {
    ...made,
    curves: [curveOf(identity.seed ?? 0)],
    environment: { ...made.environment, contention },
    command: `pnpm bench --method ${cell.method} --task ${made.identity.task} --seed ${made.identity.seed}`,
    startedAt: `2026-03-${day}T10:00:00.000Z`,
    finishedAt: `2026-03-${day}T10:05:00.000Z`,
  };
}

/** Text that a careless page would run. */
export const MARKUP = `<img src=x onerror="document.title='run'"> & "quoted" </script>`;

function specialRuns(defaults: Defaults): RunRecord[] {
  const crashed: Outcome = {
    state: "crashed",
    stage: "train",
    step: 12,
    message: MARKUP,
    exitCode: null,
    signal: "SIGSEGV",
  };
  const [first] = PROFILES;
  if (first === undefined) throw new Error("no profile");
  const done = outcomeOf({ ...first, trainable: 70_000 }, 9);
  if (done.state !== "ok") throw new Error("no result");
  const metrics = { ...done.result.metrics, accuracy: { undefined: "one class" } };
  const written: Outcome = {
    state: "ok",
    result: { ...done.result, generated: `Once ${MARKUP} upon a time` },
  };
  const oneClass: Outcome = { state: "ok", result: { ...done.result, metrics } };
  return [
    // One seed of an otherwise good row failed, another row has failed in every way, a third has one seed only.
    record(
      defaults,
      { method: "sora", seed: 0 },
      outcomeOf({ ...first, accuracy: 0.849, trainable: 90_000 }, 7),
    ),
    ...sampleOutcomes(1)
      .slice(1)
      .map((outcome, seed) => record(defaults, { method: "maestro", seed }, outcome)),
    record(defaults, { method: "lora", seed: 5 }, crashed),
    ...[0, 1, 2].map((seed) =>
      record(
        defaults,
        { method: "lora", seed, config: { rank: 16 } },
        outcomeOf({ ...first, accuracy: 0.8595, trainable: 234_498, memory: 241 }, seed),
      ),
    ),
    record(defaults, { method: "svfit", seed: 0 }, oneClass),
    record(defaults, { method: "lora", seed: 0, task: "lm-wikitext2", data: "wikitext2:77aa" }, written),
    record(
      defaults,
      { method: "gone-method", seed: 0, config: { note: MARKUP } },
      outcomeOf({ ...first, accuracy: 0.83, trainable: 50_000 }, 8),
    ),
    ...[0, 1, 2].map((seed) =>
      record(defaults, { method: "lora", seed, data: "sample-b2c0" }, outcomeOf(first, seed)),
    ),
    ...[0, 1, 2].map((seed) =>
      record(defaults, { method: "lora", seed, spec: "local-0f3a" }, outcomeOf(first, seed)),
    ),
    ...["lora", "svd", "bitfit"].flatMap((method) =>
      [0, 1, 2].map((seed) =>
        record(
          defaults,
          { method, seed, task: "glue-rte", data: "rte:1a2b" },
          outcomeOf({ ...first, method }, seed),
        ),
      ),
    ),
  ];
}

/** All records of the fixture. */
export function fixtureRecords(defaults: Defaults): RunRecord[] {
  const board = PROFILES.flatMap((profile) =>
    [0, 1, 2, 3, 4].map((seed) =>
      record(
        defaults,
        { method: profile.method, seed },
        outcomeOf(profile, seed),
        profile.method === "vera" ? 2.4 : 0.1,
      ),
    ),
  );
  return [...board, ...specialRuns(defaults)];
}

/** Writes the records as files below `root`. */
export async function writeFixture(root: string): Promise<void> {
  const checkout = await readCheckout();
  const defaults: Defaults = (method, task) => defaultsOf(checkout, method, task, "small") ?? {};
  for (const each of fixtureRecords(defaults)) await writeRecord(root, each);
}

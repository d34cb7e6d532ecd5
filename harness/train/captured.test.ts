// Whole training runs with steps replayed and with every step recorded: the same bits, for every kind of optimizer and method.
import { afterEach, describe, expect, it } from "vitest";
import { makeToy, scoresOf, setupOn, trainOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import type { StepCounts } from "#harness/engine/steps.ts";
import { scalar } from "#harness/engine/tensor.ts";
import { hashWeights } from "#harness/measure/parameters.ts";
import type { Method, MethodRun, Stage } from "#harness/method/contract.ts";
import { sgd } from "#harness/optim/sgd.ts";
import type { Budget } from "#harness/task/contract.ts";
import { method as adam8bit } from "#methods/adam8bit/method.ts";
import { method as fira } from "#methods/fira/method.ts";
import { method as frugal } from "#methods/frugal/method.ts";
import { method as galore } from "#methods/galore/method.ts";
import { method as lisa } from "#methods/lisa/method.ts";
import { method as lora } from "#methods/lora/method.ts";
import { method as mdgf } from "#methods/mdgf/method.ts";
import { method as sora } from "#methods/sora/method.ts";

let engine: Engine | null = null;
afterEach(async () => {
  await engine?.dispose();
});

interface Case {
  readonly budget?: Partial<Budget>;
  /** A method with settings as on the command line, or a stage of plain fine-tuning. */
  readonly method?: Method<never>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly stage?: Partial<Stage>;
}

interface Trained {
  readonly weights: string;
  readonly losses: readonly number[];
  readonly scores: readonly number[];
  readonly peak: unknown;
}

async function train(given: Case, captureSteps: boolean): Promise<{ run: Trained; counts: StepCounts }> {
  engine = await openEngine("onnx", { captureSteps });
  const alive = engine.liveTensors();
  // Batches of 9 and a shorter one at the end of each epoch.
  const toy = await makeToy(engine, 1, { epochs: 6, batchSize: 9, ...given.budget });
  const plain: MethodRun = {
    stages: [{ name: "train", learningRate: 0.01, budgetShare: 1, ...given.stage }],
    declared: { trainable: 0, optimizerStateBytes: 0, deployedParameters: 0, deployedBytes: 0 },
  };
  const made =
    given.method === undefined
      ? plain
      : await setupOn(toy, given.method as unknown as Method, given.settings);
  const main = await trainOn(toy, made);
  const run: Trained = {
    weights: await hashWeights(toy.model),
    losses: toy.run.reporter.curves().flatMap((curve) => curve.training.loss),
    scores: [...(await scoresOf(toy))],
    peak: main.peak,
  };
  const counts = engine.stats().steps;
  if (given.method === undefined) {
    toy.model.dispose();
    expect(engine.liveTensors()).toBe(alive);
  }
  await engine.dispose();
  return { run, counts };
}

/** Trains both ways, compares, and returns how the steps were run where capturing is on. */
async function both(given: Case): Promise<StepCounts> {
  const recorded = await train(given, false);
  const replayed = await train(given, true);
  expect(replayed.run).toEqual(recorded.run);
  const total = (counts: StepCounts) =>
    counts.captured +
    counts.replayed +
    counts.verified +
    Object.values(counts.recorded).reduce((sum, count) => sum + count, 0);
  expect(total(replayed.counts)).toBe(total(recorded.counts));
  return replayed.counts;
}

describe("a training run whose steps are replayed", () => {
  it.each<[string, Case]>([
    ["AdamW with decay and clipping", { budget: { weightDecay: 0.1, clipNorm: 1 } }],
    [
      "SGD with momentum and decay",
      { budget: { weightDecay: 0.1 }, stage: { optimizer: sgd({ momentum: 0.9 }) } },
    ],
    ["an extra loss", { stage: { extraLoss: () => scalar(2) } }],
    ["LoRA with dropout", { method: lora as never, settings: { dropout: "0.2" } }],
    ["SoRA's gates and thresholds", { method: sora as never }],
    ["8-bit Adam", { method: adam8bit as never }],
  ])("has the bits of the recorded one: %s", async (_, given) => {
    const counts = await both(given);
    // 24 steps: two shapes, the first update apart.
    expect(counts.recorded).toEqual({});
    expect(counts.captured).toBe(3);
    expect(counts.replayed).toBeGreaterThan(counts.captured + counts.verified);
  });

  it.each<[string, Case]>([
    ["GaLore", { method: galore as never, settings: { rank: "2", refreshEvery: "6" } }],
    ["Fira", { method: fira as never, settings: { rank: "2", refreshEvery: "6" } }],
    ["FRUGAL", { method: frugal as never, settings: { refreshEvery: "6" } }],
  ])("records the steps at which an optimizer refreshes: %s", async (_, given) => {
    const counts = await both({ ...given, budget: { clipNorm: 1 } });
    expect(counts.recorded).toEqual({ "an optimizer refreshes": 4 });
    expect(counts.replayed).toBeGreaterThan(10);
  });

  it.each<[string, Case]>([["MdGf", { method: mdgf as never }]])(
    "records the steps of a method that acts after each of them: %s",
    async (_, given) => {
      const counts = await both(given);
      expect(counts).toEqual({
        captured: 0,
        replayed: 0,
        verified: 0,
        recorded: { "the method acts after the step": 24 },
      });
    },
  );

  it("starts again when a method that acts now and then has acted", async () => {
    const counts = await both({ method: lisa as never, settings: { period: "8" }, budget: { batchSize: 8 } });
    expect(counts.recorded).toEqual({ "the method acts after the step": 3 });
    expect(counts.replayed).toBeGreaterThan(0);
    expect(counts.captured).toBeGreaterThanOrEqual(3);
  });

  it("records what depends on the number of the step", async () => {
    const counts = await both({ stage: { extraLoss: ({ step }) => scalar(1 / step) } });
    expect(counts.recorded).toEqual({ "the number of the step is read while the step is recorded": 24 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestGap, measuredCosts, scoresOf, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { makeCalibration } from "#harness/train/calibration.ts";
import { makeTinyClip, TINY_CLASSES, TINY_WIDTH } from "#tasks/clip/testing/tiny-clip.ts";
import { CacheHead } from "./cache-head.ts";
import { ALPHAS, BETAS, chooseWeights, type GridInput } from "./grid.ts";
import { method } from "./method.ts";

describe("tip-adapter's grid", () => {
  it("is the official one: 200 values of beta from 0.1 below 12, 20 of alpha from 0.1 below 5", () => {
    expect([BETAS.length, ALPHAS.length]).toEqual([200, 20]);
    expect([BETAS[0], ALPHAS[0]]).toEqual([0.1, 0.1]);
    // i (12 - 0.1) / 200 + 0.1 and i (5 - 0.1) / 20 + 0.1 at the last i.
    expect(BETAS.at(-1)).toBeCloseTo(0.1 + (199 * 11.9) / 200, 12);
    expect(ALPHAS.at(-1)).toBeCloseTo(0.1 + (19 * 4.9) / 20, 12);
  });

  // Two classes, one key each. Picture 0 is right by its texts, whose lead of 1 the cache must not turn over; picture 1 is
  // wrong by 0.3 and its key likeness leads by 0.5.
  const input: GridInput = {
    likeness: Float32Array.of(0.2, 0.6, 0.2, 0.7),
    scores: Float32Array.of(1, 0, 0.3, 0),
    targets: [0, 1],
    classes: [0, 1],
    outputs: 2,
  };

  it("chooses a pair under which all validation pictures are right, where there is one", () => {
    const { alpha, beta, accuracy } = chooseWeights(input);
    expect(accuracy).toBe(1);
    const vote = (likeness: number) => alpha * Math.exp(-beta * (1 - likeness));
    expect(1 + vote(0.2)).toBeGreaterThan(vote(0.6));
    expect(vote(0.7)).toBeGreaterThan(0.3 + vote(0.2));
  });

  it("looks at nothing but the validation pictures it is given: the same input gives the same pair", () => {
    expect(chooseWeights(input)).toEqual(chooseWeights({ ...input, likeness: input.likeness.slice() }));
  });
});

describe("tip-adapter", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("scores by texts plus alpha exp(-beta (1 - f k)) of the keys of a class, written out picture by picture", async () => {
    const toy = await makeTinyClip(engine);
    const calibration = makeCalibration(toy.run, toy.model);
    const [train, test] = [await calibration.outputs("train"), toy.run.data.test];
    const base = await scoresOf(toy);
    await setupOn(toy, method, { alpha: "2.5", beta: "3", search: "false" });
    const scores = await scoresOf(toy);
    // Features of the test pictures by the same road, with the test split in the place of validation.
    const swapped = { ...toy.run, data: { ...toy.run.data, validation: test } };
    const { features } = await makeCalibration(swapped, toy.model).outputs("validation");
    const d = TINY_WIDTH;
    const unit = (from: Float32Array, row: number) => {
      const own = [...from.subarray(row * d, (row + 1) * d)];
      return own.map((x) => x / Math.hypot(...own));
    };
    for (let item = 0; item < test.size; item++) {
      const wanted = new Array<number>(TINY_CLASSES).fill(0);
      for (let key = 0; key < train.items; key++) {
        const likeness = unit(features, item).reduce(
          (sum, x, at) => sum + x * (unit(train.features, key)[at] ?? 0),
          0,
        );
        const label = train.targets[key] ?? 0;
        wanted[label] = (wanted[label] ?? 0) + 2.5 * Math.exp(-3 * (1 - likeness));
      }
      for (let k = 0; k < TINY_CLASSES; k++)
        expect(scores[item * TINY_CLASSES + k]).toBeCloseTo(
          (base[item * TINY_CLASSES + k] ?? 0) + (wanted[k] ?? 0),
          3,
        );
    }
    toy.model.dispose();
  });

  it("trains nothing, keeps every weight's bits, notes its choice once and deploys the cache it declared", async () => {
    const toy = await makeTinyClip(engine);
    const before = await valuesOf(toy.model);
    const made = await setupOn(toy, method);
    const main = await trainOn(toy, made);
    await made.finish?.();
    const once = await scoresOf(toy);
    await made.finish?.();
    expect(await scoresOf(toy)).toEqual(once);
    const after = await valuesOf(toy.model);
    for (const [name, values] of before) expect(after.get(name)).toEqual(values);
    expect(made.declared.trainable).toBe(0);
    const keys = 32 * TINY_WIDTH;
    const all = [...before.values()].reduce((sum, values) => sum + values.length, 0);
    expect(made.declared.deployedParameters).toBe(all + keys + 2);
    expect(made.declared.deployedBytes).toBe(4 * (all + keys + 2 + 32));
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    expect(toy.run.reporter.notes.filter((note) => note.startsWith("alpha"))).toHaveLength(1);
    toy.model.dispose();
  });

  it("with alpha 0 is zero-shot", async () => {
    const toy = await makeTinyClip(engine);
    const base = await scoresOf(toy);
    await setupOn(toy, method, { alpha: "0", search: "false" });
    expect(largestGap(await scoresOf(toy), base)).toBe(0);
    toy.model.dispose();
  });

  it("is better than zero-shot on pictures that a random model cannot name", async () => {
    const toy = await makeTinyClip(engine);
    const accuracyOf = async () => {
      const { accuracy } = toy.run.task.evaluate(await scoresOf(toy), toy.run.data.test.targets);
      return accuracy !== undefined && "value" in accuracy ? accuracy.value : 0;
    };
    const base = await accuracyOf();
    const made = await setupOn(toy, method);
    await made.finish?.();
    expect(await accuracyOf()).toBeGreaterThan(base + 0.2);
    toy.model.dispose();
  });

  it("-F trains the keys alone, from the shots' unit features, and chooses anew afterwards", async () => {
    const toy = await makeTinyClip(engine);
    const before = await valuesOf(toy.model);
    const made = await setupOn(toy, method, { trained: "true", learningRate: "0.02" });
    const head = toy.model.head.module;
    if (!(head instanceof CacheHead)) throw new Error("no cache");
    const start = (await head.keys.read()).slice();
    for (let row = 0; row < 32; row++)
      expect(Math.hypot(...start.subarray(row * TINY_WIDTH, (row + 1) * TINY_WIDTH))).toBeCloseTo(1, 5);
    const main = await trainOn(toy, made);
    expect(largestGap(await head.keys.read(), start)).toBeGreaterThan(1e-3);
    const after = await valuesOf(toy.model);
    for (const [name, values] of before) expect(after.get(name)).toEqual(values);
    await made.finish?.();
    expect([head.alpha, head.beta]).not.toEqual([1.17, 1]);
    expect(made.declared.trainable).toBe(32 * TINY_WIDTH);
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    toy.model.dispose();
  });
});

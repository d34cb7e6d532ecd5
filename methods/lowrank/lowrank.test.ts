import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  largestGap,
  makeToy,
  measuredCosts,
  scoresOf,
  setupOn,
  stepsOn,
  trainOn,
} from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { FactoredLinear } from "#harness/nn/factored-linear.ts";
import { stream } from "#harness/random/stream.ts";
import { method, randomFactors } from "./method.ts";

describe("lowrank", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("random factors give products whose entries have variance 1 / in", () => {
    const [m, n, r] = [64, 200, 16];
    const { a, b } = randomFactors(m, n, r, stream(1, "factors"));
    let sum = 0;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let w = 0;
        for (let k = 0; k < r; k++) w += (a[i * r + k] as number) * (b[k * n + j] as number);
        sum += w * w;
      }
    }
    expect((sum / (m * n)) * m).toBeCloseTo(1, 1);
  });

  it("costs what it declares, r (in + out) + out a map, and lowers the loss from random factors", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { ratio: "0.5", start: "random" });
    expect(toy.model.sites.filter(({ module }) => module instanceof FactoredLinear).length).toBe(12);
    const block = 32 + 4 * (64 + 8) + (80 + 12) + (80 + 8);
    expect(made.declared.trainable).toBe(96 + 2 * block + 72 + 18);
    const stage = made.stages[0];
    if (stage === undefined) throw new Error("no stage");
    const losses = await stepsOn(toy, { ...stage, learningRate: 5e-3 }, 15);
    expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] ?? 0));
    expect(measuredCosts(toy, await trainOn(toy, made))).toEqual(made.declared);
  });

  it("starts from the backbone's own factors on fine-tuning tasks: at full rank it is the base model", async () => {
    const toy = await makeToy(engine);
    const before = await scoresOf(toy);
    await setupOn(toy, method, { ratio: "1" });
    expect(largestGap(await scoresOf(toy), before)).toBeLessThan(1e-4);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, scoresOf, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { method } from "./method.ts";

describe("frugal on a model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("costs what it declares, with and without maps that have no state", async () => {
    for (const config of [{ density: "0.5" }, { density: "0.25", targets: "query,value" }]) {
      const toy = await makeToy(engine);
      const made = await setupOn(toy, method, { refreshEvery: "3", ...config });
      const main = await trainOn(toy, made);
      expect(measuredCosts(toy, main)).toEqual(made.declared);
    }
    // Half of 8 inputs: 4 rows of 8 or 12 numbers twice and an index; half of 12: 6 rows of 8.
    const toy = await makeToy(engine);
    const { declared } = await setupOn(toy, method, { density: "0.5" });
    const numbers = 2 * (4 * 4 * 17 + 4 * 25 + 6 * 17);
    expect(declared.optimizerStateBytes).toBe(4 * numbers + 8 * (1250 - 2 * (4 * 64 + 2 * 96)));
  });

  it("sign descent alone moves each weight of the maps by the sum of the idle rates at most, and the same seed gives the same bits", async () => {
    const scores = [];
    for (let repeat = 0; repeat < 2; repeat++) {
      const toy = await makeToy(engine);
      const before = await valuesOf(toy.model);
      const made = await setupOn(toy, method, { density: "0", inactiveScale: "0.1", learningRate: "0.01" });
      await trainOn(toy, made);
      const [old, now] = [
        before.get("layer.0.ffn.in.weight") ?? [],
        (await valuesOf(toy.model)).get("layer.0.ffn.in.weight") ?? [],
      ];
      const moves = Array.from(now, (x, i) => Math.abs(x - (old[i] as number)));
      // Eight steps, warm-up and decay: at most 8 times 0.1 times the peak.
      expect(Math.max(...moves)).toBeLessThanOrEqual(8 * 0.001 + 1e-6);
      expect(Math.max(...moves)).toBeGreaterThan(0);
      scores.push([...(await scoresOf(toy))]);
    }
    expect(scores[0]).toEqual(scores[1]);
  });
});

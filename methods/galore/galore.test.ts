import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, setupOn, stepsOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { galore } from "#harness/optim/galore.ts";
import { PROJECTION_TYPES } from "#harness/optim/projection.ts";
import { method, stateNumbers } from "./method.ts";

describe("galore on a model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("costs what it declares in every projection type: (2 q + p) r numbers a projected weight in std", async () => {
    expect(stateNumbers("std", 8, 384, 1536)).toBe((2 * 1536 + 384) * 8);
    for (const projection of PROJECTION_TYPES) {
      const optimizer = galore({ rank: 3, alpha: 1, refreshEvery: 4, projection });
      for (const [m, n] of [
        [8, 12],
        [12, 8],
        [8, 8],
      ] as const) {
        expect(optimizer.stateBytes({ name: "w", shape: [m, n] })).toBe(
          4 * stateNumbers(projection, 3, m, n),
        );
      }
    }
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { rank: "3", refreshEvery: "4", projection: "full" });
    expect(measuredCosts(toy, await trainOn(toy, made))).toEqual(made.declared);
  });

  it("trains every weight; only block maps move in a subspace of rank r between refreshes", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { rank: "2", refreshEvery: "100" });
    const stage = made.stages[0];
    if (stage === undefined) throw new Error("no stage");
    const before = await valuesOf(toy.model);
    const losses = await stepsOn(toy, { ...stage, learningRate: 1e-2 }, 12);
    const after = await valuesOf(toy.model);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    const third = (name: string, m: number, n: number) => {
      const moved = (after.get(name) ?? []).map((value, i) => value - (before.get(name)?.[i] as number));
      const s = singularValues(matrixFrom(m, n, moved));
      return (s[2] ?? 0) / (s[0] ?? 1);
    };
    expect(third("layer.0.ffn.in.weight", 8, 12)).toBeLessThan(1e-4);
    expect(third("layer.1.attention.value.weight", 8, 8)).toBeLessThan(1e-4);
    expect(third("pooler.weight", 8, 8)).toBeGreaterThan(1e-3);
  });

  it("clips the rank to the short side and says so; rank 0 is refused (case 1)", async () => {
    const toy = await makeToy(engine);
    await setupOn(toy, method, { rank: "60" });
    expect(toy.run.reporter.notes.join("\n")).toMatch(/rank 60 clipped to 8/);
    await expect(setupOn(toy, method, { rank: "0" })).rejects.toThrow(/rank/);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainAndDeploy } from "#harness/check/toy/kit.ts";
import { largestGap, makeToy, scoresOf, setupOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { method } from "./method.ts";

describe("quantize-rtn", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("rounds each output's inputs within half a step of its largest weight; once, and only maps in blocks", async () => {
    const toy = await makeToy(engine);
    const before = await valuesOf(toy.model);
    const made = await setupOn(toy, method, { bits: "5" });
    const { first, again } = await trainAndDeploy(toy, made);
    const after = first.values;
    const [dense, rounded] = [
      before.get("layer.0.ffn.in.weight") ?? [],
      after.get("layer.0.ffn.in.weight") ?? [],
    ];
    for (let j = 0; j < 12; j++) {
      const column = Array.from({ length: 8 }, (_, i) => i * 12 + j);
      const largest = Math.max(...column.map((at) => Math.abs(dense[at] as number)));
      for (const at of column)
        expect(Math.abs((dense[at] as number) - (rounded[at] as number))).toBeLessThanOrEqual(
          (largest / 30) * (1 + 1e-6),
        );
      expect(Math.max(...column.map((at) => Math.abs(rounded[at] as number)))).toBe(largest);
      expect(
        new Set(column.map((at) => (Math.round(((rounded[at] as number) / largest) * 15 * 1e4) / 1e4) % 1)),
      ).toEqual(new Set([0]));
    }
    expect(after.get("pooler.weight")).toEqual(before.get("pooler.weight"));
    expect(again).toEqual(first);
  });

  it("at 8 bits the scores stay near the dense ones, at 2 bits they do not", async () => {
    const gap = async (bits: string) => {
      const toy = await makeToy(engine);
      const before = await scoresOf(toy);
      await (await setupOn(toy, method, { bits })).finish?.();
      return largestGap(await scoresOf(toy), before);
    };
    expect(await gap("8")).toBeLessThan(0.05);
    expect(await gap("2")).toBeGreaterThan(0.1);
  });

  it("costs what it declares: codes, and a float a group of inputs, the last one short", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { bits: "4", group: "5" });
    expect((await trainAndDeploy(toy, made)).costs).toEqual(made.declared);
    // Groups of 5: two for 8 inputs, three for 12.
    const maps = 2 * (4 * (32 + 4 * 8 * 2) + (48 + 4 * 12 * 2) + (48 + 4 * 8 * 3));
    expect(made.declared.deployedBytes).toBe(maps + 4 * (1250 - 2 * (4 * 64 + 2 * 96)));
  });
});

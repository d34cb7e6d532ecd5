import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { makeToy, measuredCosts, setupOn, trainOn, valuesOf } from "#harness/train/testing/toy-run.ts";
import { method } from "./method.ts";

describe("linear-probe", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains classes (d + 1) numbers and leaves the encoder bit-frozen", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method);
    const before = await valuesOf(toy.model);
    const main = await trainOn(toy, made);
    const after = await valuesOf(toy.model);
    expect(made.declared.trainable).toBe(2 * (8 + 1));
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    for (const [name, values] of before) {
      if (name.startsWith("head")) expect(after.get(name)).not.toEqual(values);
      else expect(after.get(name)).toEqual(values);
    }
  });

  it("does not decay the head, whatever the task's budget says", async () => {
    const heads = [];
    for (const weightDecay of [0, 0.5]) {
      const toy = await makeToy(engine, 1, { weightDecay });
      await trainOn(toy, await setupOn(toy, method));
      heads.push((await valuesOf(toy.model)).get("head.weight"));
    }
    expect(heads[0]).toEqual(heads[1]);
  });
});

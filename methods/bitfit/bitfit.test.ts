import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { method } from "./method.ts";

describe("bitfit", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains biases of maps and normalisations and the head, nothing else to the bit", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method);
    // A block: 4 maps of 8 outputs, 12 and 8 in the feed-forward, 2 norms of 8; pooler 8; head 18.
    expect(made.declared.trainable).toBe(2 * (4 * 8 + 12 + 8 + 16) + 8 + 18);
    const before = await valuesOf(toy.model);
    const main = await trainOn(toy, made);
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    for (const [name, values] of await valuesOf(toy.model)) {
      if (name.startsWith("head") || name.endsWith("key.bias")) continue;
      if (name.endsWith(".bias")) expect(values, name).not.toEqual(before.get(name));
      else expect(values, name).toEqual(before.get(name));
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, setupOn, trainOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { method } from "./method.ts";

describe("adam8bit on a model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains every weight and costs what it declares: the toy's tensors are all too small for codes", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method);
    expect(made.declared.optimizerStateBytes).toBe(8 * 1250);
    expect(measuredCosts(toy, await trainOn(toy, made))).toEqual(made.declared);
  });
});

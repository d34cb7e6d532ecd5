import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import type { SetupContext } from "#harness/method/contract.ts";
import { stream } from "#harness/random/stream.ts";
import { makeTinyClip, TINY_CLASSES, TINY_WIDTH } from "#tasks/clip/testing/tiny-clip.ts";
import { ctrBackbones } from "#tasks/models/ctr.ts";
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

  it("is logistic regression on ids for click-through models: first-order weights and the head, without decay", async () => {
    const fields = [
      { name: "user", offset: 0, counts: new Uint32Array(5) },
      { name: "item", offset: 5, counts: new Uint32Array(7) },
    ];
    const model = ctrBackbones.model("deepfm", { fields, init: stream(0, "init") });
    const unused = () => {
      throw new Error("linear-probe needs no calibration");
    };
    const context: SetupContext = {
      task: { id: "ctr-frappe", family: "ctr", scale: "smoke", backbone: "deepfm", outputs: 1 },
      model,
      random: stream.bind(null, 0),
      calibration: { perExampleGradients: unused, activations: unused, outputs: unused },
      note: unused,
    };
    const made = await method.setup(context, { learningRate: 1e-2 });
    const trained = model.params().filter((param) => param.trainable);
    expect(trained.map(({ name }) => name)).toEqual(["first-order.weight", "head.weight", "head.bias"]);
    // 12 ids; a head of 2 sums, 128 deep features and a bias.
    expect(made.declared.trainable).toBe(12 + 131);
    const group = made.stages[0]?.groups?.[0];
    expect(group?.weightDecay).toBe(0);
    expect(new Set(group?.params)).toEqual(new Set(trained));
    model.dispose();
  });

  it("puts a fresh head in the place of a text tower: classes (d + 1) numbers, and the tower is not deployed", async () => {
    const toy = await makeTinyClip(engine);
    const made = await setupOn(toy, method);
    const main = await trainOn(toy, made);
    expect(made.declared.trainable).toBe(TINY_CLASSES * (TINY_WIDTH + 1));
    expect(toy.model.params().some(({ name }) => name.startsWith("text."))).toBe(false);
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    toy.model.dispose();
  });
});

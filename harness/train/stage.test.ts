import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, stepsOn, type Toy, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { scalar } from "#harness/engine/tensor.ts";
import type { Stage } from "#harness/method/contract.ts";
import { learningRateAt } from "#harness/optim/schedule.ts";
import { sgd } from "#harness/optim/sgd.ts";
import { Divergence, divergenceWatch } from "./divergence.ts";
import { mainStage, runStages } from "./method-run.ts";
import { stagePeak } from "./peak.ts";
import { disposeSlots, makeSlots, stateBytes, stateTensors } from "./slots.ts";
import { stageSteps, trainStage } from "./stage.ts";

const STAGE: Stage = { name: "train", learningRate: 0.01, budgetShare: 1 };
const DECLARED = { trainable: 0, optimizerStateBytes: 0, deployedParameters: 0, deployedBytes: 0 };

describe("the training loop", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  async function train(toy: Toy, stage: Stage = STAGE): Promise<Toy> {
    const slots = makeSlots(toy.model, stage, toy.run.preset.budget.weightDecay);
    await trainStage(toy.run, stage, toy.model, slots, stageSteps(toy.run, stage));
    disposeSlots(slots);
    return toy;
  }

  it("lowers the loss, and records it with the rate of each step", async () => {
    const toy = await train(await makeToy(engine, 1, { epochs: 20 }));
    const [curve] = toy.run.reporter.curves();
    const losses = curve?.training.loss ?? [];
    expect(losses.length).toBe(80);
    const mean = (part: number[]) => part.reduce((a, b) => a + b, 0) / part.length;
    expect(mean(losses.slice(-8))).toBeLessThan(0.7 * mean(losses.slice(0, 8)));
    // Warm-up over 8 of 80 steps, then a line that would reach 0 at step 81.
    expect(curve?.training.learningRate[7]).toBeCloseTo(0.01, 10);
    expect(curve?.training.learningRate[79]).toBeCloseTo(0.01 / 72, 10);
  });

  it("gives the same bits for the same seed and others for another", async () => {
    const [first, second, other] = [
      await valuesOf((await train(await makeToy(engine, 3))).model),
      await valuesOf((await train(await makeToy(engine, 3))).model),
      await valuesOf((await train(await makeToy(engine, 4))).model),
    ];
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("leaves frozen parameters bit-equal and changes every trained one", async () => {
    const toy = await makeToy(engine);
    for (const param of toy.model.params()) param.trainable = param.role === "matrix";
    const before = await valuesOf(toy.model);
    await train(toy);
    const after = await valuesOf(toy.model);
    for (const param of toy.model.params()) {
      if (param.trainable) expect(after.get(param.name), param.name).not.toEqual(before.get(param.name));
      else expect(after.get(param.name), param.name).toEqual(before.get(param.name));
    }
  });

  it("takes a stage's share of the budget in steps", async () => {
    const toy = await makeToy(engine);
    // 32 items in batches of 8, two epochs.
    expect(stageSteps(toy.run, STAGE)).toBe(8);
    expect(stageSteps(toy.run, { ...STAGE, budgetShare: 0.5 })).toBe(4);
  });

  it("validates at the end and at even distances before, outside the stage's clock", async () => {
    const toy = await train(await makeToy(engine, 1, { validations: 3 }));
    expect(toy.run.reporter.curves()[0]?.validation.step).toEqual([2, 4, 6, 8]);
  });

  it("calls betweenSteps at the steps that are due", async () => {
    const seen: number[] = [];
    const stage: Stage = {
      ...STAGE,
      betweenSteps: {
        due: (step) => step % 3 === 0,
        run: async ({ step, steps }) => {
          seen.push(step);
          expect(steps).toBe(8);
        },
      },
    };
    await train(await makeToy(engine), stage);
    expect(seen).toEqual([3, 6]);
  });

  it("applies a group's own optimizer, rate and decay to its parameters alone", async () => {
    const toy = await makeToy(engine, 1, { weightDecay: 0.5 });
    const [weight] = toy.model.head.module.params();
    if (weight === undefined) throw new Error("no head");
    const stage: Stage = {
      ...STAGE,
      groups: [{ name: "head", params: [weight], optimizer: sgd(), rateScale: 3, weightDecay: 0.25 }],
    };
    const slots = makeSlots(toy.model, stage, 0.5);
    const slot = slots.find((each) => each.param === weight);
    expect([slot?.optimizer.id, slot?.rateScale, slot?.weightDecay]).toEqual(["sgd", 3, 0.25]);
    for (const each of slots) {
      if (each.param === weight) continue;
      expect([each.optimizer.id, each.rateScale]).toEqual(["adamw", 1]);
      // No decay on biases and norms.
      expect(each.weightDecay, each.param.name).toBe(["bias", "norm"].includes(each.param.role) ? 0 : 0.5);
    }
    disposeSlots(slots);
  });

  it("drops the state of what is frozen between steps, and starts what is set free afresh", async () => {
    const toy = await makeToy(engine, 1, { epochs: 1 });
    const [weight, bias] = toy.model.head.module.params();
    if (weight === undefined || bias === undefined) throw new Error("no head");
    for (const param of toy.model.params()) param.trainable = param === weight;
    const seen: { step: number; values: Float32Array }[] = [];
    const stage: Stage = {
      ...STAGE,
      betweenSteps: {
        due: () => true,
        run: async ({ step }) => {
          seen.push({ step, values: (await bias.read()).slice() });
          weight.trainable = step !== 2;
          bias.trainable = step === 2;
        },
      },
    };
    const slots = makeSlots(toy.model, stage, 0);
    await trainStage(toy.run, stage, toy.model, slots, 4);
    // The bias was free in step 3 alone. Adam's first step from fresh state moves by the learning rate, whatever the
    // gradient; counted from the stage's start it would be sqrt(1 - 0.999^3) / (1 - 0.9^3) * 0.1 / sqrt(0.001) = 0.64 of it.
    const move = (from: number, to: number) =>
      Math.abs((seen[to]?.values[0] ?? Number.NaN) - (seen[from]?.values[0] ?? Number.NaN));
    expect(move(0, 1)).toBe(0);
    expect(
      move(1, 2) / learningRateAt(3, { peak: 0.01, steps: 4, warmupShare: 0.1, decay: "linear" }),
    ).toBeCloseTo(1, 3);
    expect(move(2, 3)).toBe(0);
    expect(slots.map((slot) => [slot.param, slot.since])).toEqual([[weight, 3]]);
    disposeSlots(slots);
  });

  it("adds a stage's extra loss to the task's", async () => {
    const plain = (await stepsOn(await makeToy(engine), STAGE, 1))[0] ?? Number.NaN;
    const more =
      (await stepsOn(await makeToy(engine), { ...STAGE, extraLoss: () => scalar(2) }, 1))[0] ?? Number.NaN;
    expect(more - plain).toBeCloseTo(2, 5);
  });

  it("ends as diverged when the loss is no number, keeping the curve so far", async () => {
    const toy = await makeToy(engine);
    const failing = train(toy, { ...STAGE, learningRate: 1e30, optimizer: sgd() });
    const error: unknown = await failing.catch((caught) => caught);
    if (!(error instanceof Divergence)) throw new Error(`expected a divergence, got ${error}`);
    expect(error.reason).toBe("nan-loss");
    expect(error.step).toBeGreaterThan(1);
    expect(toy.run.reporter.curves()[0]?.training.loss.length).toBe((error.step ?? 0) - 1);
    await engine.settle();
  });

  it("takes a loss that stays ten times above its start for an explosion, and one spike for noise", () => {
    const calm = divergenceWatch("s");
    for (let step = 1; step <= 100; step++) calm.check(step, step === 50 ? 100 : 0.5);
    const wild = divergenceWatch("s");
    expect(() => {
      for (let step = 1; step <= 100; step++) wild.check(step, step > 30 ? 12 : 0.5);
    }).toThrow(/loss-explosion/);
  });

  it("measures the memory of a step and leaves weights and state bit-equal", async () => {
    const toy = await makeToy(engine);
    const slots = makeSlots(toy.model, STAGE, 0);
    await trainStage(toy.run, STAGE, toy.model, slots, 4);
    const before = await valuesOf(toy.model);
    const states = await Promise.all(stateTensors(slots).map(async (held) => (await held.data()).slice()));
    const peak = await stagePeak(toy.run, STAGE, toy.model, slots, 4);
    expect(await valuesOf(toy.model)).toEqual(before);
    expect(await Promise.all(stateTensors(slots).map(async (held) => (await held.data()).slice()))).toEqual(
      states,
    );
    if (peak === null) throw new Error("the onnx engine records");
    const weightBytes = 4 * toy.model.params().reduce((sum, param) => sum + param.size, 0);
    expect(peak.parts.weights).toBe(weightBytes);
    expect(peak.parts.optimizerState).toBe(stateBytes(slots));
    expect(stateBytes(slots)).toBe(2 * weightBytes);
    expect(peak.parts.gradients).toBeGreaterThan(0);
    expect(peak.parts.gradients).toBeLessThanOrEqual(weightBytes);
    expect(Object.values(peak.parts).reduce((a, b) => a + b, 0)).toBe(peak.totalBytes);
    disposeSlots(slots);
  });

  it("leaks no tensor over a run of stages", async () => {
    const toy = await makeToy(engine);
    const stages: Stage[] = [
      { ...STAGE, name: "one" },
      { ...STAGE, name: "two", budgetShare: 0.5 },
    ];
    await runStages(toy.run, { stages, declared: DECLARED }, toy.model, () => {});
    const alive = engine.liveTensors();
    await runStages(toy.run, { stages, declared: DECLARED }, toy.model, () => {});
    expect(engine.liveTensors()).toBe(alive);
  });

  it("takes the first of the stages with the largest share for the main one", () => {
    const share = (name: string, budgetShare: number): Stage => ({ ...STAGE, name, budgetShare });
    expect(mainStage([share("a", 0.5), share("b", 1), share("c", 1)])?.name).toBe("b");
  });
});

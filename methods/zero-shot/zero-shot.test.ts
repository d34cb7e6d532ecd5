import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measuredCosts, scoresOf, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { supportOf } from "#harness/method/support.ts";
import { makeTinyClip } from "#tasks/clip/testing/tiny-clip.ts";
import { TextHead } from "#tasks/models/clip-model.ts";
import { method } from "./method.ts";

describe("zero-shot", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains nothing, changes no bit, and has the checkpoint's own scores: 100 times the cosine at most", async () => {
    const toy = await makeTinyClip(engine);
    const [before, base] = [await valuesOf(toy.model), await scoresOf(toy)];
    const made = await setupOn(toy, method);
    const main = await trainOn(toy, made);
    await made.finish?.();
    expect(await valuesOf(toy.model)).toEqual(before);
    expect(await scoresOf(toy)).toEqual(base);
    expect(made.declared.trainable).toBe(0);
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    const head = toy.model.head.module;
    if (!(head instanceof TextHead)) throw new Error("no text head");
    expect(Math.max(...base.map(Math.abs))).toBeLessThanOrEqual(head.scale);
    toy.model.dispose();
  });

  it("refuses a task whose classes have no names, with that as the reason", async () => {
    const { facts } = await makeTinyClip(engine);
    const { zeroShot: _, ...nameless } = facts;
    const refused = supportOf(method, { ...nameless, id: "clip-omniglot-4shot" });
    expect(refused).toMatchObject({ ok: false });
    expect(JSON.stringify(refused)).toMatch(/clip-omniglot-4shot have none/);
    expect(supportOf(method, facts)).toEqual({ ok: true });
  });
});

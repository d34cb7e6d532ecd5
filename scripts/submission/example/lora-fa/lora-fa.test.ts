import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declaredOn, makeToy, setupOn, trainOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { method, trainedNumbers } from "./method.ts";

describe("lora-fa", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains r out numbers a map and the head: half of LoRA's on square maps", async () => {
    // Two blocks of the toy: query 8 x 8 and ffn-in 8 x 12 at rank 2; a head of 18.
    const { trainable } = await declaredOn(engine, method, { rank: "2", targets: "query,ffn-in" });
    expect(trainable).toBe(2 * (trainedNumbers(2, 8) + trainedNumbers(2, 12)) + 18);
    expect(trainedNumbers(8, 512) * 2).toBe(8 * (512 + 512));
  });

  it("leaves A as it was drawn and moves B off zero", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { rank: "2", targets: "query" });
    const factor = (part: string) => toy.model.params().filter(({ name }) => name.endsWith(`.lora.${part}`));
    const drawn = await Promise.all(factor("a").map(async (param) => (await param.read()).slice()));
    await trainOn(toy, made);
    const after = await Promise.all(factor("a").map((param) => param.read()));
    expect(after).toEqual(drawn);
    for (const b of factor("b")) expect((await b.read()).some((value) => value !== 0)).toBe(true);
    await made.finish?.();
    toy.model.dispose();
  });
});

// The small LLaMA against Hugging Face's, and what makes it a language model: no look ahead, sites in their places.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, tensor, variableGrads } from "#harness/engine/tensor.ts";
import { countTraining } from "#harness/measure/parameters.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { Llama, type LlamaForm, type LlamaValues, llamaPlaces } from "./llama.ts";
import { fromScratch, lmBackbones } from "./lm.ts";

/** Made by Hugging Face transformers: scripts/golden/llama.py. */
const golden = JSON.parse(readFileSync(new URL("./llama.golden.json", import.meta.url), "utf8")) as {
  form: Omit<LlamaForm, "tied">;
  cases: { tied: boolean; weights: Record<string, number[]>; ids: number[][]; logits: number[] }[];
};

const stored =
  (weights: Readonly<Record<string, readonly number[]>>): LlamaValues =>
  (name) =>
    Float32Array.from(weights[name] ?? []);

const idsOf = (rows: readonly (readonly number[])[]) =>
  tensor(Int32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0], "int32");

describe("a small LLaMA", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx", {});
  });
  afterAll(async () => engine.dispose());

  const scoresOf = async (model: Llama, rows: readonly (readonly number[])[]) => {
    const scores = model.forward({ ids: idsOf(rows) }, EVALUATION);
    await engine.settle();
    return scores.data<"float32">();
  };
  const made = (tied: boolean) => {
    const found = golden.cases.find((one) => one.tied === tied);
    if (found === undefined) throw new Error("no case");
    return { found, model: new Llama({ ...golden.form, tied }, stored(found.weights)) };
  };

  it.each([[false], [true]])(
    "has the scores of Hugging Face's LLaMA with the same weights, tied head: %s",
    async (tied) => {
      const { found, model } = made(tied);
      const scores = await scoresOf(model, found.ids);
      expect(scores.length).toBe(found.logits.length);
      expect(Math.max(...found.logits.map(Math.abs))).toBeGreaterThan(1);
      for (const [i, logit] of found.logits.entries())
        expect(Math.abs((scores[i] ?? 0) - logit)).toBeLessThan(1e-4);
    },
  );

  it("sees no token after the one it predicts from", async () => {
    const { found, model } = made(false);
    const rows = found.ids.map((row) => row.slice());
    const before = await scoresOf(model, rows);
    const tokens = rows[0]?.length ?? 0;
    for (const row of rows) row[tokens - 1] = ((row[tokens - 1] ?? 0) + 1) % golden.form.vocabulary;
    const after = await scoresOf(model, rows);
    const changed = Array.from({ length: 2 * tokens }, (_, t) => {
      const at = t * golden.form.vocabulary;
      return before.slice(at, at + golden.form.vocabulary).some((value, k) => value !== after[at + k]);
    });
    expect(changed).toEqual(changed.map((_, t) => t % tokens === tokens - 1));
  });

  it("has the gradient of a finite difference in a tied table, which two places use", async () => {
    const { found, model } = made(true);
    const targets = () => tensor(Int32Array.from(found.ids.flat().reverse()), [22], "int32");
    const loss = () =>
      softmaxCrossEntropy(model.forward({ ids: idsOf(found.ids) }, EVALUATION), targets()) as Scalar;
    const table = model.params().find(({ name }) => name === "embedding.weight");
    if (table === undefined) throw new Error("no table");
    const { grads } = variableGrads(loss, [table.variable]);
    await engine.settle();
    const gradient = await grads[table.variable.name]?.data<"float32">();
    const values = (await table.read()).slice();
    for (const at of [3, 40, 200]) {
      const around: number[] = [];
      for (const step of [0.005, -0.005]) {
        const moved = values.slice();
        moved[at] = (moved[at] ?? 0) + step;
        table.load(moved);
        const value = loss();
        await engine.settle();
        around.push((await value.data())[0] ?? Number.NaN);
      }
      const [above = 0, below = 0] = around;
      expect(gradient?.[at]).toBeCloseTo((above - below) / 0.01, 3);
    }
    table.load(values);
  });

  it("has a linear site at each place, in order, and counts every weight once", () => {
    for (const tied of [false, true]) {
      const form = { ...golden.form, tied };
      const model = new Llama(form, fromScratch(form, stream(1, "init")));
      const places = model.sites.flatMap((site) =>
        site.kind === "linear"
          ? [{ kind: site.kind, path: site.path, role: site.role, block: site.block }]
          : [],
      );
      expect(places).toEqual(llamaPlaces(form));
      const { vocabulary: v, width: d, layers, ffnWidth: f } = form;
      const body = v * d + layers * (4 * d * d + 3 * d * f + 2 * d) + d;
      expect(countTraining(model)).toEqual({
        all: body + (tied ? 0 : v * d),
        trainable: body + (tied ? 0 : v * d),
        trainableWithoutHead: body - (tied ? v * d : 0),
      });
      // Maps and head for each of 11 tokens; scores and mixing of 11 by 11 in each layer.
      expect(model.multiplyAdds({ tokens: 11 })).toBe(
        11 * (layers * (4 * d * d + 3 * d * f) + v * d) + layers * 2 * 11 * 11 * d,
      );
      model.dispose();
    }
  });

  it("has 0.8 M weights in the size for minutes of training, and refuses a size that is not there", () => {
    const model = lmBackbones.model("llama-d128-l4", { vocabulary: 256, init: stream(1, "init") });
    expect(countTraining(model).all).toBe(256 * 128 + 4 * (4 * 128 ** 2 + 3 * 128 * 344 + 2 * 128) + 128);
    model.dispose();
    expect(() => lmBackbones.places("llama-7b")).toThrow(/llama-d128-l4/);
  });
});

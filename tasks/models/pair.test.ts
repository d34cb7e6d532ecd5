// The sentence encoder on pairs: what the head sees, against the same encoder on single texts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, type Tensor, tensor, variableGrads } from "#harness/engine/tensor.ts";
import { meanSquaredError } from "#harness/nn/losses.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import type { HostBatch } from "#harness/task/contract.ts";
import { TokenSplit } from "#tasks/encoding/token-split.ts";
import { SENTENCE_ENCODER_PLACES, SentenceEncoder } from "./sentence-encoder.ts";
import { readUseLiteWeights } from "./use-lite.ts";

/** Two pairs of texts of unequal lengths, as token ids. */
const PAIRS = [
  [
    [1755, 11, 746, 221, 78],
    [16, 275, 11],
  ],
  [[2682], [1216, 105, 976, 209, 1133, 30, 6, 5072, 24]],
] as const;
const WIDTH = 512;

describe("the sentence encoder on pairs", () => {
  let engine: Engine;
  let pairs: SentenceEncoder;
  let singles: SentenceEncoder;
  beforeAll(async () => {
    engine = await openEngine("onnx", {});
    const weights = await readUseLiteWeights();
    pairs = new SentenceEncoder({ weights, texts: 2, outputs: 1, init: stream(0, "init") });
    singles = new SentenceEncoder({ weights, texts: 1, outputs: 1, init: stream(0, "init") });
  });
  afterAll(async () => {
    pairs.dispose();
    singles.dispose();
    await engine.dispose();
  });

  const read = async (value: Tensor) => {
    await engine.settle();
    return [...(await value.data())];
  };
  const upload = ({ inputs }: HostBatch) =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        tensor(data, [...shape], name === "ids" ? "int32" : "float32"),
      ]),
    );
  const pairBatch = () => {
    const split = new TokenSplit({ tokens: PAIRS, targets: Float32Array.of(0.2, 0.9) });
    return split.batch({ items: Int32Array.of(0, 1), length: 12 });
  };
  const vector = (ids: readonly number[]) => {
    const batch = new TokenSplit({ tokens: [[ids]], targets: Int32Array.of(0) }).item(0);
    return read(singles.features(upload(batch), EVALUATION));
  };

  it("gives the head u, v, |u - v| and u v of the vectors that each text has alone", async () => {
    const batch = pairBatch();
    expect(batch.inputs.ids?.shape).toEqual([2, 2, 12]);
    const features = await read(pairs.features(upload(batch), EVALUATION));
    for (const [row, [first, second]] of PAIRS.entries()) {
      const u = await vector(first);
      const v = await vector(second);
      const expected = [
        ...u,
        ...v,
        ...u.map((x, i) => Math.abs(x - (v[i] ?? 0))),
        ...u.map((x, i) => x * (v[i] ?? 0)),
      ];
      const own = features.slice(row * 4 * WIDTH, (row + 1) * 4 * WIDTH);
      expect(Math.max(...own.map((x, i) => Math.abs(x - (expected[i] ?? Number.NaN))))).toBeLessThan(1e-5);
    }
  });

  it("runs every linear site once for both texts of all pairs, in the order of its places", async () => {
    const seen: [string, number][] = [];
    const observe = (path: string, input: Tensor) => void seen.push([path, input.shape[0] ?? 0]);
    await read(pairs.forward(upload(pairBatch()), { training: false, observe }));
    expect(seen.map(([path]) => path).sort()).toEqual(SENTENCE_ENCODER_PLACES.map(({ path }) => path).sort());
    const rows = new Map(seen);
    // 2 pairs x 2 texts x 12 tokens; the pooler sees texts, the head pairs.
    expect([rows.get("layer.1.ffn.in"), rows.get("pooler"), rows.get("head")]).toEqual([48, 4, 2]);
    expect([pairs.head.module.inFeatures, pairs.head.module.outFeatures]).toEqual([4 * WIDTH, 1]);
  });

  it("counts multiply-adds of both texts and of the wide head once", () => {
    const one = singles.multiplyAdds({ tokens: 10 }) - WIDTH;
    expect(pairs.multiplyAdds({ tokens: 10 })).toBe(2 * one + 4 * WIDTH);
  });

  it("has the gradient of a central difference of its loss, through both texts", async () => {
    const batch = pairBatch();
    const loss = () =>
      meanSquaredError(pairs.forward(upload(batch), EVALUATION), tensor(batch.targets.data, [2])) as Scalar;
    const bias = pairs.params().find(({ name }) => name === "pooler.bias");
    if (bias === undefined) throw new Error("no pooler bias");
    const gradient = variableGrads(loss, [bias.variable]).grads[bias.variable.name];
    if (gradient === undefined) throw new Error("no gradient");
    const slopes = await read(gradient);
    const start = await read(bias.variable);
    // Along the gradient itself, where the loss moves most and float32 loses least.
    const norm = Math.hypot(...slopes);
    const at = async (step: number) => {
      bias.variable.assign(tensor(start.map((x, i) => x + (step * (slopes[i] ?? 0)) / norm)));
      return (await read(loss()))[0] ?? Number.NaN;
    };
    const step = 0.02;
    const difference = ((await at(step)) - (await at(-step))) / (2 * step);
    bias.variable.assign(tensor(start));
    expect(difference / norm).toBeGreaterThan(0.98);
    expect(difference / norm).toBeLessThan(1.02);
  });
});

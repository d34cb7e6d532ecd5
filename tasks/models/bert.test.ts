// BERT and RoBERTa against Hugging Face's own forward pass and gradients, and the layouts that checkpoints come in.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseSafetensors, type SafetensorsTensor, writeSafetensors } from "#harness/data/safetensors.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, type Tensor, tensor, variableGrads } from "#harness/engine/tensor.ts";
import { Linear } from "#harness/nn/linear.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { BertClassifier, bertPlaces } from "./bert.ts";
import { type BertShape, parseBertCheckpoint } from "./bert-checkpoint.ts";

interface Golden {
  rows: [ids: number[], second: number][];
  length: number;
  labels: number[];
  head: { weight: number[]; bias: number[] };
  states: number[];
  pooled: number[];
  scores: number[];
  loss: number;
  gradients: Record<string, number[]>;
}

/** Made by Hugging Face transformers: scripts/golden/bert-models.py. */
const golden = JSON.parse(readFileSync(new URL("./bert.golden.json", import.meta.url), "utf8")) as Record<
  "bert" | "roberta",
  Golden
>;
const SHARED = { vocabulary: 50, width: 32, ffnWidth: 48, blocks: 2, heads: 4, pooler: "stored" } as const;
const SHAPES: Record<"bert" | "roberta", BertShape> = {
  bert: { ...SHARED, positions: 16, firstPosition: 0, types: 2, epsilon: 1e-12 },
  roberta: { ...SHARED, positions: 18, firstPosition: 2, types: 1, epsilon: 1e-5 },
};
const OUTPUTS = 3;

const fileOf = (name: string) => fileURLToPath(new URL(`./${name}.golden.safetensors`, import.meta.url));
const bytesOf = (name: string) => new Uint8Array(readFileSync(fileOf(name)));
const weightsOf = (name: "bert" | "roberta") =>
  parseBertCheckpoint(bytesOf(name), fileOf(name), SHAPES[name]);

const gap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? Number.NaN))), 0);
};

/** Rows padded to `length`; padding has the id and the type of a token elsewhere. */
function inputsOf(rows: Golden["rows"], length: number) {
  const shape: [number, number] = [rows.length, length];
  const ids = new Int32Array(rows.length * length).fill(9);
  const mask = new Float32Array(rows.length * length);
  const types = new Int32Array(rows.length * length).fill(1);
  for (const [row, [tokens, second]] of rows.entries()) {
    ids.set(tokens, row * length);
    mask.fill(1, row * length, row * length + tokens.length);
    types.fill(0, row * length, row * length + second);
  }
  return {
    ids: tensor(ids, shape, "int32"),
    mask: tensor(mask, shape),
    types: tensor(types, shape, "int32"),
  };
}

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine("onnx");
});
afterAll(async () => engine.dispose());
const read = async (value: Tensor) => {
  await engine.settle();
  return Array.from(await value.data());
};

describe.each(["bert", "roberta"] as const)("%s from a checkpoint of Hugging Face's layout", (name) => {
  const wanted = golden[name];
  const shape = SHAPES[name];
  let model: BertClassifier;
  beforeAll(() => {
    model = new BertClassifier({
      weights: weightsOf(name),
      shape,
      outputs: OUTPUTS,
      init: stream(0, "init"),
    });
    if (!(model.head.module instanceof Linear)) throw new Error("no linear head");
    model.head.module.weight.load(Float32Array.from(wanted.head.weight));
    model.head.module.bias?.load(Float32Array.from(wanted.head.bias));
  });
  afterAll(() => model.dispose());

  it("makes the library's states, pooled vectors and scores of texts and pairs in one padded batch, to 1e-4", async () => {
    const inputs = inputsOf(wanted.rows, wanted.length);
    const states = await read(model.states(inputs, EVALUATION));
    const kept = wanted.rows.flatMap(([ids], row) => {
      const from = row * wanted.length * shape.width;
      return states.slice(from, from + ids.length * shape.width);
    });
    expect(gap(kept, wanted.states)).toBeLessThan(1e-4);
    expect(gap(await read(model.features(inputs, EVALUATION)), wanted.pooled)).toBeLessThan(1e-4);
    expect(gap(await read(model.forward(inputs, EVALUATION)), wanted.scores)).toBeLessThan(1e-4);
  });

  it("scores each row alike alone and padded further", async () => {
    for (const [row, one] of wanted.rows.entries()) {
      const own = wanted.scores.slice(row * OUTPUTS, (row + 1) * OUTPUTS);
      const { length } = one[0];
      expect(gap(await read(model.forward(inputsOf([one], length), EVALUATION)), own)).toBeLessThan(1e-4);
      expect(gap(await read(model.forward(inputsOf([one], 15), EVALUATION)), own)).toBeLessThan(1e-4);
    }
  });

  it("has the library's loss and gradients", async () => {
    const watched = Object.keys(wanted.gradients).map((each) => {
      const param = model.params().find((known) => known.name === each);
      if (param === undefined) throw new Error(`no ${each}`);
      return param;
    });
    const inputs = inputsOf(wanted.rows, wanted.length);
    const labels = tensor(wanted.labels, [wanted.labels.length], "int32");
    const { value, grads } = variableGrads(
      () => softmaxCrossEntropy(model.forward(inputs, EVALUATION), labels) as Scalar,
      watched.map(({ variable }) => variable),
    );
    await engine.settle();
    expect((await value.data())[0]).toBeCloseTo(wanted.loss, 4);
    for (const param of watched) {
      const theirs = wanted.gradients[param.name] ?? [];
      const ours = await grads[param.variable.name]?.data();
      expect(gap(ours ?? [], theirs), param.name).toBeLessThan(1e-4 * Math.max(...theirs.map(Math.abs)));
    }
  });

  it("has its linear sites where the places say, and every parameter once", () => {
    const linear = model.sites.filter((site) => site.kind === "linear");
    expect(linear.map(({ kind, path, role, block }) => ({ kind, path, role, block }))).toEqual(
      bertPlaces(shape),
    );
    const names = model.params().map((param) => param.name);
    expect(new Set(names).size).toBe(names.length);
    const stored = [...parseSafetensors(bytesOf(name), name).tensors.values()];
    const numbers = stored.reduce((total, { data }) => total + data.length, 0);
    const headNumbers = (shape.width + 1) * OUTPUTS;
    expect(model.params().reduce((total, { size }) => total + size, 0)).toBe(numbers + headNumbers);
  });
});

describe("checkpoints of the family", () => {
  const tensors = () => [...parseSafetensors(bytesOf("bert"), "bert").tensors];
  const parse = (list: readonly (readonly [string, SafetensorsTensor])[]) =>
    parseBertCheckpoint(writeSafetensors(list), "c.safetensors", SHAPES.bert);
  const extra = (dtype: "F32" | "I64", count: number): SafetensorsTensor => ({
    dtype,
    shape: [1, count],
    data: dtype === "F32" ? new Float32Array(count) : new BigInt64Array(count),
  });

  it("gives the same weights from names of the first release, with its heads and stored positions", () => {
    const old = tensors().map(([name, each]): [string, SafetensorsTensor] => [
      `bert.${name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")}`,
      each,
    ]);
    expect(old.filter(([name]) => name.endsWith("gamma"))).toHaveLength(5);
    const more: [string, SafetensorsTensor][] = [
      ["cls.predictions.bias", extra("F32", 50)],
      ["cls.seq_relationship.weight", extra("F32", 2)],
      ["bert.embeddings.position_ids", extra("I64", 16)],
    ];
    expect(parse([...old, ...more])).toEqual(weightsOf("bert"));
  });

  it("a pooler that is drawn anew may be missing, is no other stream's, and the rest is the checkpoint's", async () => {
    const shape: BertShape = { ...SHAPES.bert, pooler: "fresh" };
    const without = tensors().filter(([name]) => !name.startsWith("pooler."));
    const weights = parseBertCheckpoint(writeSafetensors(without), "c.safetensors", shape);
    expect(parseBertCheckpoint(bytesOf("bert"), "c.safetensors", shape)).toEqual(weights);
    const made = [1, 1, 2].map(
      (seed) => new BertClassifier({ weights, shape, outputs: OUTPUTS, init: stream(seed, "init") }),
    );
    const [one, same, other] = await Promise.all(
      made.map(async (model) => {
        const pooler = model.params().find(({ name }) => name === "pooler.weight");
        return Array.from((await pooler?.read()) ?? []);
      }),
    );
    expect(one).toHaveLength(32 * 32);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
    for (const model of made) model.dispose();
  });

  it("refuses one that lacks a tensor, holds another, one twice, one of another shape or type, by the tensor's name", () => {
    const key = "encoder.layer.1.attention.self.key.weight";
    expect(() => parse(tensors().filter(([name]) => name !== key))).toThrow(
      /c\.safetensors[\s\S]*encoder\.layer\.1\.attention\.self\.key\.weight/,
    );
    expect(() => parse([...tensors(), ["classifier.weight", extra("F32", 3)]])).toThrow(/classifier\.weight/);
    const twice = tensors().filter(([name]) => name === key);
    expect(() =>
      parse([
        ...tensors(),
        ...twice.map(([name, each]): [string, SafetensorsTensor] => [`bert.${name}`, each]),
      ]),
    ).toThrow(/two names[\s\S]*encoder\.layer\.1/);
    const swapped = (to: SafetensorsTensor) =>
      tensors().map(([name, each]): [string, SafetensorsTensor] => [name, name === key ? to : each]);
    expect(() => parse(swapped(extra("F32", 32)))).toThrow(/self\.key\.weight \[1, 32\][\s\S]*\[32, 32\]/);
    expect(() => parse(swapped(extra("I64", 32)))).toThrow(/no floats[\s\S]*self\.key\.weight/);
    expect(() =>
      parseBertCheckpoint(bytesOf("bert"), "c.safetensors", { ...SHAPES.bert, blocks: 1 }),
    ).toThrow(/encoder\.layer\.1/);
    expect(() => parseBertCheckpoint(bytesOf("roberta"), "c.safetensors", SHAPES.bert)).toThrow(
      /\[1, 32\]|\[18, 32\]/,
    );
  });
});

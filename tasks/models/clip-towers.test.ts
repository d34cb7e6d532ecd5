import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseSafetensors, writeSafetensors } from "#harness/data/safetensors.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, tensor, variableGrads } from "#harness/engine/tensor.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import type { LinearSite } from "#harness/nn/site.ts";
import { parseClipCheckpoint } from "./clip-checkpoint.ts";
import { ClipModel, TextHead } from "./clip-model.ts";
import { ClipImage, type ClipShape, ClipText, clipPlaces } from "./clip-towers.ts";

/** Made by Hugging Face transformers: scripts/golden/clip-model.py. */
const golden = JSON.parse(readFileSync(new URL("./clip.golden.json", import.meta.url), "utf8")) as {
  texts: number[][];
  pixels: number[];
  labels: number[];
  imageFeatures: number[];
  textFeatures: number[];
  scores: number[];
  scale: number;
  loss: number;
  gradients: Record<string, number[]>;
};
const file = fileURLToPath(new URL("./clip.golden.safetensors", import.meta.url));
const bytes = () => new Uint8Array(readFileSync(file));
const SHAPE: ClipShape = {
  pixels: 12,
  patch: 4,
  image: { blocks: 2, heads: 3 },
  text: { blocks: 2, heads: 2 },
};

const gap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? Number.NaN))), 0);
};

describe("CLIP from a checkpoint of Hugging Face's layout", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  const make = () => {
    const { weights, scale } = parseClipCheckpoint(bytes(), file, SHAPE);
    const text = new ClipText(weights, SHAPE, golden.texts);
    return { scale, text, model: new ClipModel(new ClipImage(weights, SHAPE), { text, scale }) };
  };
  const pixels = () => tensor(golden.pixels, [3, 12, 12, 3]);

  it("makes the features and the scores of the library's own forward pass, to 1e-4", async () => {
    const { model, scale } = make();
    expect(scale).toBeCloseTo(golden.scale, 4);
    const inputs = { pixels: pixels() };
    const features = model.features(inputs, EVALUATION);
    const head = model.head.module;
    if (!(head instanceof TextHead)) throw new Error("no text head");
    const texts = head.texts(EVALUATION);
    const scores = model.forward(inputs, EVALUATION);
    await engine.settle();
    // Ours come times the root of the width, 8.
    const unit = Array.from(await features.data(), (x) => x / Math.sqrt(8));
    expect(gap(unit, golden.imageFeatures)).toBeLessThan(1e-5);
    expect(gap(await texts.data(), golden.textFeatures)).toBeLessThan(1e-5);
    expect(gap(await scores.data(), golden.scores)).toBeLessThan(1e-4);
    model.dispose();
  });

  it("has the library's loss and gradients, through both towers", async () => {
    const { model } = make();
    const watched = Object.keys(golden.gradients).map((name) => {
      const param = model.params().find((each) => each.name === name);
      if (param === undefined) throw new Error(`no ${name}`);
      return param;
    });
    const labels = tensor(golden.labels, [3], "int32");
    const { value, grads } = variableGrads(
      () => softmaxCrossEntropy(model.forward({ pixels: pixels() }, EVALUATION), labels) as Scalar,
      watched.map((param) => param.variable),
    );
    await engine.settle();
    expect((await value.data())[0]).toBeCloseTo(golden.loss, 4);
    for (const param of watched) {
      const wanted = golden.gradients[param.name] ?? [];
      const found = await grads[param.variable.name]?.data();
      const largest = Math.max(...wanted.map(Math.abs));
      expect(gap(found ?? [], wanted), param.name).toBeLessThan(1e-4 * largest);
    }
    model.dispose();
  });

  it("computes the text vectors once while held, with the same scores, and anew afterwards", async () => {
    const { model, text } = make();
    let encoded = 0;
    const encode = text.encode.bind(text);
    text.encode = (pass) => {
      encoded++;
      return encode(pass);
    };
    const release = model.hold();
    const first = model.forward({ pixels: pixels() }, EVALUATION);
    const second = model.forward({ pixels: pixels() }, EVALUATION);
    await engine.settle();
    expect(encoded).toBe(1);
    expect(gap(await first.data(), golden.scores)).toBeLessThan(1e-4);
    expect(await second.data()).toEqual(await first.data());
    release();
    model.forward({ pixels: pixels() }, EVALUATION);
    expect(encoded).toBe(2);
    await engine.settle();
    model.dispose();
  });

  it("has its linear sites where the places say, the text tower's blocks counted on from the image tower's", () => {
    const { model } = make();
    const linear = model.sites.filter((site): site is LinearSite => site.kind === "linear");
    const { image, text } = clipPlaces(SHAPE);
    expect(linear.map(({ path, role, block }) => ({ kind: "linear", path, role, block }))).toEqual([
      ...image,
      ...text,
      { kind: "linear", path: "head", role: "head", block: null },
    ]);
    expect(linear.map(({ block }) => block).filter((block) => block !== null)).toEqual(
      [0, 1, 2, 3].flatMap((block) => new Array<number>(6).fill(block)),
    );
    model.dispose();
  });

  it("a fresh head takes the text tower's place: its parameters leave the model", () => {
    const { model } = make();
    const before = model.params().length;
    model.freshHead({
      uniform: () => 0.5,
      normal: () => 0,
      integer: () => 0,
      permutation: () => new Int32Array(),
    });
    const names = model.params().map(({ name }) => name);
    expect(names.length).toBeLessThan(before);
    expect(names.filter((name) => name.startsWith("text."))).toEqual([]);
    expect(names.filter((name) => name.startsWith("head."))).toEqual(["head.weight", "head.bias"]);
    model.dispose();
  });

  it("refuses a checkpoint that lacks a tensor, holds another one, or is of another shape, by the tensor's name", () => {
    const { tensors } = parseSafetensors(bytes(), file);
    const without = [...tensors].filter(([name]) => name !== "visual_projection.weight");
    expect(() => parseClipCheckpoint(writeSafetensors(without), "c.safetensors", SHAPE)).toThrow(
      /c\.safetensors[\s\S]*visual_projection\.weight/,
    );
    const more = [
      ...tensors,
      ["extra.weight", { dtype: "F32", shape: [1], data: new Float32Array(1) }] as const,
    ];
    expect(() => parseClipCheckpoint(writeSafetensors(more), "c.safetensors", SHAPE)).toThrow(
      /extra\.weight/,
    );
    const deeper = { ...SHAPE, text: { blocks: 3, heads: 2 } };
    expect(() => parseClipCheckpoint(bytes(), file, deeper)).toThrow(/text_model\.encoder\.layers\.2/);
    const wider = { ...SHAPE, patch: 6 };
    expect(() => parseClipCheckpoint(bytes(), file, wider)).toThrow(/patch_embedding/);
  });
});

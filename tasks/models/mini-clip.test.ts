import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, slice, sum, tensor, variableGrads } from "#harness/engine/tensor.ts";
import { normal } from "#harness/nn/init.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import type { LinearSite } from "#harness/nn/site.ts";
import { stream } from "#harness/random/stream.ts";
import { clipBackbone, MINI_CLIP_SHA256 } from "./clip.ts";
import { ClipModel, TextHead } from "./clip-model.ts";
import { freshMiniClip, MINI_CLIP, MiniClipImage, MiniClipText } from "./mini-clip.ts";
import { sentenceVectors } from "./sentence-vectors.ts";
import { readShippedWeights } from "./shipped-weights.ts";

const TEXTS = ["an emoji of heart", "an emoji of mammal", "an emoji of clothing"];

describe("mini-CLIP", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  const pixels = (count: number) =>
    tensor(normal(count * 64 * 64 * 3, 0.5, stream(1, "pixels")), [count, 64, 64, 3]);

  it("ships 2.3 MB in float16, with the checksum that its log names", () => {
    const file = new URL("./mini-clip.safetensors", import.meta.url);
    expect(statSync(file).size).toBeLessThan(2.4e6);
    expect(createHash("sha256").update(readFileSync(file)).digest("hex")).toBe(MINI_CLIP_SHA256);
    const log = readFileSync(new URL("./mini-clip.log.txt", import.meta.url), "utf8");
    expect(log).toContain(MINI_CLIP_SHA256);
  });

  it("refuses weights that are not the committed ones", async () => {
    await expect(readShippedWeights("mini-clip.safetensors", "0".repeat(64))).rejects.toThrow(
      /mini-clip\.safetensors[\s\S]*sha256/,
    );
  });

  it("has its sites where the places say, and the parameters of its parts by hand", async () => {
    const model = await clipBackbone("mini-clip").model({
      texts: TEXTS,
      outputs: 3,
      init: stream(1, "init"),
    });
    const linear = model.sites.filter((site): site is LinearSite => site.kind === "linear");
    expect(linear.map(({ path, role, block, kind }) => ({ kind, path, role, block }))).toEqual(
      clipBackbone("mini-clip").places(true),
    );
    const d = MINI_CLIP.width;
    const convs = 4 * 4 * 3 * 48 + 9 * 48 * 96 + 9 * 96 * 128 + 3 * (48 + 96 + 128);
    const block = 4 * (d * d + d) + 2 * d * 512 + 512 + d + 4 * d;
    const image = convs + 16 * d + 4 * block + 2 * d + d * d + d;
    const text = 512 * 256 + 256 + 256 * 128 + 128;
    expect(model.params().reduce((total, param) => total + param.size, 0)).toBe(image + text);
    model.dispose();
  });

  it("without class texts has a head that trains and no text tower", async () => {
    const model = await clipBackbone("mini-clip").model({
      texts: null,
      outputs: 50,
      init: stream(1, "init"),
    });
    expect(model.head.module.params().map(({ shape }) => shape)).toEqual([[128, 50], [50]]);
    expect(model.sites.some(({ path }) => path.startsWith("text."))).toBe(false);
    const places = clipBackbone("mini-clip")
      .places(false)
      .map(({ path }) => path);
    expect(model.sites.flatMap((site) => (site.kind === "linear" ? [site.path] : []))).toEqual(places);
    model.dispose();
  });

  it("scores pictures by scaled cosines with its texts, all of unit length and none above the factor", async () => {
    const model = await clipBackbone("mini-clip").model({
      texts: TEXTS,
      outputs: 3,
      init: stream(1, "init"),
    });
    const head = model.head.module;
    if (!(head instanceof TextHead)) throw new Error("no text head");
    const inputs = { pixels: pixels(2) };
    const [features, texts, scores] = [
      model.features(inputs, EVALUATION),
      head.texts(EVALUATION),
      model.forward(inputs, EVALUATION),
    ];
    await engine.settle();
    const [f, t, s] = [await features.data(), await texts.data(), await scores.data()];
    for (let picture = 0; picture < 2; picture++) {
      const own = [...f.slice(128 * picture, 128 * picture + 128)];
      for (let label = 0; label < 3; label++) {
        const text = [...t.slice(128 * label, 128 * label + 128)];
        expect(Math.hypot(...text)).toBeCloseTo(1, 5);
        const cosine = own.reduce((dot, x, at) => dot + x * (text[at] ?? 0), 0) / Math.hypot(...own);
        expect(s[3 * picture + label]).toBeCloseTo(head.scale * cosine, 3);
      }
    }
    model.dispose();
  });

  it("has gradients through every map of both towers that are finite differences of the loss", async () => {
    const weights = freshMiniClip(stream(2, "w"));
    const vectors = normal(3 * 512, 0.6, stream(3, "v"));
    const text = new MiniClipText(weights, vectors);
    const model = new ClipModel(new MiniClipImage(weights), { text, scale: 5 });
    const input = pixels(1);
    const lossOf = () => sum(slice(model.forward({ pixels: input }, EVALUATION), [0, 0], [1, 1])) as Scalar;
    for (const path of [
      "image.patch",
      "image.conv.1",
      "image.layer.2.ffn.in",
      "image.projection",
      "text.in",
    ]) {
      const site = model.sites.find((each) => each.path === path);
      const param = site?.module.params()[0];
      if (param === undefined) throw new Error(`no ${path}`);
      const { grads, value } = variableGrads(lossOf, [param.variable]);
      await engine.settle();
      value.dispose();
      const gradient = await grads[param.variable.name]?.data();
      const before = (await param.read()).slice();
      // Along the gradient itself: the largest change, so the least rounding.
      const length = Math.sqrt(Array.from(gradient ?? []).reduce((total, x) => total + x * x, 0));
      const step = 3e-3;
      const at = async (sign: number) => {
        param.load(before.map((x, i) => x + (sign * step * (gradient?.[i] ?? 0)) / length));
        const loss = lossOf();
        await engine.settle();
        return (await loss.data())[0] ?? Number.NaN;
      };
      const slope = ((await at(1)) - (await at(-1))) / (2 * step);
      param.load(before);
      expect(Math.abs(slope / length - 1), path).toBeLessThan(2e-2);
    }
    model.dispose();
  });

  it("reads texts by the frozen sentence encoder: the same vector alone and among others", async () => {
    const [all, one] = [await sentenceVectors(TEXTS), await sentenceVectors(TEXTS.slice(1, 2))];
    expect(all.length).toBe(3 * 512);
    const gap = Math.max(...one.map((x, at) => Math.abs(x - (all[512 + at] ?? 0))));
    expect(gap).toBeLessThan(1e-5);
    expect(all.every((x) => Math.abs(x) <= 1)).toBe(true);
  });
});

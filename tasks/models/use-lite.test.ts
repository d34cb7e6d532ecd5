import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { tensor2d } from "#harness/engine/tensor.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { loadState, saveState } from "#harness/nn/state.ts";
import { stream } from "#harness/random/stream.ts";
import { TokenSplit } from "#tasks/encoding/token-split.ts";
import { SENTENCE_ENCODER_PLACES, SentenceEncoder } from "./sentence-encoder.ts";
import { readUseLiteTokenizer, readUseLiteWeights } from "./use-lite.ts";

interface Golden {
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly shape: readonly [number, number];
  readonly embeddings: string;
}

describe("Universal Sentence Encoder Lite", () => {
  let engine: Engine;
  let golden: Golden;
  let model: SentenceEncoder;
  beforeAll(async () => {
    engine = await openEngine("onnx", {});
    golden = JSON.parse(await readFile(new URL("./use-lite.golden.json", import.meta.url), "utf8")) as Golden;
    model = new SentenceEncoder({
      weights: await readUseLiteWeights(),
      texts: 1,
      outputs: 2,
      init: stream(0, "init"),
    });
  });
  afterAll(async () => {
    model.dispose();
    await engine.dispose();
  });

  /** Unit-length features, [texts, 512], of all golden texts in padded batches of their own length. */
  async function embed(): Promise<Float32Array> {
    const tokenizer = await readUseLiteTokenizer();
    const tokens = golden.texts.map((text) => tokenizer.encode(text));
    const split = new TokenSplit({
      tokens: tokens.map((ids) => [ids]),
      targets: new Int32Array(tokens.length),
    });
    const out = new Float32Array(tokens.length * 512);
    for (const batch of split.batches(8)) {
      const { ids, mask } = batch.inputs;
      if (ids === undefined || mask === undefined) throw new Error("no inputs");
      const shape = [ids.shape[0] ?? 0, ids.shape[1] ?? 0] as [number, number];
      const features = model.features(
        { ids: tensor2d(ids.data, shape, "int32"), mask: tensor2d(mask.data, shape) },
        EVALUATION,
      );
      await engine.settle();
      const rows = await features.data<"float32">();
      for (const [row, item] of batch.items.entries()) {
        const feature = rows.subarray(row * 512, (row + 1) * 512);
        const norm = Math.sqrt(feature.reduce((sum, x) => sum + x * x, 0));
        out.set(
          feature.map((x) => x / Math.max(norm, 1e-6)),
          item * 512,
        );
      }
      features.dispose();
    }
    return out;
  }

  it("tokenises 30 varied texts as the reference tokenizer does", async () => {
    const tokenizer = await readUseLiteTokenizer();
    expect(golden.texts.length).toBe(30);
    for (const [i, text] of golden.texts.entries())
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(golden.ids[i]);
  });

  it("embeds them as the package's own graph model does, within 1e-4", async () => {
    const bytes = Buffer.from(golden.embeddings, "base64");
    const expected = new Float32Array(new Uint8Array(bytes).buffer);
    const embedded = await embed();
    const worst = golden.texts.map((_, i) =>
      embedded
        .subarray(i * 512, (i + 1) * 512)
        .reduce((most, x, j) => Math.max(most, Math.abs(x - (expected[i * 512 + j] ?? Number.NaN))), 0),
    );
    for (const [i, difference] of worst.entries())
      expect(difference, JSON.stringify(golden.texts[i])).toBeLessThan(1e-4);
  });

  it("has 6,975,744 pre-trained numbers in 37 tensors, and a head", () => {
    const params = model.params().filter((param) => !param.name.startsWith("head"));
    expect(params.length).toBe(37);
    expect(params.reduce((sum, param) => sum + param.size, 0)).toBe(6_975_744);
    expect(model.head.module.outFeatures).toBe(2);
  });

  it("has its linear sites at the places that are known before it is built, in that order", () => {
    const built = model.sites
      .filter((site) => site.kind === "linear")
      .map(({ path, role, block }) => ({ kind: "linear", path, role, block }));
    expect(built).toEqual(SENTENCE_ENCODER_PLACES);
  });

  it("has an attention site in each block, whose module may be exchanged: values unmixed give another vector", async () => {
    const [site, ...others] = model.sites.filter((each) => each.kind === "attention");
    expect([site?.path, ...others.map((other) => other.path)]).toEqual([
      "layer.0.attention",
      "layer.1.attention",
    ]);
    if (site === undefined) throw new Error("no attention site");
    const inputs = { ids: tensor2d([[16, 275, 11]], [1, 3], "int32"), mask: tensor2d([[1, 1, 1]]) };
    const features = async () => [...(await model.features(inputs, EVALUATION).data())];
    const whole = site.module;
    const before = await features();
    site.module = {
      width: whole.width,
      params: () => [],
      apply: ({ value }) => value,
      multiplyAdds: () => 0,
    };
    const unmixed = await features();
    const saved = model.multiplyAdds({ tokens: 3 });
    site.module = whole;
    expect(unmixed).not.toEqual(before);
    expect(await features()).toEqual(before);
    expect(model.multiplyAdds({ tokens: 3 }) - saved).toBe(2 * 3 * 3 * 256);
  });

  it("saves its state to safetensors and loads it back bit for bit", async () => {
    const bytes = await saveState(model);
    const other = new SentenceEncoder({
      weights: await readUseLiteWeights(),
      texts: 1,
      outputs: 2,
      init: stream(1, "init"),
    });
    // Compared as buffers: the matchers walk 28 MB number by number.
    const same = async () => Buffer.compare(await saveState(other), bytes) === 0;
    expect(await same()).toBe(false);
    loadState(other, bytes, "memory");
    expect(await same()).toBe(true);
    other.dispose();
  });

  it("counts multiply-adds as the sum over its products", () => {
    // T = 10: layer 0 maps 4 * 256^2.. per token, written out: q, k, v 256x256, o 256x512, residual 256x512, ffn 512x1536 twice;
    // layer 1 q, k, v, o 512x512 and the same ffn; attention 2 T^2 d; pooler 512x512 and head 512x2 once.
    const tokens = 10;
    const perToken = 3 * 256 * 256 + 2 * 256 * 512 + 2 * 512 * 1536 + 4 * 512 * 512 + 2 * 512 * 1536;
    const attention = 2 * tokens * tokens * 256 + 2 * tokens * tokens * 512;
    expect(model.multiplyAdds({ tokens })).toBe(tokens * perToken + attention + 512 * 512 + 512 * 2);
  });
});

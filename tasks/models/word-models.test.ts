// The text models from scratch: that places and sites agree, that padding and order of a batch change nothing while the order
// of words does, what they start from, and what they count. Their parts are held to other software in harness/nn.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, square, sum, type Tensor, tensor, variableGrads } from "#harness/engine/tensor.ts";
import type { Model } from "#harness/nn/model.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { BIGRU } from "./gru.ts";
import { SMALL_TRANSFORMER } from "./small-transformer.ts";
import { wordBackbones } from "./word-backbones.ts";

const VOCABULARY = 30;
const OUTPUTS = 3;
const TEXTS = [[4, 9, 1, 7, 22], [3, 3, 8], [11]];

const make = (id: string, seed = 1): Model =>
  wordBackbones.model(id, { vocabulary: VOCABULARY, outputs: OUTPUTS, init: stream(seed, "init") });

/** Inputs of texts padded to `length`; padding has an id that is a word elsewhere. */
function inputsOf(texts: readonly (readonly number[])[], length: number) {
  const ids = new Int32Array(texts.length * length).fill(5);
  const mask = new Float32Array(texts.length * length);
  for (const [b, text] of texts.entries()) {
    ids.set(text, b * length);
    mask.fill(1, b * length, b * length + text.length);
  }
  return { ids: tensor(ids, [texts.length, length], "int32"), mask: tensor(mask, [texts.length, length]) };
}

const gap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0);
};

describe.each(["bigru", "small-transformer"])("%s", (id) => {
  let engine: Engine;
  let model: Model;
  beforeAll(async () => {
    engine = await openEngine("onnx");
    model = make(id);
  });
  afterAll(async () => {
    model.dispose();
    engine.dispose();
  });
  const read = async (x: Tensor) => {
    await engine.settle();
    return (await x.data<"float32">()).slice();
  };
  const scores = (texts: readonly (readonly number[])[], length: number) =>
    read(model.forward(inputsOf(texts, length), EVALUATION));

  it("has its linear places where they were foretold, and every parameter once", () => {
    const linear = model.sites.filter((site) => site.kind === "linear");
    const facts = linear.map(({ kind, path, role, block }) => ({ kind, path, role, block }));
    expect(facts).toEqual(wordBackbones.places(id));
    const names = model.params().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(linear.at(-1)).toBe(model.head);
  });

  it("scores a text alike however far it is padded and whatever stands beside it", async () => {
    const together = await scores(TEXTS, 5);
    expect(gap(await scores(TEXTS, 9), together)).toBeLessThan(2e-6);
    for (const [i, text] of TEXTS.entries()) {
      const alone = await scores([text], text.length);
      expect(gap(alone, together.subarray(i * OUTPUTS, (i + 1) * OUTPUTS))).toBeLessThan(2e-6);
    }
  });

  it("tells the same words in another order apart", async () => {
    const [one = [], other] = [TEXTS[0], [...(TEXTS[0] ?? [])].reverse()];
    expect(gap(await scores([one], 5), await scores([other], 5))).toBeGreaterThan(1e-5);
  });

  it("starts from its stream alone, and every parameter but key biases has a gradient", async () => {
    const same = make(id);
    const next = make(id, 2);
    const of = (from: Model) => read(from.forward(inputsOf(TEXTS, 5), EVALUATION));
    expect(await of(same)).toEqual(await of(model));
    expect(gap(await of(next), await of(model))).toBeGreaterThan(1e-4);
    const { grads } = variableGrads(
      () => sum(square(model.forward(inputsOf(TEXTS, 5), EVALUATION))) as Scalar,
      model.params().map(({ variable }) => variable),
    );
    for (const { name, variable } of model.params()) {
      const gradient = await read(grads[variable.name] as Tensor);
      // A key's bias adds the same to all scores of a query: softmax does not see it.
      if (!name.endsWith("key.bias")) expect(Math.max(...gradient.map(Math.abs)), name).toBeGreaterThan(0);
    }
    same.dispose();
    next.dispose();
  });

  it("drops words' numbers while training and not otherwise", async () => {
    const pass = { training: true, dropout: stream(3, "dropout") };
    const trained = await read(model.forward(inputsOf(TEXTS, 5), pass));
    expect(gap(trained, await scores(TEXTS, 5))).toBeGreaterThan(1e-4);
  });
});

describe("what they hold and compute", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());
  const size = (model: Model) => model.params().reduce((total, param) => total + param.size, 0);

  it("is 2 x 3 h (d + h + 2) numbers in a GRU of both directions, and their products a word", () => {
    const model = make("bigru");
    const { embedding: d, hidden: h } = BIGRU;
    expect(size(model)).toBe(VOCABULARY * d + 2 * 3 * h * (d + h + 2) + (2 * h + 1) * OUTPUTS);
    expect(model.multiplyAdds({ tokens: 10 })).toBe(10 * 2 * 3 * h * (d + h) + 2 * h * OUTPUTS);
    model.dispose();
  });

  it("is 4 d (d + 1) + 2 d f + f + d + 4 d numbers a block of the transformer", () => {
    const model = make("small-transformer");
    const { width: d, ffnWidth: f, blocks, maxTokens } = SMALL_TRANSFORMER;
    const block = 4 * d * (d + 1) + 2 * d * f + f + d + 4 * d;
    expect(size(model)).toBe((VOCABULARY + maxTokens) * d + blocks * block + 2 * d + (d + 1) * OUTPUTS);
    const word = blocks * (4 * d * d + 2 * d * f);
    expect(model.multiplyAdds({ tokens: 10 })).toBe(10 * word + blocks * 2 * 100 * d + d * OUTPUTS);
    model.dispose();
  });

  it("starts a GRU with an orthogonal matrix a gate from state to state, and biases of zero", async () => {
    const model = make("bigru");
    const site = model.sites.find(({ path }) => path === "gru.backward.state");
    const [weight, bias] = site?.module.params() ?? [];
    if (weight === undefined || bias === undefined) throw new Error("no recurrent map");
    const { hidden: h } = BIGRU;
    const values = await weight.read();
    for (let gate = 0; gate < 3; gate++) {
      for (const [i, j] of [
        [0, 0],
        [0, 1],
        [h - 1, 5],
        [h - 1, h - 1],
      ] as const) {
        let dot = 0;
        for (let row = 0; row < h; row++)
          dot += (values[(3 * row + gate) * h + i] ?? 0) * (values[(3 * row + gate) * h + j] ?? 0);
        expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-5);
      }
    }
    expect([...(await bias.read())]).toEqual(new Array(3 * h).fill(0));
    model.dispose();
  });
});

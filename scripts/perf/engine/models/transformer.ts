// A pre-norm transformer encoder with GELU, mean pooling and a classifier, in two sizes.
import {
  add,
  matMul,
  mean,
  mul,
  reshape,
  softmax,
  split,
  type Tensor,
  transpose,
} from "#harness/engine/tensor.ts";
import { gelu } from "#harness/nn/activations.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import { ones, uniform, zeros } from "#harness/nn/init.ts";
import { LayerNorm } from "#harness/nn/layer-norm.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { Param } from "#harness/nn/param.ts";
import type { Stream } from "#harness/random/stream.ts";
import { inputAt, integers, linear, type PerfModel, type PerfSpec } from "./model.ts";

interface Sizes {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly ffn: number;
  readonly vocabulary: number;
}

const BATCH = 32;
const TOKENS = 32;
const CLASSES = 10;
const ROWS = BATCH * TOKENS;

function makeBlock(path: string, { width, heads, ffn }: Sizes, init: Stream) {
  const norm = (name: string) =>
    new LayerNorm(`${path}.${name}`, width, 1e-5, { gain: ones(width), shift: zeros(width) });
  const norm1 = norm("norm1");
  const qkv = linear(`${path}.qkv`, width, 3 * width, init);
  const out = linear(`${path}.out`, width, width, init);
  const norm2 = norm("norm2");
  const up = linear(`${path}.up`, width, ffn, init);
  const down = linear(`${path}.down`, ffn, width, init);
  const perHead = width / heads;
  const toHeads = (x: Tensor) => transpose(reshape(x, [BATCH, TOKENS, heads, perHead]), [0, 2, 1, 3]);
  const apply = (x: Tensor): Tensor => {
    const [q, k, v] = split(qkv.apply(norm1.apply(x)), 3, 1).map(toHeads);
    if (q === undefined || k === undefined || v === undefined) throw new Error("split into three");
    const weights = softmax(mul(matMul(q, k, false, true), perHead ** -0.5));
    const mixed = reshape(transpose(matMul(weights, v), [0, 2, 1, 3]), [ROWS, width]);
    const attended = add(x, out.apply(mixed));
    return add(attended, down.apply(gelu(up.apply(norm2.apply(attended)))));
  };
  return { params: [norm1, qkv, out, norm2, up, down].flatMap((module) => module.params()), apply };
}

function make(sizes: Sizes, init: Stream): PerfModel {
  const { width, layers, vocabulary } = sizes;
  const tokens = new Embedding("tokens", vocabulary, width, uniform(vocabulary * width, 0.1, init));
  const position = new Param("position", [TOKENS, width], uniform(TOKENS * width, 0.1, init), {
    role: "embedding",
  });
  const blocks = Array.from({ length: layers }, (_, l) => makeBlock(`block.${l}`, sizes, init));
  const norm = new LayerNorm("norm", width, 1e-5, { gain: ones(width), shift: zeros(width) });
  const head = linear("head", width, CLASSES, init);
  return {
    params: [
      ...tokens.params(),
      position,
      ...blocks.flatMap((block) => block.params),
      ...norm.params(),
      ...head.params(),
    ],
    batch: (random) => [integers([BATCH, TOKENS], vocabulary, random), integers([BATCH], CLASSES, random)],
    loss(inputs) {
      const embedded = add(tokens.apply(inputAt(inputs, 0)), position.variable);
      let x: Tensor = reshape(embedded, [ROWS, width]);
      for (const block of blocks) x = block.apply(x);
      const pooled = mean(reshape(norm.apply(x), [BATCH, TOKENS, width]), 1);
      return softmaxCrossEntropy(head.apply(pooled), inputAt(inputs, 1));
    },
  };
}

export const transformer: PerfSpec = {
  id: "transformer",
  what: "width 128, 4 layers, 4 heads, FFN 512, GELU, 32 x 32 tokens",
  make: (init) => make({ width: 128, layers: 4, heads: 4, ffn: 512, vocabulary: 2000 }, init),
};

export const transformerLarge: PerfSpec = {
  id: "transformer-7m",
  what: "width 256, 6 layers, 4 heads, FFN 1024, GELU, vocabulary 8000, 32 x 32 tokens",
  make: (init) => make({ width: 256, layers: 6, heads: 4, ffn: 1024, vocabulary: 8000 }, init),
};

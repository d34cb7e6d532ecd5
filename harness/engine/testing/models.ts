// Two small models in plain tensor operations, for tests of engines: same parameters and batches from the same seed.
import { stream } from "#harness/random/stream.ts";
import {
  add,
  cast,
  erf,
  gather,
  logSoftmax,
  matMul,
  mean,
  mul,
  neg,
  oneHot,
  relu,
  reshape,
  rsqrt,
  softmax,
  split,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  type Variable,
  variable,
} from "../tensor.ts";

export type Parameters = Record<string, Variable>;

export interface TestModel {
  parameters(seed: number): Parameters;
  batch(seed: number): { x: Tensor; y: Tensor };
  loss(p: Parameters, batch: { x: Tensor; y: Tensor }): Tensor;
}

type Spec = readonly (readonly [name: string, shape: readonly number[], scale: number | "ones"])[];

let serial = 0;

function makeParameters(spec: Spec, seed: number): Parameters {
  const out: Parameters = {};
  for (const [name, shape, scale] of spec) {
    const random = stream(seed, "init", name);
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, () => (scale === "ones" ? 1 : scale * random.normal()));
    const initial = tensor(data, [...shape], "float32");
    out[name] = variable(initial, true, `${name}-${serial++}`);
    initial.dispose();
  }
  return out;
}

const crossEntropy = (logits: Tensor, labels: Tensor, classes: number): Tensor => {
  const hot = cast(oneHot(labels as never, classes), "float32");
  return neg(mean(sum(mul(hot, logSoftmax(logits)), -1)));
};

const of = (p: Parameters, name: string): Variable => {
  const value = p[name];
  if (value === undefined) throw new Error(`no parameter ${name}`);
  return value;
};

export function mlp(sizes = { batch: 16, inputs: 12, hidden: 24, classes: 5 }): TestModel {
  const { batch, inputs, hidden, classes } = sizes;
  return {
    parameters: (seed) =>
      makeParameters(
        [
          ["w1", [inputs, hidden], 0.3],
          ["b1", [hidden], 0.1],
          ["w2", [hidden, hidden], 0.2],
          ["b2", [hidden], 0.1],
          ["w3", [hidden, classes], 0.2],
          ["b3", [classes], 0.1],
        ],
        seed,
      ),
    batch: (seed) => {
      const random = stream(seed, "batch");
      const x = Float32Array.from({ length: batch * inputs }, () => random.normal());
      const y = Int32Array.from({ length: batch }, () => random.integer(classes));
      return { x: tensor(x, [batch, inputs]), y: tensor(y, [batch], "int32") };
    },
    loss: (p, { x, y }) => {
      const first = relu(add(matMul(x, of(p, "w1")), of(p, "b1")));
      const second = relu(add(matMul(first, of(p, "w2")), of(p, "b2")));
      return crossEntropy(add(matMul(second, of(p, "w3")), of(p, "b3")), y, classes);
    },
  };
}

export function transformer(
  sizes = { batch: 4, length: 8, width: 32, heads: 4, ffn: 64, layers: 2, vocabulary: 50, classes: 5 },
): TestModel {
  const { batch, length, width, heads, ffn, layers, vocabulary, classes } = sizes;
  const layerSpec = (l: number): Spec => [
    [`gain1-${l}`, [width], "ones"],
    [`shift1-${l}`, [width], 0.1],
    [`qkv-${l}`, [width, 3 * width], 0.15],
    [`qkvBias-${l}`, [3 * width], 0.1],
    [`out-${l}`, [width, width], 0.15],
    [`gain2-${l}`, [width], "ones"],
    [`shift2-${l}`, [width], 0.1],
    [`up-${l}`, [width, ffn], 0.15],
    [`upBias-${l}`, [ffn], 0.1],
    [`down-${l}`, [ffn, width], 0.1],
  ];
  const norm = (x: Tensor, gain: Tensor, shift: Tensor) => {
    const centred = sub(x, mean(x, -1, true));
    const variance = mean(square(centred), -1, true);
    return add(mul(mul(centred, rsqrt(add(variance, 1e-5))), gain), shift);
  };
  const gelu = (x: Tensor) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
  const toHeads = (x: Tensor) => transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
  return {
    parameters: (seed) =>
      makeParameters(
        [
          ["embedding", [vocabulary, width], 0.3],
          ["position", [length, width], 0.3],
          ...Array.from({ length: layers }, (_, l) => layerSpec(l)).flat(),
          ["classifier", [width, classes], 0.3],
        ],
        seed,
      ),
    batch: (seed) => {
      const random = stream(seed, "batch");
      const x = Int32Array.from({ length: batch * length }, () => random.integer(vocabulary));
      const y = Int32Array.from({ length: batch }, () => random.integer(classes));
      return { x: tensor(x, [batch, length], "int32"), y: tensor(y, [batch], "int32") };
    },
    loss: (p, { x, y }) => {
      let h: Tensor = reshape(add(gather(of(p, "embedding"), x as never), of(p, "position")), [
        batch * length,
        width,
      ]);
      for (let l = 0; l < layers; l++) {
        const a = norm(h, of(p, `gain1-${l}`), of(p, `shift1-${l}`));
        const [q, k, v] = split(add(matMul(a, of(p, `qkv-${l}`)), of(p, `qkvBias-${l}`)), 3, 1).map(toHeads);
        if (q === undefined || k === undefined || v === undefined) throw new Error("split into three");
        const scores = softmax(mul(matMul(q, k, false, true), 1 / Math.sqrt(width / heads)));
        const mixed = reshape(transpose(matMul(scores, v), [0, 2, 1, 3]), [batch * length, width]);
        h = add(h, matMul(mixed, of(p, `out-${l}`)));
        const b = norm(h, of(p, `gain2-${l}`), of(p, `shift2-${l}`));
        h = add(h, matMul(gelu(add(matMul(b, of(p, `up-${l}`)), of(p, `upBias-${l}`))), of(p, `down-${l}`)));
      }
      return crossEntropy(
        matMul(mean(reshape(h, [batch, length, width]), 1), of(p, "classifier")),
        y,
        classes,
      );
    },
  };
}

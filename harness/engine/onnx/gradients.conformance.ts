// Gradients against central finite differences, for every operation that models, losses and methods differentiate through.
// The function values come from tfjs's cpu backend, whose single precision is summed in double: the gradients from onnx.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import type { Engine } from "../engine.ts";
import { openEngine } from "../open.ts";
import * as tf from "../tensor.ts";

type Case = readonly [
  name: string,
  shapes: readonly (readonly number[])[],
  f: (...x: tf.Tensor[]) => tf.Tensor,
];

const ids = () => tf.tensor1d([2, 0, 2], "int32");
const four = (x: tf.Tensor) => x as tf.Tensor4D;
const five = (x: tf.Tensor) => x as tf.Tensor5D;

const CASES: readonly Case[] = [
  ["add with broadcasting", [[2, 3], [3]], tf.add],
  [
    "sub with broadcasting",
    [
      [2, 1],
      [2, 3],
    ],
    tf.sub,
  ],
  [
    "mul with broadcasting",
    [
      [2, 3],
      [1, 3],
    ],
    tf.mul,
  ],
  ["div", [[2, 3], [3]], (a, b) => tf.div(a, tf.add(tf.square(b), 1))],
  ["pow", [[4]], (a) => tf.pow(tf.add(tf.square(a), 0.5), 1.7)],
  ["maximum", [[6], [6]], tf.maximum],
  ["minimum", [[6], [6]], tf.minimum],
  ["squaredDifference", [[2, 3], [3]], tf.squaredDifference],
  ["neg, square, abs", [[5]], (a) => tf.abs(tf.neg(tf.square(a)))],
  ["exp, log", [[5]], (a) => tf.log(tf.add(tf.exp(a), 1))],
  ["expm1, log1p", [[5]], (a) => tf.log1p(tf.square(tf.expm1(a)))],
  [
    "sqrt, rsqrt, reciprocal",
    [[5]],
    (a) => {
      const positive = tf.add(tf.square(a), 0.5);
      return tf.add(tf.sqrt(positive), tf.mul(tf.rsqrt(positive), tf.reciprocal(positive)));
    },
  ],
  ["tanh, sigmoid, softplus", [[5]], (a) => tf.add(tf.tanh(a), tf.mul(tf.sigmoid(a), tf.softplus(a)))],
  ["erf", [[5]], tf.erf],
  ["sin, cos, atan", [[5]], (a) => tf.add(tf.sin(a), tf.mul(tf.cos(a), tf.atan(a)))],
  [
    "relu, elu, selu, leakyRelu",
    [[6]],
    (a) => tf.add(tf.add(tf.relu(a), tf.elu(a)), tf.add(tf.selu(a), tf.leakyRelu(a))),
  ],
  ["prelu", [[2, 3], [3]], tf.prelu],
  ["clipByValue", [[6]], (a) => tf.clipByValue(a, -0.7, 0.8)],
  ["where", [[4], [4]], (a, b) => tf.where(tf.tensor1d([1, 0, 0, 1], "bool"), a, b)],
  ["sum over an axis", [[2, 3, 2]], (a) => tf.sum(tf.square(a), [0, 2])],
  ["mean over an axis", [[2, 3, 2]], (a) => tf.mean(tf.square(a), 1, true)],
  ["max and min", [[3, 4]], (a) => tf.add(tf.max(a, 1), tf.min(a, 1))],
  ["prod", [[2, 3]], (a) => tf.prod(a, 1)],
  ["cumsum", [[2, 4]], (a) => tf.square(tf.cumsum(a, 1, false, true))],
  ["softmax", [[3, 4]], (a) => tf.softmax(a)],
  ["logSoftmax", [[3, 4]], (a) => tf.logSoftmax(a)],
  ["logSumExp", [[3, 4]], (a) => tf.logSumExp(a, 1)],
  [
    "matMul",
    [
      [2, 3],
      [3, 4],
    ],
    (a, b) => tf.matMul(a, b),
  ],
  [
    "matMul, both transposed",
    [
      [3, 2],
      [4, 3],
    ],
    (a, b) => tf.matMul(a, b, true, true),
  ],
  [
    "matMul of batches, second transposed",
    [
      [2, 2, 3],
      [2, 4, 3],
    ],
    (a, b) => tf.matMul(a, b, false, true),
  ],
  ["reshape, transpose", [[2, 3, 4]], (a) => tf.transpose(tf.reshape(tf.square(a), [4, 6]), [1, 0])],
  ["slice", [[4, 3]], (a) => tf.slice(tf.square(a), [1, 0], [2, 3])],
  ["reverse, slice", [[5]], (a) => tf.slice(tf.reverse(tf.square(a), 0), [1], [3])],
  [
    "concat, split",
    [
      [2, 3],
      [2, 3],
    ],
    (a, b) => tf.mul(...(tf.split(tf.concat([a, b], 1), 2, 1) as [tf.Tensor, tf.Tensor])),
  ],
  [
    "stack, unstack",
    [[3], [3]],
    (a, b) => tf.mul(...(tf.unstack(tf.stack([a, b]), 0) as [tf.Tensor, tf.Tensor])),
  ],
  [
    "pad",
    [[2, 2]],
    (a) =>
      tf.square(
        tf.pad(
          a,
          [
            [1, 0],
            [0, 2],
          ],
          0.5,
        ),
      ),
  ],
  ["tile, broadcastTo", [[1, 3]], (a) => tf.add(tf.tile(tf.square(a), [4, 1]), tf.broadcastTo(a, [4, 3]))],
  ["gather", [[4, 3]], (a) => tf.square(tf.gather(a, ids()))],
  ["gather along the second axis", [[2, 4]], (a) => tf.square(tf.gather(a, ids(), 1))],
  ["unsortedSegmentSum", [[3, 2]], (a) => tf.square(tf.unsortedSegmentSum(a, ids(), 4))],
  [
    "conv2d",
    [
      [1, 5, 4, 2],
      [3, 2, 2, 3],
    ],
    (x, w) => tf.conv2d(four(x), four(w), [2, 1], "same"),
  ],
  [
    "conv2d, pointwise",
    [
      [2, 2, 2, 3],
      [1, 1, 3, 2],
    ],
    (x, w) => tf.conv2d(four(x), four(w), 1, "same"),
  ],
  [
    "conv2d, a rest that no window covers",
    [
      [1, 6, 6, 1],
      [3, 3, 1, 1],
    ],
    (x, w) => tf.conv2d(four(x), four(w), 2, "valid"),
  ],
  [
    "depthwiseConv2d",
    [
      [1, 4, 4, 2],
      [3, 3, 2, 2],
    ],
    (x, w) => tf.depthwiseConv2d(four(x), four(w), 1, "same"),
  ],
  [
    "conv2dTranspose",
    [
      [1, 3, 3, 2],
      [3, 3, 1, 2],
    ],
    (x, w) => tf.conv2dTranspose(four(x), four(w), [1, 6, 6, 1], 2, "same"),
  ],
  [
    "conv3d",
    [
      [1, 3, 3, 3, 1],
      [2, 2, 2, 1, 2],
    ],
    (x, w) => tf.conv3d(five(x), five(w), 1, "same"),
  ],
  ["maxPool", [[1, 5, 5, 2]], (x) => tf.maxPool(four(x), 2, 2, "same")],
  ["avgPool with padded borders", [[1, 5, 5, 2]], (x) => tf.square(tf.avgPool(four(x), 3, 2, "same"))],
  [
    "maxPool3d, avgPool3d",
    [[1, 4, 4, 4, 1]],
    (x) => tf.add(tf.maxPool3d(five(x), 2, 2, "valid"), tf.avgPool3d(five(x), 2, 2, "valid")),
  ],
  [
    "batchNorm",
    [[4, 3], [3], [3]],
    (x, scale, offset) => {
      const mean = tf.mean(x, 0) as tf.Tensor1D;
      const variance = tf.mean(tf.square(tf.sub(x, mean)), 0) as tf.Tensor1D;
      return tf.square(tf.batchNorm(x, mean, variance, offset as tf.Tensor1D, scale as tf.Tensor1D, 0.1));
    },
  ],
  ["resizeBilinear", [[1, 3, 3, 1]], (x) => tf.square(tf.image.resizeBilinear(four(x), [5, 4]))],
  [
    "localResponseNormalization",
    [[1, 2, 2, 4]],
    (x) => tf.localResponseNormalization(four(x), 1, 1, 0.5, 0.75),
  ],
];

/** A fixed random weight per output element, so that each one counts differently. */
const weighted = (y: tf.Tensor): tf.Tensor => {
  const random = stream(3, "weights", String(y.size));
  const weights = tf.tensor(
    Float32Array.from({ length: y.size }, () => random.normal()),
    y.shape,
  );
  return tf.sum(tf.mul(y, weights));
};

let onnx: Engine;
beforeAll(async () => {
  onnx = await openEngine("onnx");
});
afterAll(() => onnx.dispose());

describe("the gradient on onnx agrees with finite differences on the cpu oracle", () => {
  it.each(CASES)("%s", async (name, shapes, f) => {
    const random = stream(11, "gradients", name);
    const inputs = shapes.map((shape) =>
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    );
    const tensors = () => inputs.map((data, i) => tf.tensor(data.slice(), [...(shapes[i] ?? [])]));

    await openEngine("onnx");
    const ours = [];
    for (const gradient of tf.grads((...x: tf.Tensor[]) => weighted(f(...x)))(tensors()))
      ours.push(await gradient.data());

    await openEngine("tfjs-cpu");
    // The weighted sum is added up in double precision here: what is left is the rounding of single operations.
    const value = () =>
      tf.tidy(() => {
        const y = f(...tensors());
        const stream3 = stream(3, "weights", String(y.size));
        return (y.dataSync() as Float32Array).reduce((sum, v) => sum + v * Math.fround(stream3.normal()), 0);
      });
    const step = 1 / 64;
    for (const [i, data] of inputs.entries())
      for (const [k, x] of data.entries()) {
        const at = (shift: number) => {
          data[k] = x + shift;
          const y = value();
          data[k] = x;
          return y;
        };
        // Fourth-order central difference.
        const difference = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
        const found = ours[i]?.[k] ?? Number.NaN;
        // Across a kink (relu, max) the difference mixes both slopes; there the gradient must be one side's.
        const forward = (h: number) => (at(h) - at(0)) / h;
        const kink = Math.abs(forward(2 * step) - forward(-2 * step)) > 0.03;
        const near = (slope: number) => Math.abs(found - slope) < 0.03 * Math.max(1, Math.abs(slope));
        const close = Math.abs(found - difference) < 2e-3 * Math.max(1, Math.abs(difference));
        const between = kink && (near(forward(step)) || near(forward(-step)));
        expect(close || between, `input ${i}[${k}]: ${found} against ${difference}`).toBe(true);
      }
  });
});

// The gradients written by hand, against central differences in double precision and against the chain of plain operations.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import {
  add,
  cast,
  erf,
  grads,
  log,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  rsqrt,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tensor,
} from "#harness/engine/tensor.ts";
import { stream } from "#harness/random/stream.ts";
import { gelu } from "./activations.ts";
import { layerNorm } from "./layer-norm.ts";
import { meanSquaredError, sigmoidCrossEntropy, softmaxCrossEntropy } from "./losses.ts";
import { differences, relativeGap } from "./testing/differences.ts";

const EPSILON = 1e-6;

/** Numbers of a shape, N(0, 1), float32. */
function drawn(name: string, shape: readonly number[]): Float32Array {
  const random = stream(7, "custom gradients", name);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
}

const at = (values: ArrayLike<number>, i: number): number => values[i] as number;

describe.each(["onnx", "tfjs-cpu"])("gradients written by hand, on %s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, {});
  });
  afterAll(async () => engine.dispose());

  const read = async (value: Tensor) => {
    await engine.settle();
    return (await value.data<"float32">()) as Float32Array;
  };
  /** Value of f and gradients of sum(f * weights) in every input. */
  async function both(f: (...x: Tensor[]) => Tensor, inputs: readonly Tensor[], weights: Tensor) {
    const gradients = grads((...x: Tensor[]) => sum(mul(f(...x), weights)))([...inputs]);
    return { value: await read(f(...inputs)), gradients: await Promise.all(gradients.map(read)) };
  }
  async function expectSame(
    f: (...x: Tensor[]) => Tensor,
    plain: (...x: Tensor[]) => Tensor,
    inputs: readonly Tensor[],
    weights: Tensor,
  ): Promise<void> {
    const found = await both(f, inputs, weights);
    const wanted = await both(plain, inputs, weights);
    expect(relativeGap(found.value, wanted.value)).toBeLessThan(1e-6);
    for (const [i, gradient] of wanted.gradients.entries())
      expect(relativeGap(found.gradients[i] ?? [], gradient)).toBeLessThan(1e-6);
  }

  describe("layer norm", () => {
    const shape = [5, 6];
    const [x, gain, shift, dy] = (["x", "gain", "shift", "dy"] as const).map((part) =>
      drawn(part, part === "x" || part === "dy" ? shape : [6]),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const tensors = () => [tensor(x, shape), tensor(gain), tensor(shift)];
    /** Sum of dy times layer norm, in double precision. */
    const value = (rows: ArrayLike<number>, g: ArrayLike<number>, s: ArrayLike<number>): number => {
      let total = 0;
      for (let row = 0; row < 5; row++) {
        const line = Array.from({ length: 6 }, (_, j) => at(rows, row * 6 + j));
        const centre = line.reduce((a, b) => a + b, 0) / 6;
        const variance = line.reduce((a, b) => a + (b - centre) ** 2, 0) / 6;
        for (const [j, entry] of line.entries())
          total +=
            at(dy, row * 6 + j) * (((entry - centre) / Math.sqrt(variance + EPSILON)) * at(g, j) + at(s, j));
      }
      return total;
    };

    it("has the gradients of finite differences in rows, gain and shift", async () => {
      const { gradients } = await both(
        (...[a, b, c]) => layerNorm(a as Tensor, b as Tensor, c as Tensor, EPSILON),
        tensors(),
        tensor(dy, shape),
      );
      const wanted = [
        differences((v) => value(v, gain, shift), x),
        differences((v) => value(x, v, shift), gain),
        differences((v) => value(x, gain, v), shift),
      ];
      for (const [i, numbers] of wanted.entries())
        expect(relativeGap(gradients[i] ?? [], numbers)).toBeLessThan(3e-6);
    });

    it("equals the plain operations", async () => {
      const plain = (...[a, g, s]: Tensor[]) => {
        const centred = sub(a as Tensor, mean(a as Tensor, -1, true));
        const inverse = rsqrt(add(mean(square(centred), -1, true), EPSILON));
        return add(mul(mul(centred, inverse), g as Tensor), s as Tensor);
      };
      await expectSame(
        (...[a, b, c]) => layerNorm(a as Tensor, b as Tensor, c as Tensor, EPSILON),
        plain,
        tensors(),
        tensor(dy, shape),
      );
    });

    it("normalises the last of three axes", async () => {
      const batched = layerNorm(tensor(x, [1, 5, 6]), tensor(gain), tensor(shift), EPSILON);
      expect(batched.shape).toEqual([1, 5, 6]);
      const flat = layerNorm(tensor(x, shape), tensor(gain), tensor(shift), EPSILON);
      expect(await read(batched)).toEqual(await read(flat));
      const [gradients] = [
        grads((...a: Tensor[]) => sum(layerNorm(a[0] as Tensor, a[1] as Tensor, a[2] as Tensor, EPSILON)))([
          tensor(x, [1, 5, 6]),
          tensor(gain),
          tensor(shift),
        ]),
      ];
      expect(gradients.map((gradient) => gradient.shape)).toEqual([[1, 5, 6], [6], [6]]);
      expect([...(await read(gradients[2] as Tensor))]).toEqual([5, 5, 5, 5, 5, 5]);
    });
  });

  describe("GELU", () => {
    const x = Float32Array.of(-6, -3, -1, -0.5, 0, 0.5, 1, 3, 6);
    const dy = drawn("dy", [9]);

    it("takes the values of the normal table: x Phi(x)", async () => {
      const found = await read(gelu(tensor(x)));
      // Phi(0.5), Phi(1) and Phi(3) of the standard normal distribution.
      const table: readonly (readonly [number, number])[] = [
        [0.5, 0.6914624612740131],
        [1, 0.8413447460685429],
        [3, 0.9986501019683699],
      ];
      for (const [z, phi] of table) {
        expect(Math.abs((found[x.indexOf(z)] ?? 0) - z * phi)).toBeLessThan(2e-6);
        expect(Math.abs((found[x.indexOf(-z)] ?? 0) + z * (1 - phi))).toBeLessThan(2e-6);
      }
    });

    it("has the gradient Phi(x) + x phi(x), with Phi integrated by Simpson's rule", async () => {
      const density = (z: number) => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
      const simpson = (z: number): number => {
        const steps = 2000;
        const h = z / steps;
        let total = density(0) + density(z);
        for (let i = 1; i < steps; i++) total += (i % 2 === 0 ? 2 : 4) * density(i * h);
        return 0.5 + (total * h) / 3;
      };
      const value = (v: ArrayLike<number>) =>
        Array.from(v).reduce((total, z, i) => total + at(dy, i) * z * simpson(z), 0);
      const { gradients } = await both((a) => gelu(a as Tensor), [tensor(x)], tensor(dy));
      expect(relativeGap(gradients[0] ?? [], differences(value, x))).toBeLessThan(3e-6);
    });

    it("equals the plain operations", async () => {
      await expectSame(
        (a) => gelu(a as Tensor),
        (a) => mul(mul(a as Tensor, 0.5), add(erf(mul(a as Tensor, Math.SQRT1_2)), 1)),
        [tensor(x)],
        tensor(dy),
      );
    });
  });

  describe("losses", () => {
    const scores = drawn("scores", [4, 3]);
    const targets = Int32Array.of(2, 0, 1, 2);
    const one = tensor;

    it("softmax cross entropy has the gradient of finite differences", async () => {
      const value = (v: ArrayLike<number>) => {
        let total = 0;
        for (const [row, target] of targets.entries()) {
          const line = [0, 1, 2].map((j) => Math.exp(at(v, row * 3 + j)));
          total -= Math.log(at(line, target) / line.reduce((a, b) => a + b, 0)) / 4;
        }
        return total;
      };
      const found = await both(
        (a) => softmaxCrossEntropy(a as Tensor, one(targets, [4], "int32")),
        [tensor(scores, [4, 3])],
        tensor(2),
      );
      expect(found.value[0]).toBeCloseTo(value(scores), 5);
      const wanted = differences(value, scores).map((entry) => 2 * entry);
      expect(relativeGap(found.gradients[0] ?? [], wanted)).toBeLessThan(3e-6);
    });

    it("softmax cross entropy equals the plain operations", async () => {
      const plain = (a: Tensor) => {
        const hot = cast(oneHot(tensor(targets, [4], "int32") as Tensor1D, 3), "float32");
        return neg(mean(sum(mul(hot, logSoftmax(a)), -1)));
      };
      await expectSame(
        (a) => softmaxCrossEntropy(a as Tensor, tensor(targets, [4], "int32")),
        (a) => plain(a as Tensor),
        [tensor(scores, [4, 3])],
        tensor(1),
      );
    });

    it("sigmoid cross entropy equals the plain operations and stays finite where they do not", async () => {
      const labels = tensor(Float32Array.of(1, 0, 0.25, 1, 0, 1, 1, 0, 0, 1, 0, 1), [4, 3]);
      const plain = (a: Tensor) => {
        const p = sigmoid(a);
        return neg(mean(add(mul(labels, log(p)), mul(sub(1, labels), log(sub(1, p))))));
      };
      await expectSame(
        (a) => sigmoidCrossEntropy(a as Tensor, labels),
        (a) => plain(a as Tensor),
        [tensor(scores, [4, 3])],
        tensor(1),
      );
      const far = await both(
        (a) => sigmoidCrossEntropy(a as Tensor, tensor(Float32Array.of(0, 1, 1))),
        [tensor(Float32Array.of(200, -100, 50))],
        tensor(1),
      );
      expect(far.value[0]).toBeCloseTo(100, 3);
      expect([...(far.gradients[0] ?? [])].map((entry) => Math.round(3 * entry))).toEqual([1, -1, 0]);
    });

    it("squared error is the mean over the batch", async () => {
      const { value, gradients } = await both(
        (a) => meanSquaredError(a as Tensor, tensor(Float32Array.of(1, 5))),
        [tensor(Float32Array.of(2, 2), [2, 1])],
        tensor(1),
      );
      expect(value[0]).toBe(5);
      expect([...(gradients[0] ?? [])]).toEqual([1, -3]);
    });
  });
});

// Corners where ONNX Runtime and tfjs disagree: NaN, integers, bools, indices out of range, strings, empty tensors.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine.ts";
import { openEngine } from "../open.ts";
import * as tf from "../tensor.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine("onnx");
});
afterAll(() => engine.dispose());

const read = async (tensor: tf.Tensor) => Array.from(await tensor.data());
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const ints = (...x: number[]) => tf.tensor1d(x, "int32");

describe("NaN", () => {
  it("is not skipped by max and min", async () => {
    const x = tf.tensor2d([
      [1, nan, 3],
      [1, 2, 3],
    ]);
    expect(await read(tf.max(x, 1))).toEqual([nan, 3]);
    expect(await read(tf.min(x, 1))).toEqual([nan, 1]);
    expect(await read(tf.max(x))).toEqual([nan]);
  });

  it("never wins argMax, except in first place, where nothing beats it", async () => {
    expect(await read(tf.argMax(tf.tensor1d([1, nan, 3])))).toEqual([2]);
    expect(await read(tf.argMax(tf.tensor1d([nan, 1, 3])))).toEqual([0]);
    expect(await read(tf.argMin(tf.tensor1d([3, nan, 1])))).toEqual([2]);
  });

  it("has sign 0, stays NaN under relu, clip and step, and is 0 as an integer", async () => {
    expect(await read(tf.sign(tf.tensor1d([nan, -2, 0, 3])))).toEqual([0, -1, 0, 1]);
    expect(await read(tf.relu(tf.tensor1d([nan, -1])))).toEqual([nan, 0]);
    expect(await read(tf.clipByValue(tf.tensor1d([nan, 5]), 0, 1))).toEqual([nan, 1]);
    expect(await read(tf.step(tf.tensor1d([nan, -1, 2])))).toEqual([nan, 0, 1]);
    expect(await read(tf.cast(tf.tensor1d([nan, 1.9, -1.9]), "int32"))).toEqual([0, 1, -1]);
  });

  it("of a diverged loss reaches the loss", async () => {
    const logits = tf.tensor2d([[inf, 1]]);
    expect(await read(tf.neg(tf.mean(tf.logSoftmax(logits))))).toEqual([nan]);
  });
});

describe("integers", () => {
  it("divide by floor, by zero to 0, and beyond the digits of a float exactly", async () => {
    expect(await read(tf.floorDiv(ints(-7, 7, 7, 2147483647), ints(2, 2, 0, 1)))).toEqual([
      -4, 3, 0, 2147483647,
    ]);
    expect(await read(tf.mod(ints(-7, 7, 7), ints(3, -3, 0)))).toEqual([2, -2, 0]);
  });

  it("are counted by sums of bools, clipped and compared", async () => {
    const bools = tf.tensor1d([1, 0, 1], "bool");
    const total = tf.sum(bools);
    expect([total.dtype, ...(await read(total))]).toEqual(["int32", 2]);
    expect(await read(tf.clipByValue(ints(-5, 5), -1, 1))).toEqual([-1, 1]);
    expect(await read(tf.argMax(bools))).toEqual([0]);
    expect(await read(tf.all(bools))).toEqual([0]);
  });
});

describe("indices", () => {
  it("below zero or too large are left out by segment sums and give an empty row in one-hot", async () => {
    const x = tf.tensor1d([1, 2, 3, 4]);
    expect(await read(tf.unsortedSegmentSum(x, ints(0, -1, 1, 0), 2))).toEqual([5, 3]);
    expect(await read(tf.oneHot(ints(1, -1, 5), 2))).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it("add up where they repeat in scatterND", async () => {
    const at = tf.tensor2d([[1], [1], [0]], [3, 1], "int32");
    expect(await read(tf.scatterND(at, tf.tensor1d([1, 2, 4]), [3]))).toEqual([4, 3, 0]);
  });
});

describe("what no trace holds", () => {
  it("strings and complex numbers are computed on the host", async () => {
    const words = tf.concat([tf.tensor1d(["a", "b"]), tf.tensor1d(["c"])]);
    expect(await words.data()).toEqual(["a", "b", "c"] as never);
    const z = tf.complex([3, 0], [4, 1]);
    expect(await read(tf.abs(z))).toEqual([5, 1]);
    expect(await read(tf.imag(z))).toEqual([4, 1]);
    const spectrum = tf.fft(tf.complex([1, 1, 1, 1], [0, 0, 0, 0]));
    expect(await read(tf.real(spectrum))).toEqual([4, 0, 0, 0]);
  });

  it("shapes that depend on data are, too, in the middle of a recording", async () => {
    const { values, indices } = tf.unique(tf.add(tf.tensor1d([1, 2, 1]), 1));
    expect(await read(values)).toEqual([2, 3]);
    expect(await read(indices)).toEqual([0, 1, 0]);
  });

  it("empty tensors keep their shape", async () => {
    const empty = tf.tensor2d([], [0, 3]);
    const out = tf.add(tf.concat([empty, empty], 0), 1);
    expect(out.shape).toEqual([0, 3]);
    expect(await read(out)).toEqual([]);
    expect(await read(tf.sum(empty, 0))).toEqual([0, 0, 0]);
  });
});

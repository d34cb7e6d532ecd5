// The parts of a LLaMA block against formulas written out in double precision, their gradients against central differences.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { grads, mul, sum, type Tensor, tensor } from "#harness/engine/tensor.ts";
import { stream } from "#harness/random/stream.ts";
import { DotProductAttention } from "./attention.ts";
import { causalBias } from "./causal.ts";
import { sequenceCrossEntropy } from "./losses.ts";
import { rmsNorm } from "./rms-norm.ts";
import { rotate, rotation } from "./rotary.ts";
import { swiglu } from "./swiglu.ts";
import { differences, relativeGap } from "./testing/differences.ts";

type Numbers = ArrayLike<number>;
const at = (values: Numbers, i: number): number => values[i] as number;

function drawn(name: string, count: number): Float32Array {
  const random = stream(7, "sequence parts", name);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** A part: what the engine computes, the same in double precision, and the shapes of its inputs. */
interface Part {
  readonly shapes: readonly (readonly number[])[];
  readonly made: (...x: Tensor[]) => Tensor;
  readonly plain: (...x: Numbers[]) => number[];
}

const EPSILON = 1e-5;

function plainRmsNorm(x: Numbers, gain: Numbers): number[] {
  const width = gain.length;
  return Array.from(x, (value, i) => {
    const start = i - (i % width);
    let squares = 0;
    for (let j = start; j < start + width; j++) squares += at(x, j) ** 2;
    return (value / Math.sqrt(squares / width + EPSILON)) * at(gain, i % width);
  });
}

/** Pairs (i, i + d/2) of each position as complex numbers, times exp(i t 10000^(-2i/d)). */
function plainRotation(x: Numbers, tokens: number, width: number): number[] {
  const out = Array.from(x);
  for (let row = 0; row < out.length / width; row++) {
    const t = row % tokens;
    for (let i = 0; i < width / 2; i++) {
      const angle = t * 10_000 ** ((-2 * i) / width);
      const [real, imaginary] = [at(x, row * width + i), at(x, row * width + width / 2 + i)];
      out[row * width + i] = real * Math.cos(angle) - imaginary * Math.sin(angle);
      out[row * width + width / 2 + i] = real * Math.sin(angle) + imaginary * Math.cos(angle);
    }
  }
  return out;
}

const plainSwiglu = (gate: Numbers, up: Numbers): number[] =>
  Array.from(gate, (value, i) => (value / (1 + Math.exp(-value))) * at(up, i));

/** Each query over the keys up to its own, one head after the other. */
function plainAttention(
  query: Numbers,
  key: Numbers,
  value: Numbers,
  tokens: number,
  width: number,
): number[] {
  const out: number[] = [];
  for (let head = 0; head < query.length / (tokens * width); head++) {
    const start = head * tokens * width;
    for (let t = 0; t < tokens; t++) {
      const scores = Array.from({ length: t + 1 }, (_, s) => {
        let dot = 0;
        for (let i = 0; i < width; i++)
          dot += at(query, start + t * width + i) * at(key, start + s * width + i);
        return Math.exp(dot);
      });
      const total = scores.reduce((a, b) => a + b, 0);
      for (let i = 0; i < width; i++)
        out.push(scores.reduce((a, score, s) => a + (score / total) * at(value, start + s * width + i), 0));
    }
  }
  return out;
}

const HEADS = [2, 2, 3, 4] as const;
const PARTS: Readonly<Record<string, Part>> = {
  "RMS norm": {
    shapes: [[5, 6], [6]],
    made: (x, gain) => rmsNorm(x as Tensor, gain as Tensor, EPSILON),
    plain: (x, gain) => plainRmsNorm(x as Numbers, gain as Numbers),
  },
  "rotary embedding": {
    shapes: [[2, 2, 5, 6]],
    made: (x) => rotate(x as Tensor, rotation(5, 6)),
    plain: (x) => plainRotation(x as Numbers, 5, 6),
  },
  SwiGLU: {
    shapes: [
      [4, 5],
      [4, 5],
    ],
    made: (gate, up) => swiglu(gate as Tensor, up as Tensor),
    plain: (gate, up) => plainSwiglu(gate as Numbers, up as Numbers),
  },
  "causal attention": {
    shapes: [HEADS, HEADS, HEADS],
    made: (query, key, value) =>
      new DotProductAttention(8).apply({
        query: query as Tensor,
        key: key as Tensor,
        value: value as Tensor,
        bias: causalBias(3),
      }),
    plain: (query, key, value) => plainAttention(query as Numbers, key as Numbers, value as Numbers, 3, 4),
  },
};

describe.each(["onnx", "tfjs-cpu"])("on %s", (engineName) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(engineName, {});
  });
  afterAll(async () => engine.dispose());
  const read = async (value: Tensor) => {
    await engine.settle();
    return value.data<"float32">();
  };

  it.each(Object.entries(PARTS))("%s has the values and gradients of its formula", async (name, part) => {
    const { shapes, made, plain } = part;
    const values = shapes.map((shape, i) =>
      drawn(
        `${name} ${i}`,
        shape.reduce((a, b) => a * b, 1),
      ),
    );
    const inputs = values.map((numbers, i) => tensor(numbers, [...(shapes[i] ?? [])]));
    const found = made(...inputs);
    const wanted = plain(...values);
    expect(relativeGap(await read(found), wanted)).toBeLessThan(2e-6);

    const weights = drawn(`${name} dy`, wanted.length);
    const shape = [...found.shape];
    const gradients = grads((...x: Tensor[]) => sum(mul(made(...x), tensor(weights, shape))))(inputs);
    for (const [which, gradient] of gradients.entries()) {
      const differenced = differences(
        (moved) =>
          plain(...values.map((numbers, i) => (i === which ? moved : numbers))).reduce(
            (total, value, i) => total + value * at(weights, i),
            0,
          ),
        values[which] ?? [],
      );
      expect(relativeGap(await read(gradient), differenced)).toBeLessThan(5e-6);
    }
  });

  it("the score of two tokens under rotary embedding depends on their distance alone", async () => {
    const width = 6;
    const [q, k] = [drawn("q", width), drawn("k", width)];
    const repeated = (x: Float32Array) =>
      Float32Array.from({ length: 9 * width }, (_, i) => at(x, i % width));
    const turned = async (x: Float32Array) =>
      read(rotate(tensor(repeated(x), [9, width]), rotation(9, width)));
    const [queries, keys] = [await turned(q), await turned(k)];
    const dot = (t: number, s: number) =>
      Array.from({ length: width }, (_, i) => at(queries, t * width + i) * at(keys, s * width + i)).reduce(
        (a, b) => a + b,
        0,
      );
    for (const t of [3, 5, 8]) expect(dot(t, t - 2)).toBeCloseTo(dot(2, 0), 5);
    expect(Math.abs(dot(5, 0) - dot(2, 0))).toBeGreaterThan(1e-3);
  });

  it("a token after the query changes nothing", async () => {
    const numbers = drawn("later", 2 * 3 * 4);
    const outputs = async (last: number) => {
      const moved = numbers.slice();
      for (const head of [0, 1]) moved.fill(last, head * 12 + 8, head * 12 + 12);
      const x = tensor(moved, [1, 2, 3, 4]);
      const query = tensor(numbers, [1, 2, 3, 4]);
      const found = await read(
        new DotProductAttention(8).apply({ query, key: x, value: x, bias: causalBias(3) }),
      );
      return [...found.slice(0, 8), ...found.slice(12, 20)];
    };
    expect(await outputs(50)).toEqual(await outputs(-3));
  });

  it("a sequence's cross-entropy adds up its tokens'", async () => {
    const scores = drawn("scores", 4 * 3);
    const targets = Int32Array.of(2, 0, 1, 1);
    const token = (row: number) => {
      const line = Array.from({ length: 3 }, (_, k) => at(scores, row * 3 + k));
      return Math.log(line.reduce((a, b) => a + Math.exp(b), 0)) - at(line, at(targets, row));
    };
    const found = await read(sequenceCrossEntropy(tensor(scores, [4, 3]), tensor(targets, [2, 2], "int32")));
    expect(found[0]).toBeCloseTo(token(0) + token(1), 5);
    expect(found[1]).toBeCloseTo(token(2) + token(3), 5);
  });
});

// Convolutions in blocks, their gradients, and max pooling without indices, against the definition in plain loops in
// double precision. Channel counts are whole blocks of 16, so that every processor with such convolutions takes that way.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import type { Engine } from "../../engine.ts";
import { openEngine } from "../../open.ts";
import {
  conv2d,
  grad,
  grads,
  maxPool,
  maxPool3d,
  mul,
  sum,
  type Tensor,
  type Tensor4D,
  type Tensor5D,
  tensor,
} from "../../tensor.ts";

const drawn = (name: string, shape: readonly number[]): Float32Array => {
  const random = stream(0, "spatial", name);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
};

interface Geometry {
  readonly size: readonly [number, number];
  readonly filter: readonly [number, number];
  readonly channels: readonly [number, number];
  readonly strides?: [number, number];
  readonly dilations?: [number, number];
  /** Padding before and after: height, then width. */
  readonly pad: readonly [readonly [number, number], readonly [number, number]];
}

const CASES: readonly (readonly [string, Geometry])[] = [
  [
    "3 x 3, padded to the same size",
    {
      size: [6, 5],
      filter: [3, 3],
      channels: [16, 32],
      pad: [
        [1, 1],
        [1, 1],
      ],
    },
  ],
  [
    "2 x 3 without padding",
    {
      size: [5, 6],
      filter: [2, 3],
      channels: [32, 16],
      pad: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    "padding on one side",
    {
      size: [5, 5],
      filter: [2, 2],
      channels: [16, 16],
      pad: [
        [0, 1],
        [1, 0],
      ],
    },
  ],
  [
    "strides",
    {
      size: [7, 6],
      filter: [3, 3],
      channels: [16, 16],
      strides: [2, 2],
      pad: [
        [1, 1],
        [1, 1],
      ],
    },
  ],
  [
    "strides that leave a rest",
    {
      size: [6, 6],
      filter: [3, 3],
      channels: [16, 16],
      strides: [2, 2],
      pad: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    "dilations",
    {
      size: [7, 8],
      filter: [3, 2],
      channels: [16, 16],
      dilations: [2, 3],
      pad: [
        [2, 2],
        [1, 2],
      ],
    },
  ],
  [
    "padding wider than the filter's reach",
    {
      size: [4, 4],
      filter: [2, 2],
      channels: [16, 16],
      pad: [
        [2, 2],
        [2, 2],
      ],
    },
  ],
];

const BATCH = 2;

/** Value and both gradients of sum(dy conv(x, f)), index by index. */
function byLoops(x: Float32Array, f: Float32Array, dy: Float32Array, g: Geometry, out: readonly number[]) {
  const [height, width] = g.size;
  const [inputs, outputs] = g.channels;
  const [sy, sx] = g.strides ?? [1, 1];
  const [dyl, dxl] = g.dilations ?? [1, 1];
  const [oh = 0, ow = 0] = out;
  const value = new Float64Array(BATCH * oh * ow * outputs);
  const dx = new Float64Array(x.length);
  const df = new Float64Array(f.length);
  for (let b = 0; b < BATCH; b++)
    for (let p = 0; p < oh; p++)
      for (let q = 0; q < ow; q++)
        for (let i = 0; i < g.filter[0]; i++)
          for (let j = 0; j < g.filter[1]; j++) {
            const row = p * sy + i * dyl - g.pad[0][0];
            const column = q * sx + j * dxl - g.pad[1][0];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            for (let c = 0; c < inputs; c++) {
              const xAt = ((b * height + row) * width + column) * inputs + c;
              for (let o = 0; o < outputs; o++) {
                const fAt = ((i * g.filter[1] + j) * inputs + c) * outputs + o;
                const yAt = ((b * oh + p) * ow + q) * outputs + o;
                value[yAt] = (value[yAt] ?? 0) + (x[xAt] ?? 0) * (f[fAt] ?? 0);
                dx[xAt] = (dx[xAt] ?? 0) + (dy[yAt] ?? 0) * (f[fAt] ?? 0);
                df[fAt] = (df[fAt] ?? 0) + (dy[yAt] ?? 0) * (x[xAt] ?? 0);
              }
            }
          }
  return { value, dx, df };
}

const toFirst = (a: Float32Array | Float64Array, [b = 0, h = 0, w = 0, c = 0]: readonly number[]) =>
  Float32Array.from(a, (_, i) => {
    const [n, channel, at] = [Math.floor(i / (c * h * w)), Math.floor(i / (h * w)) % c, i % (h * w)];
    return a[(n * h * w + at) * c + channel] ?? 0;
  }).slice(0, b * h * w * c);

const gap = (found: ArrayLike<number>, wanted: ArrayLike<number>): number => {
  expect(found.length).toBe(wanted.length);
  let [worst, scale] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    worst = Math.max(worst, Math.abs((found[i] ?? 0) - (wanted[i] ?? 0)));
    scale = Math.max(scale, Math.abs(wanted[i] ?? 0));
  }
  return worst / scale;
};

describe("spatial kernels of engine onnx", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx", {});
  });
  afterAll(async () => engine.dispose());
  const read = async (x: Tensor) => {
    await engine.settle();
    return x.data<"float32">();
  };

  describe.each(["NHWC", "NCHW"] as const)("convolution in layout %s", (layout) => {
    it.each(CASES)("equals its definition, and so do its gradients: %s", async (_, g) => {
      const [inputs, outputs] = g.channels;
      const xShape = [BATCH, ...g.size, inputs];
      const outSize = g.size.map((size, i) => {
        const span = ((g.filter[i] ?? 0) - 1) * (g.dilations?.[i] ?? 1) + 1;
        const [before = 0, after = 0] = g.pad[i] ?? [];
        return Math.floor((size + before + after - span) / (g.strides?.[i] ?? 1)) + 1;
      });
      const yShape = [BATCH, ...outSize, outputs];
      const fShape = [...g.filter, inputs, outputs];
      const [x, f, dy] = [drawn("x", xShape), drawn("f", fShape), drawn("dy", yShape)];
      const wanted = byLoops(x, f, dy, g, outSize);
      const first = layout === "NCHW";
      const laid = (a: Float32Array, shape: readonly number[]) => {
        const [b = 0, h = 0, w = 0, c = 0] = shape;
        return first ? tensor(toFirst(a, shape), [b, c, h, w]) : tensor(a, [b, h, w, c]);
      };
      const none: [number, number] = [0, 0];
      const sides = g.pad.map(([before, after]): [number, number] => [before, after]);
      const pads = (first ? [none, none, ...sides] : [none, ...sides, none]) as never;
      const run = (a: Tensor, b: Tensor) =>
        conv2d(a as Tensor4D, b as Tensor4D, g.strides ?? 1, pads, layout, g.dilations ?? 1);
      const [xs, fs, dys] = [laid(x, xShape), tensor(f, fShape), laid(dy, yShape)];
      const expected = (a: Float64Array, shape: readonly number[]) => (first ? toFirst(a, shape) : a);
      expect(gap(await read(run(xs, fs)), expected(wanted.value, yShape))).toBeLessThan(1e-6);
      // tfjs differentiates no dilated convolution.
      if (g.dilations !== undefined) return;
      const [dx, df] = grads((a: Tensor, b: Tensor) => sum(mul(run(a, b), dys)))([xs, fs]);
      expect(gap(await read(dx as Tensor), expected(wanted.dx, xShape))).toBeLessThan(1e-6);
      expect(gap(await read(df as Tensor), wanted.df)).toBeLessThan(1e-6);
    });
  });

  it("gives a max pool's gradient to the first of equal elements, in two and three dimensions", async () => {
    // Values of few kinds, so that most windows hold their maximum several times.
    const shape = [2, 4, 6, 4, 3];
    const x = drawn("ties", shape).map((v) => Math.round(v));
    const pooled = [2, 2, 3, 2, 3];
    const dy = drawn("pooled", pooled);
    const at = (sizes: readonly number[], where: readonly number[]) =>
      where.reduce((index, position, axis) => index * (sizes[axis] ?? 1) + position, 0);
    const wanted = new Float32Array(x.length);
    for (let b = 0; b < 2; b++)
      for (let i = 0; i < 2; i++)
        for (let j = 0; j < 3; j++)
          for (let k = 0; k < 2; k++)
            for (let c = 0; c < 3; c++) {
              const cells = Array.from({ length: 8 }, (_, t) =>
                at(shape, [b, 2 * i + (t >> 2), 2 * j + ((t >> 1) & 1), 2 * k + (t & 1), c]),
              );
              const best = Math.max(...cells.map((cell) => x[cell] ?? 0));
              const winner = cells.find((cell) => x[cell] === best) ?? 0;
              wanted[winner] = dy[at(pooled, [b, i, j, k, c])] ?? 0;
            }
    const pool3 = (a: Tensor) => sum(mul(maxPool3d(a as Tensor5D, 2, 2, "valid"), tensor(dy, pooled)));
    const found3 = await read(grad(pool3)(tensor(x, shape)));
    expect(found3.length).toBe(wanted.length);
    expect(wanted.findIndex((value, i) => value !== found3[i])).toBe(-1);

    const image = Float32Array.of(1, 1, 0, 0, 0, 1, 5, 0, 2, 3, 7, 7, 3, 3, 7, 6);
    const weights = tensor(Float32Array.of(10, 20, 30, 40), [1, 2, 2, 1]);
    const pool2 = (a: Tensor) => sum(mul(maxPool(a as Tensor4D, 2, 2, "valid"), weights));
    const found = Array.from(await read(grad(pool2)(tensor(image, [1, 4, 4, 1]))));
    expect([...found]).toEqual([10, 0, 0, 0, 0, 0, 20, 0, 0, 30, 40, 0, 0, 0, 0, 0]);
  });
});

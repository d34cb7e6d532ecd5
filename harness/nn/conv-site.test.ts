// Convolutions at linear sites: against sums written out, both ways of running them against each other, and gradients
// against central differences. Outputs of PyTorch are compared in tasks/models/image.test.ts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { mul, type Scalar, sum, type Tensor, tensor, variableGrads } from "#harness/engine/tensor.ts";
import { stream } from "#harness/random/stream.ts";
import { convRows, type Windows, windowsAlong } from "./conv-rows.ts";
import { applyConvolution, convMultiplyAdds } from "./conv-site.ts";
import { FactoredLinear } from "./factored-linear.ts";
import { normal } from "./init.ts";
import { Linear } from "./linear.ts";
import { LoraLinear } from "./lora-linear.ts";
import type { LinearModule } from "./module.ts";
import { Param } from "./param.ts";
import { EVALUATION } from "./pass.ts";
import { QuantisedLinear } from "./quantised-linear.ts";
import type { LinearSite } from "./site.ts";
import { SparseLinear } from "./sparse-linear.ts";

const BATCH = 2;
const CHANNELS = 2;
const FILTERS = 3;
const random = stream(5, "conv");

const siteOf = (module: LinearModule): LinearSite => ({
  kind: "linear",
  path: "conv",
  role: "conv",
  block: 0,
  module,
});
const mapFor = ({ size }: Windows): Linear =>
  new Linear("conv", size * size * CHANNELS, FILTERS, {
    weight: normal(size * size * CHANNELS * FILTERS, 0.5, random),
    bias: normal(FILTERS, 1, random),
  });

/** The convolution as five nested sums in double precision; pixels outside the image are zero. */
function convolve(
  x: ArrayLike<number>,
  side: number,
  windows: Windows,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
): number[] {
  const { size, stride, padding } = windows;
  const count = windowsAlong(side, windows);
  const out: number[] = [];
  for (let b = 0; b < BATCH; b++)
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++)
        for (let f = 0; f < FILTERS; f++) {
          let total = bias[f] ?? 0;
          for (let ky = 0; ky < size; ky++)
            for (let kx = 0; kx < size; kx++) {
              const [row, column] = [i * stride + ky - padding, j * stride + kx - padding];
              if (row < 0 || row >= side || column < 0 || column >= side) continue;
              for (let c = 0; c < CHANNELS; c++)
                total +=
                  (x[((b * side + row) * side + column) * CHANNELS + c] ?? 0) *
                  (weight[((ky * size + kx) * CHANNELS + c) * FILTERS + f] ?? 0);
            }
          out.push(total);
        }
  return out;
}

/** Side of the image, size, stride and padding of the windows: even and odd ones, cut ends, no overlap. */
const CASES: readonly (readonly [number, number, number, number])[] = [
  [6, 3, 1, 1],
  [6, 3, 2, 1],
  [7, 3, 2, 1],
  [6, 5, 1, 0],
  [7, 2, 2, 0],
  [8, 4, 4, 0],
  [5, 1, 1, 0],
  [7, 1, 2, 0],
  [9, 3, 3, 1],
];

describe.each(["onnx", "tfjs-cpu"])("a convolution at a linear site on %s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, {});
  });
  afterAll(async () => engine.dispose());

  const read = async (value: Tensor): Promise<readonly number[]> => {
    await engine.settle();
    return [...(await value.data())];
  };
  const near = (found: readonly number[], wanted: readonly number[], digits = 4): void => {
    expect(found.length).toBe(wanted.length);
    for (const [i, value] of found.entries())
      expect(value, `${i}`).toBeCloseTo(wanted[i] ?? Number.NaN, digits);
  };

  it.each(CASES)(
    "is the sum over its windows: side %i, size %i, stride %i, padding %i",
    async (side, size, stride, padding) => {
      const windows = { size, stride, padding };
      const values = normal(BATCH * side * side * CHANNELS, 1, random);
      const x = tensor(values, [BATCH, side, side, CHANNELS]);
      const map = mapFor(windows);
      const site = siteOf(map);
      const [weight = [], bias = []] = await Promise.all(map.params().map((param) => param.read()));
      const wanted = convolve(values, side, windows, weight, bias);
      near(await read(applyConvolution(site, x, windows, EVALUATION)), wanted);
      // An observer makes it go by rows, and sees one window a row.
      const seen: number[][] = [];
      const pass = { training: false, observe: (_: string, input: Tensor) => seen.push(input.shape) };
      near(await read(applyConvolution(site, x, windows, pass)), wanted);
      const count = windowsAlong(side, windows);
      expect(seen).toEqual([[BATCH * count * count, size * size * CHANNELS]]);
      expect(convMultiplyAdds(site, side, side, windows)).toBe(
        count * count * size * size * CHANNELS * FILTERS,
      );
    },
  );

  it("gives gradients equal to central differences of the sums, as a convolution and by rows", async () => {
    const windows = { size: 3, stride: 2, padding: 1 };
    const side = 5;
    const x = new Param(
      "x",
      [BATCH, side, side, CHANNELS],
      normal(BATCH * side * side * CHANNELS, 1, random),
      {
        role: "gate",
      },
    );
    const map = mapFor(windows);
    const count = windowsAlong(side, windows);
    const dy = normal(BATCH * count * count * FILTERS, 1, random);
    const held = {
      x: Float64Array.from(await x.read()),
      weight: Float64Array.from(await map.weight.read()),
      bias: Float64Array.from((await map.bias?.read()) ?? []),
    };
    const total = () =>
      convolve(held.x, side, windows, held.weight, held.bias).reduce((s, v, i) => s + v * (dy[i] ?? 0), 0);
    const difference = (values: Float64Array): number[] =>
      [...values].map((value, i) => {
        values[i] = value + 1e-4;
        const above = total();
        values[i] = value - 1e-4;
        const below = total();
        values[i] = value;
        return (above - below) / 2e-4;
      });
    const byRows: LinearModule = {
      inFeatures: map.inFeatures,
      outFeatures: map.outFeatures,
      params: () => map.params(),
      apply: (rows) => map.apply(rows),
      multiplyAdds: () => map.multiplyAdds(),
    };
    for (const module of [map, byRows]) {
      const variables = [x, ...map.params()].map((param) => param.variable);
      const { grads } = variableGrads(
        () =>
          sum(
            mul(
              applyConvolution(siteOf(module), x.variable, windows, { training: true }),
              tensor(dy, [BATCH, count, count, FILTERS]),
            ),
          ) as Scalar,
        variables,
      );
      const wanted = [held.x, held.weight, held.bias].map(difference);
      for (const [i, { name: of }] of variables.entries()) {
        const gradient = grads[of];
        if (gradient === undefined) throw new Error(`no gradient of ${of}`);
        near(await read(gradient), wanted[i] ?? [], 3);
      }
    }
  });

  it("takes any linear module: those that are chains of matrices give what their rows give, and LoRA its branch", async () => {
    const windows = { size: 3, stride: 1, padding: 1 };
    const side = 4;
    const x = tensor(normal(BATCH * side * side * CHANNELS, 1, random), [BATCH, side, side, CHANNELS]);
    const inner = 9 * CHANNELS;
    const factored = new FactoredLinear("conv", inner, FILTERS, {
      rank: 2,
      a: normal(inner * 2, 0.5, random),
      b: normal(2 * FILTERS, 0.5, random),
      bias: null,
    });
    const weights = normal(inner * FILTERS, 0.5, random);
    const modules: readonly LinearModule[] = [
      factored,
      new QuantisedLinear(mapFor(windows), weights, { bits: 4, scales: 1 }),
      new SparseLinear(
        "conv",
        mapFor(windows),
        weights,
        Uint8Array.from(weights, (w) => (w > 0 ? 1 : 0)),
        "bitmap",
      ),
      new LoraLinear("conv", mapFor(windows), {
        rank: 2,
        scale: 0.5,
        a: normal(inner * 2, 0.5, random),
        b: normal(2 * FILTERS, 0.5, random),
      }),
    ];
    for (const training of [false, true])
      for (const module of modules) {
        const native = await read(applyConvolution(siteOf(module), x, windows, { training }));
        near(native, await read(module.apply(convRows(x, windows), { training })));
      }
  });
});

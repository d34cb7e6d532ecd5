import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradientOfSquares, trainAndDeploy } from "#harness/check/toy/kit.ts";
import { largestGap, makeToy, setupOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { tensor2d, tidy } from "#harness/engine/tensor.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { multiply } from "#harness/linalg/multiply.ts";
import { sumOfSquares } from "#harness/linalg/norms.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { gaussians } from "#harness/linalg/testing/matrices.ts";
import { normal } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { DsLinear } from "./ds-linear.ts";
import { factorise, recode, refit, rowErrors } from "./factorise.ts";
import { method, shapeFor } from "./method.ts";

const random = stream(3, "dsformer-test");
const gaussian = gaussians(random);
const total = (errors: Float64Array) => errors.reduce((a, b) => a + b, 0);

describe("dense-sparse factorisation", () => {
  it("has at most k non-zeros a row and unit atoms, and no alternation after the first raises the error", () => {
    const w = gaussian(60, 12);
    let now = factorise(w, 10, 3, 1, stream(1, "start"));
    let error = total(rowErrors(w, now));
    for (let sweep = 0; sweep < 8; sweep++) {
      now = recode(w, refit(w, now), 3);
      const next = total(rowErrors(w, now));
      expect(next).toBeLessThanOrEqual(error * (1 + 1e-6));
      error = next;
    }
    for (let row = 0; row < 60; row++)
      expect(now.s.data.subarray(row * 10, row * 10 + 10).filter((x) => x !== 0).length).toBeLessThanOrEqual(
        3,
      );
    for (let atom = 0; atom < 10; atom++)
      expect(Math.hypot(...now.d.data.subarray(atom * 12, atom * 12 + 12))).toBeCloseTo(1, 9);
  });

  it("with as many atoms and non-zeros as the width it is exact; dense codes reach the truncated SVD's error", () => {
    const w = gaussian(40, 6);
    expect(total(rowErrors(w, factorise(w, 6, 6, 1, stream(1, "exact"))))).toBeLessThan(
      1e-9 * sumOfSquares(w),
    );
    const wide = gaussian(40, 12);
    const dense = factorise(wide, 5, 5, 60, stream(1, "dense"));
    const trailing = singularValues(wide)
      .slice(5)
      .reduce((sum, s) => sum + s * s, 0);
    expect(total(rowErrors(wide, dense))).toBeLessThan(1.01 * trailing);
  });

  it("finds a planted union of subspaces that low rank at equal bytes cannot, and a planted low rank exactly", () => {
    // 512 rows of two out of 16 random unit atoms, as the card; 20 sweeps.
    const atoms = gaussian(16, 16);
    for (let a = 0; a < 16; a++) {
      const row = atoms.data.subarray(a * 16, a * 16 + 16);
      const size = Math.hypot(...row);
      for (let j = 0; j < 16; j++) row[j] = (row[j] as number) / size;
    }
    const codes = matrixFrom(512, 16, new Float64Array(512 * 16));
    for (let row = 0; row < 512; row++) {
      const [p, q] = random.permutation(16);
      codes.data[row * 16 + (p ?? 0)] = random.normal();
      codes.data[row * 16 + (q ?? 0)] = random.normal();
    }
    const w = multiply(codes, atoms);
    const size = sumOfSquares(w);
    const found = Math.sqrt(total(rowErrors(w, factorise(w, 16, 2, 20, stream(1, "planted")))) / size);
    const lowRank = Math.sqrt(
      singularValues(w)
        .slice(2)
        .reduce((sum, s) => sum + s * s, 0) / size,
    );
    expect(lowRank).toBeGreaterThan(0.6);
    expect(found).toBeLessThan(0.35);
    const flat = multiply(gaussian(80, 2), gaussian(2, 16));
    expect(
      Math.sqrt(total(rowErrors(flat, factorise(flat, 16, 2, 2, stream(1, "flat")))) / sumOfSquares(flat)),
    ).toBeLessThan(1e-6);
  });

  it("fills the bytes that a ratio leaves, as the card's example, and divides any width into blocks", () => {
    expect(shapeFor({ ratio: 3.17, width: 64, atoms: 64 }, 384, 384)).toEqual({
      width: 64,
      atoms: 64,
      nonZeros: 8,
    });
    // Values 43,008 and indices of 13,824 bytes: 3.2 times smaller than 589,824.
    const { atoms, nonZeros } = shapeFor({ ratio: 3.17, width: 64, atoms: 64 }, 384, 384);
    const bytes = 4 * (atoms * 384 + 6 * nonZeros * 384) + (6 * nonZeros * 384 * 6) / 8;
    expect(bytes).toBe(4 * 43_008 + 13_824);
    expect(shapeFor({ ratio: 2, width: 5, atoms: 4 }, 12, 8).width).toBe(4);
  });
});

describe("dsformer", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  function layer() {
    const [m, n, width] = [8, 5, 4];
    const weight = normal(m * n, 1, random);
    const blocks = [0, 1].map((j) => {
      const rows = matrixFrom(
        n,
        width,
        Array.from(
          { length: n * width },
          (_, at) => weight[(j * width + (at % width)) * n + Math.floor(at / width)] as number,
        ),
      );
      return { rows, ...factorise(rows, 4, 2, 3, stream(j, "layer")) };
    });
    const module = new DsLinear(
      "m",
      new Linear("m", m, n, { weight, bias: null }),
      { width, atoms: 4, nonZeros: 2 },
      blocks,
    );
    return { module, blocks };
  }

  it("computes the sum of gathered codes over the bases, block by block", async () => {
    const { module, blocks } = layer();
    const x = normal(16, 1, random);
    const y = module.apply(tensor2d(x, [2, 8]), EVALUATION);
    await engine.settle();
    const expected = Array.from({ length: 10 }, (_, at) => {
      const [t, o] = [Math.floor(at / 5), at % 5];
      let value = 0;
      for (const [j, { s, d }] of blocks.entries()) {
        for (let a = 0; a < 4; a++) {
          const code = s.data[o * 4 + a] as number;
          if (code === 0) continue;
          for (let i = 0; i < 4; i++)
            value += code * (d.data[a * 4 + i] as number) * (x[t * 8 + j * 4 + i] as number);
        }
      }
      return value;
    });
    expect(largestGap(await y.data(), expected)).toBeLessThan(1e-5);
  });

  it("the latent kernel gets the gradient of the product: that of a dense map which holds the product", async () => {
    const { module } = layer();
    const x = tensor2d(normal(24, 1, random), [3, 8]);
    const product = tidy(() => module.product());
    await engine.settle();
    const dense = new Linear("d", 8, 5, { weight: (await product.data<"float32">()).slice(), bias: null });
    const straight = await gradientOfSquares(engine, module, x, module.latent.weight);
    expect(largestGap(straight, await gradientOfSquares(engine, dense, x, dense.weight))).toBeLessThan(1e-5);
  });

  it("following brings the factors nearer to the latent kernel and keeps k non-zeros", async () => {
    const { module, blocks } = layer();
    const target = normal(40, 1, random);
    module.latent.weight.load(target);
    const distance = async () => {
      const product = tidy(() => module.product());
      await engine.settle();
      return Array.from(await product.data(), (value, i) => (value - (target[i] as number)) ** 2).reduce(
        (a, b) => a + b,
        0,
      );
    };
    const before = await distance();
    const sizes = blocks.map(({ d }) => 1 / (singularValues(d)[0] ?? 1) ** 2);
    for (let step = 0; step < 20; step++) module.follow(sizes, 0.1);
    expect(await distance()).toBeLessThan(0.9 * before);
    const codes = await module.codes.read();
    for (let row = 0; row < 10; row++)
      expect(codes.subarray(row * 4, row * 4 + 4).filter((x) => x !== 0).length).toBeLessThanOrEqual(2);
  });

  it("costs what it declares, trains the latent kernels only, and deploys once what a last coding gives", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { ratio: "1.2", width: "4", atoms: "4" });
    const { first, again, costs } = await trainAndDeploy(toy, made);
    expect(costs).toEqual(made.declared);
    expect(again).toEqual(first);
    for (const { module } of toy.model.sites) {
      if (!(module instanceof DsLinear)) continue;
      const product = tidy(() => module.product());
      await engine.settle();
      expect(largestGap(await product.data(), await module.latent.weight.read())).toBeLessThan(1e-6);
    }
  });
});

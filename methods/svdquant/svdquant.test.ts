import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainAndDeploy } from "#harness/check/toy/kit.ts";
import { largestGap, makeToy, scoresOf, setupOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { add, matrixFrom, scaleColumns, scaleRows, subtract } from "#harness/linalg/matrix.ts";
import { multiply } from "#harness/linalg/multiply.ts";
import { maxAbs, sumOfSquares } from "#harness/linalg/norms.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { gaussians } from "#harness/linalg/testing/matrices.ts";
import { stream } from "#harness/random/stream.ts";
import { type FitOptions, fitMap, roundInputs, roundKernel } from "./fit.ts";
import { method } from "./method.ts";

const random = stream(41, "svdquant-test");
const gaussian = gaussians(random);
const options: FitOptions = {
  rank: 8,
  group: 32,
  grid: 20,
  iterations: 1,
  roundInputs: true,
  unsigned: false,
};

describe("svdquant's fit", () => {
  // The card's synthetic layer: 128 x 128, 256 tokens, 4 channels 30 times as large.
  const outliers = new Set([5, 40, 77, 120]);
  const x = scaleColumns(
    gaussian(256, 128),
    Float64Array.from({ length: 128 }, (_, i) => (outliers.has(i) ? 30 : 1)),
  );
  const w = gaussian(128, 128);
  const size = Math.sqrt(sumOfSquares(multiply(x, w)));
  const fitted = fitMap(x, w, options);
  const relative = (given: Partial<FitOptions>) =>
    Math.sqrt(Math.min(...fitMap(x, w, { ...options, ...given }).rounds)) / size;

  it("reaches the card's errors on its synthetic layer within 30 %, in the card's order", () => {
    const plain = relative({ rank: 0, grid: 0 });
    const floatInputs = relative({ rank: 0, grid: 0, roundInputs: false });
    const unsmoothed = relative({ grid: 0 });
    const smoothing = relative({ rank: 0 });
    const svdquant = Math.sqrt(Math.min(...fitted.rounds)) / size;
    const iterated = relative({ iterations: 100 });
    const near = (value: number, card: number) =>
      expect(Math.abs(value / card - 1), `${value} against ${card}`).toBeLessThan(0.3);
    near(plain, 0.167);
    near(floatInputs, 0.094);
    near(unsmoothed, 0.15);
    near(smoothing, 0.061);
    near(svdquant, 0.0225);
    near(iterated, 0.0206);
    expect(iterated).toBeLessThanOrEqual(svdquant);
    expect(svdquant).toBeLessThan(smoothing);
    expect(smoothing).toBeLessThan(unsmoothed);
    expect(unsmoothed).toBeLessThan(plain);
  });

  it("chooses the smallest of the 39 errors; with the branch, a strong smoothing", () => {
    const fit = fitted;
    expect(fit.candidates.length).toBe(39);
    expect(fit.rounds[0]).toBeCloseTo(Math.min(...fit.candidates), 6);
    expect(fit.exponents[0]).toBeGreaterThanOrEqual(0.8);
  });

  it("leaves the sum of dropped squared singular values in the residual, far below the scaled weight's maximum", () => {
    const { lambda, branch } = fitted;
    const scaled = scaleRows(w, lambda);
    if (branch === null) throw new Error("no branch");
    const left = subtract(scaled, multiply(branch.a, branch.b));
    const dropped = singularValues(scaled)
      .slice(8)
      .reduce((sum, s) => sum + s * s, 0);
    // The branch is kept in 16 bits: 11 bits of its large entries.
    expect(Math.abs(sumOfSquares(left) / dropped - 1)).toBeLessThan(0.01);
    expect(maxAbs(left)).toBeLessThan(0.5 * maxAbs(scaled));
  });

  it("at full rank only activations are rounded; without rounding the layer is exact for any smoothing", () => {
    const small = { ...options, group: 8, rank: 12 };
    const [input, kernel] = [gaussian(40, 12), gaussian(12, 10)];
    const full = fitMap(input, kernel, { ...small, roundInputs: false });
    const branch = full.branch;
    if (branch === null) throw new Error("no branch");
    // The 16-bit factors and 4-bit rest together lose less than a thousandth.
    expect(Math.sqrt(Math.min(...full.rounds) / sumOfSquares(multiply(input, kernel)))).toBeLessThan(1e-3);
    const scaled = scaleColumns(
      input,
      full.lambda.map((value) => 1 / value),
    );
    const exact = add(
      multiply(multiply(scaled, branch.a), branch.b),
      multiply(scaled, subtract(scaleRows(kernel, full.lambda), multiply(branch.a, branch.b))),
    );
    expect(maxAbs(subtract(exact, multiply(input, kernel)))).toBeLessThan(1e-9);
  });

  it("rounds inputs per row and group within half a step, zero groups to 0, non-negative ones to sixteen levels", () => {
    const values = matrixFrom(2, 5, [1, -0.4, 0.09, 0, 0, 3, 2, 1, 0.1, 7]);
    const rounded = roundInputs(values, 3, false);
    expect([...rounded.data.subarray(3, 5)]).toEqual([0, 0]);
    expect(rounded.data[0]).toBe(1);
    for (let i = 0; i < 3; i++)
      expect(Math.abs((rounded.data[i] as number) - (values.data[i] as number))).toBeLessThanOrEqual(
        1 / 14 + 1e-12,
      );
    const unsigned = roundInputs(values, 5, true);
    for (let i = 5; i < 10; i++)
      expect(((unsigned.data[i] as number) * 15) / 7).toBeCloseTo(
        Math.round(((values.data[i] as number) * 15) / 7),
        9,
      );
    const kernel = roundKernel(matrixFrom(3, 2, [7, 0, 3.4, 0, -7, 0]), 2);
    expect([...kernel.data]).toEqual([7, 0, 3, 0, -7, 0]);
  });
});

describe("svdquant on a model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("costs what it declares, at rank 0 too, and is nearer to the dense scores than plain rounding", async () => {
    const gap = async (config: Record<string, string>) => {
      const toy = await makeToy(engine);
      const before = await scoresOf(toy);
      const made = await setupOn(toy, method, {
        examples: "32",
        tokens: "200",
        group: "5",
        grid: "5",
        ...config,
      });
      const { first, again, costs } = await trainAndDeploy(toy, made);
      expect(costs).toEqual(made.declared);
      expect(again).toEqual(first);
      return largestGap(first.scores, before);
    };
    const plain = await gap({ rank: "0", grid: "0" });
    const branch = await gap({ rank: "3" });
    expect(branch).toBeLessThan(plain);
    // With float inputs and a full-rank branch hardly anything is lost, with shifted inputs or not.
    expect(await gap({ rank: "8", activations: "float" })).toBeLessThan(0.02);
  });
});

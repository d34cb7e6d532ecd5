// SVDQuant's calibration of one linear map (or of several that share their input), on the host in double precision:
// smoothing search, low-rank branch, rounding. Kernels are [in, out]; groups of the quantiser run along the inputs.
import {
  add,
  columnSlice,
  type Matrix,
  matrixFrom,
  scaleColumns,
  scaleRows,
  subtract,
  transpose,
} from "#harness/linalg/matrix.ts";
import { multiply } from "#harness/linalg/multiply.ts";
import { sumOfSquares } from "#harness/linalg/norms.ts";
import { truncatedSvd } from "#harness/linalg/truncated-svd.ts";
import { quantise } from "#harness/nn/quantise.ts";

export interface FitOptions {
  readonly rank: number;
  readonly group: number;
  /** Steps of the search over smoothing exponents: 2 grid - 1 candidates. 0 for no smoothing. */
  readonly grid: number;
  /** Most rounds of branch against rounding error. */
  readonly iterations: number;
  /** Whether inputs are rounded too (W4A4) or stay float (W4A16). */
  readonly roundInputs: boolean;
  /** Whether inputs are non-negative and take codes 0..15. */
  readonly unsigned: boolean;
}

export interface Fit {
  /** Divides the inputs, [in]. */
  readonly lambda: Float64Array;
  /** Branch [in, rank] and [rank, out]; absent at rank 0. */
  readonly branch: { readonly a: Matrix; readonly b: Matrix } | null;
  /** Rounded residual kernel, [in, out]. */
  readonly residual: Matrix;
  /** Exponents of the smoothing that was chosen. */
  readonly exponents: readonly [number, number];
  /** Squared output error of every candidate, in the order tried. */
  readonly candidates: readonly number[];
  /** Squared output error of the branch's rounds; the kept one is the smallest. */
  readonly rounds: readonly number[];
}

type Attempt = Pick<Fit, "branch" | "residual"> & { readonly error: number };

/** Nearest number of 11 significant bits (float16 without its limits of range). */
export function toHalf(x: number): number {
  if (x === 0) return 0;
  const step = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 10);
  return Math.round(x / step) * step;
}
const half = (a: Matrix): Matrix => ({ ...a, data: a.data.map(toHalf) });

/** 4-bit rounding of a kernel, groups along the inputs of an output; scales of 16 bits. */
export function roundKernel(kernel: Matrix, group: number): Matrix {
  const rows = transpose(kernel);
  const { codes, magnitudes } = quantise(rows.data, rows.cols, { bits: 4, group });
  const perRow = Math.ceil(rows.cols / group);
  const data = rows.data.map((_, at) => {
    const [row, column] = [Math.floor(at / rows.cols), at % rows.cols];
    const scale = toHalf(magnitudes[row * perRow + Math.floor(column / group)] as number);
    return (scale * (codes[at] as number)) / 7;
  });
  return transpose({ ...rows, data });
}

/** Dynamic 4-bit rounding of inputs, per row and group: -7..7, or 0..15 where they are non-negative. */
export function roundInputs(x: Matrix, group: number, unsigned: boolean): Matrix {
  const top = unsigned ? 15 : 7;
  const data = x.data.slice();
  for (let row = 0; row < x.rows; row++) {
    for (let start = 0; start < x.cols; start += group) {
      const part = data.subarray(row * x.cols + start, row * x.cols + Math.min(x.cols, start + group));
      const magnitude = part.reduce((best, value) => Math.max(best, Math.abs(value)), 0);
      if (magnitude === 0) continue;
      for (let i = 0; i < part.length; i++)
        part[i] = (Math.round(((part[i] as number) / magnitude) * top) * magnitude) / top;
    }
  }
  return { ...x, data };
}

const largest = (a: Matrix, axis: "rows" | "columns"): Float64Array => {
  const out = new Float64Array(axis === "rows" ? a.rows : a.cols);
  for (const [at, value] of a.data.entries()) {
    const index = axis === "rows" ? Math.floor(at / a.cols) : at % a.cols;
    out[index] = Math.max(out[index] as number, Math.abs(value));
  }
  return out;
};

function branchOf(kernel: Matrix, rank: number): { a: Matrix; b: Matrix } | null {
  if (rank === 0) return null;
  const { u, s, v } = truncatedSvd(kernel, rank);
  return { a: half(columnSlice(u, 0, s.length)), b: half(transpose(scaleColumns(v, s))) };
}
const product = (branch: { a: Matrix; b: Matrix } | null, kernel: Matrix): Matrix =>
  branch === null ? { ...kernel, data: new Float64Array(kernel.data.length) } : multiply(branch.a, branch.b);

/** Fits lambda, branch and residual to `inputs` [tokens, in] and `kernel` [in, out]. */
export function fitMap(inputs: Matrix, kernel: Matrix, options: FitOptions): Fit {
  const wanted = multiply(inputs, kernel);
  const [inputSizes, weightSizes] = [largest(inputs, "columns"), largest(kernel, "rows")];
  const inverse = (lambda: Float64Array): Float64Array => lambda.map((value) => 1 / value);
  const errorOf = (
    lambda: Float64Array,
    branch: { a: Matrix; b: Matrix } | null,
    residual: Matrix,
  ): number => {
    const scaled = scaleColumns(inputs, inverse(lambda));
    const rounded = options.roundInputs ? roundInputs(scaled, options.group, options.unsigned) : scaled;
    const main = multiply(rounded, residual);
    const got = branch === null ? main : add(main, multiply(multiply(scaled, branch.a), branch.b));
    return sumOfSquares(subtract(got, wanted));
  };
  const { grid } = options;
  const exponents: [number, number][] = [[0, 0]];
  for (let k = 1; k < grid; k++) exponents.push([k / grid, 0], [k / grid, 1 - k / grid]);
  const smooth = ([alpha, beta]: readonly [number, number]): Float64Array =>
    inputSizes.map((size, i) => {
      const lambda = toHalf(size ** alpha / (weightSizes[i] as number) ** beta);
      return Number.isFinite(lambda) && lambda > 0 ? lambda : 1;
    });
  const attempt = (scaled: Matrix, lambda: Float64Array, target: Matrix): Attempt => {
    const branch = branchOf(target, options.rank);
    const residual = roundKernel(subtract(scaled, product(branch, scaled)), options.group);
    return { branch, residual, error: errorOf(lambda, branch, residual) };
  };
  let best: (Attempt & { lambda: Float64Array; exponents: [number, number] }) | undefined;
  const candidates: number[] = [];
  for (const pair of exponents) {
    const lambda = smooth(pair);
    const scaled = scaleRows(kernel, lambda);
    const tried = attempt(scaled, lambda, scaled);
    candidates.push(tried.error);
    if (best === undefined || tried.error < best.error) best = { ...tried, lambda, exponents: pair };
  }
  if (best === undefined) throw new Error("svdquant: no candidate");
  const { lambda, exponents: chosen } = best;
  const scaled = scaleRows(kernel, lambda);
  // Rounds: the branch takes what rounding left, rounding takes what the branch left. The candidate is the first of them.
  let kept: Attempt = best;
  const rounds = [kept.error];
  for (let round = 1; round < (options.rank === 0 ? 1 : options.iterations); round++) {
    const next = attempt(scaled, lambda, subtract(scaled, kept.residual));
    rounds.push(next.error);
    if (next.error > kept.error) break;
    kept = next;
  }
  const { branch, residual } = kept;
  return { lambda, branch, residual, exponents: chosen, candidates, rounds };
}

/** Rows of activations as a matrix. */
export const inputMatrix = (values: readonly number[], width: number): Matrix =>
  matrixFrom(values.length / width, width, values);

// The leading part of a singular value decomposition: which path computes it (exact, iterative or by the Gram matrix), at
// what accuracy, and what the caller is told. The paths themselves are svd.ts, block-krylov.ts and gram-svd.ts.
import { type Stream, stream } from "#harness/random/stream.ts";
import { krylovVectors } from "./block-krylov.ts";
import { gramTriplets } from "./gram-svd.ts";
import { type Named, requireFinite, requireRank } from "./guards.ts";
import { columnSlice, type Matrix, scale, transpose } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { powerOfTwoScale, sumOfSquares } from "./norms.ts";
import { fixSigns } from "./signs.ts";
import { singularVectors, svd } from "./svd.ts";

export type Side = "left" | "right";

export interface TruncationOptions extends Named {
  /**
   * `exact` takes the leading part of a full decomposition; `iterative` grows a block Krylov space; `auto` (default)
   * is iterative where that is faster: shorter side above 64 and rank at most a fifth of it. `gram` takes the eigenvectors
   * of the smaller Gram matrix, for ranks of any size: two to three times faster than `exact`, vectors right to 1e-8; where
   * the last singular value asked for is below 1e-4 of the first, it is `exact`.
   */
  readonly mode?: "auto" | "exact" | "iterative" | "gram";
  /**
   * Of the iterative path: the excess of ||A - A_r||_F^2 over its least value (the sum of squared trailing singular
   * values), as a part of that value, that is good enough. Default 3e-4, and at least 1e-14 ||A||_F^2. An estimate steers
   * it: on every spectrum tried the true excess stayed below (block-krylov.ts), mostly far below.
   */
  readonly tolerance?: number;
  /** Where the iterative path starts. Default: one fixed stream, so that the result depends on the matrix alone. */
  readonly stream?: Stream;
}

/** What every truncated decomposition says about itself. */
export interface Truncation {
  /** min(rank asked for, rows, cols). */
  readonly rank: number;
  /** True when the rank asked for was above min(rows, cols). */
  readonly clipped: boolean;
  /** Sum of the kept squared singular values over ||A||_F^2, 0 .. 1; 1 for a zero matrix, of which nothing is lost. */
  readonly capturedFraction: number;
  readonly path: "exact" | "iterative" | "gram";
}

export interface TruncatedSvd extends Truncation {
  /** [rows, rank] with orthonormal columns, also where A has lower rank. Largest entry of a column positive. */
  readonly u: Matrix;
  /** Descending, `rank` numbers; the iterative path approaches the singular values from below. */
  readonly s: Float64Array;
  /** [cols, rank] with orthonormal columns (V, not its transpose); signs follow u. */
  readonly v: Matrix;
}

export interface LeadingSubspace extends Truncation {
  /** [rows, rank] (left) or [cols, rank] (right), orthonormal columns, leading first, largest entry positive. */
  readonly basis: Matrix;
  readonly s: Float64Array;
}

const DEFAULT_TOLERANCE = 3e-4;
/** Shorter sides up to this are decomposed in full in a few milliseconds. */
const SMALL_SIDE = 64;
/** Above this part of the shorter side the Krylov space would grow to most of the matrix. */
const LOW_RANK = 1 / 5;

interface Plan {
  readonly rank: number;
  readonly clipped: boolean;
  /** The path to try first. */
  readonly path: Truncation["path"];
}

function plan(a: Matrix, rank: number, options: TruncationOptions): Plan {
  requireRank(rank, options.name);
  const shorter = Math.min(a.rows, a.cols);
  if (shorter === 0) throw new RangeError(`${options.name ?? "matrix"} is empty: ${a.rows} x ${a.cols}`);
  requireFinite(a, "a low-rank decomposition", options.name);
  const kept = Math.min(rank, shorter);
  const worthwhile = shorter > SMALL_SIDE && kept <= LOW_RANK * shorter;
  const mode = options.mode ?? "auto";
  const auto = worthwhile ? "iterative" : "exact";
  return { rank: kept, clipped: rank > shorter, path: mode === "auto" ? auto : mode };
}

interface Triplets {
  readonly u: Matrix;
  readonly s: Float64Array;
  readonly v: Matrix;
  readonly capturedFraction: number;
}

/**
 * The planned path where it is not the exact one; undefined where that gives nothing: on a zero matrix, and by Gram on one
 * whose wanted singular values fall too far.
 */
function shortcut(a: Matrix, planned: Plan, options: TruncationOptions): Triplets | undefined {
  if (planned.path === "exact") return undefined;
  if (a.rows > a.cols) {
    const found = shortcut(transpose(a), planned, options);
    return found === undefined ? undefined : { ...found, u: found.v, v: found.u };
  }
  const factor = powerOfTwoScale(a);
  const scaled = scale(a, factor);
  const total = sumOfSquares(scaled);
  if (total === 0) return undefined;
  const found =
    planned.path === "gram"
      ? gramTriplets(scaled, planned.rank)
      : krylovTriplets(scaled, planned.rank, options);
  if (found === undefined) return undefined;
  const capturedFraction = Math.min(1, found.s.reduce((sum, x) => sum + x * x, 0) / total);
  return { ...found, s: found.s.map((x) => x / factor), capturedFraction };
}

function krylovTriplets(a: Matrix, rank: number, options: TruncationOptions) {
  const found = krylovVectors(a, rank, {
    stream: options.stream ?? stream(0, "linalg/truncated-svd"),
    tolerance: options.tolerance ?? DEFAULT_TOLERANCE,
  });
  // The decomposition of P^T A turns P to singular vectors without squaring A, and gives the other side.
  const { u, s, v } = svd(multiply(found, a));
  return { u: multiply(transpose(found), u), s, v };
}

/** Part of the energy that the first `rank` of all singular values hold. */
function fraction(s: Float64Array, rank: number): number {
  const largest = s[0] ?? 0;
  if (largest === 0) return 1;
  let kept = 0;
  let total = 0;
  for (const [i, value] of s.entries()) {
    const energy = (value / largest) ** 2;
    total += energy;
    if (i < rank) kept += energy;
  }
  return kept / total;
}

/**
 * A_r = U diag(s) V^T of rank r = min(rank, rows, cols), the best approximation of A within `options.tolerance`.
 * Errors: `config` for a rank below 1, `failed` for a non-finite entry.
 */
export function truncatedSvd(a: Matrix, rank: number, options: TruncationOptions = {}): TruncatedSvd {
  const planned = plan(a, rank, options);
  const common = { rank: planned.rank, clipped: planned.clipped };
  const found = shortcut(a, planned, options);
  if (found !== undefined) {
    const { matrix: u, signs } = fixSigns(found.u);
    return { ...common, ...found, u, v: fixSigns(found.v, signs).matrix, path: planned.path };
  }
  const { u, s, v } = svd(a, options);
  return {
    ...common,
    u: columnSlice(u, 0, planned.rank),
    s: s.slice(0, planned.rank),
    v: columnSlice(v, 0, planned.rank),
    capturedFraction: fraction(s, planned.rank),
    path: "exact",
  };
}

/**
 * An orthonormal basis P of the leading left (or right) singular directions, by `truncatedSvd`'s rules; the exact path
 * saves the other side's vectors. ||A - P P^T A||_F^2 = (1 - capturedFraction) ||A||_F^2 on the left; on the right,
 * where A is [rows, cols] with rows < cols, the iterative basis may hold a little more than `capturedFraction`.
 */
export function leadingSubspace(
  a: Matrix,
  rank: number,
  options: TruncationOptions & { readonly side: Side },
): LeadingSubspace {
  const planned = plan(a, rank, options);
  const common = { rank: planned.rank, clipped: planned.clipped };
  const found = shortcut(a, planned, options);
  if (found !== undefined) {
    const { s, capturedFraction } = found;
    const basis = fixSigns(options.side === "left" ? found.u : found.v).matrix;
    return { ...common, basis, s, capturedFraction, path: planned.path };
  }
  const { s, vectors } = singularVectors(a, options.side, options);
  return {
    ...common,
    basis: columnSlice(vectors, 0, planned.rank),
    s: s.slice(0, planned.rank),
    capturedFraction: fraction(s, planned.rank),
    path: "exact",
  };
}

// The randomised range finder and the SVD built on it, as papers write them: a fixed number of power iterations, no
// stopping rule (Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1; torch.svd_lowrank). For the most accurate
// subspace at least cost take truncated-svd.ts instead.
import type { Stream } from "#harness/random/stream.ts";
import { type Named, requireFinite, requireRank } from "./guards.ts";
import { columnSlice, type Matrix, transpose, zeros } from "./matrix.ts";
import { multiply, multiplyAtB } from "./multiply.ts";
import { frobeniusNorm } from "./norms.ts";
import { qr } from "./qr.ts";
import { fixSigns } from "./signs.ts";
import { svd } from "./svd.ts";
import type { TruncatedSvd } from "./truncated-svd.ts";

export interface RangeOptions extends Named {
  readonly stream: Stream;
  /** Times that A A^T is applied after the first product with A, with a QR between; default 2. */
  readonly powerIterations?: number;
}

export interface Range {
  /** [rows, size] with orthonormal columns, size = min(size asked for, rows, cols). */
  readonly basis: Matrix;
  /** True when the size asked for was above min(rows, cols). */
  readonly clipped: boolean;
}

/** `count` columns of standard normal numbers. */
function gaussian(rows: number, count: number, random: Stream): Matrix {
  const result = zeros(rows, count);
  for (let i = 0; i < result.data.length; i++) result.data[i] = random.normal();
  return result;
}

function requireIterations(powerIterations: number): void {
  if (!Number.isInteger(powerIterations) || powerIterations < 0) {
    throw new RangeError(`powerIterations is ${powerIterations}, not a whole number`);
  }
}

/**
 * An orthonormal basis that holds most of the range of A: QR of (A A^T)^powerIterations A G with G Gaussian. Its
 * columns are not singular vectors. Errors: `config` for a size below 1, `failed` for a non-finite entry.
 */
export function rangeFinder(a: Matrix, size: number, options: RangeOptions): Range {
  const { stream, powerIterations = 2, name } = options;
  requireRank(size, name);
  requireIterations(powerIterations);
  requireFinite(a, "a range finder", name);
  const kept = Math.min(size, a.rows, a.cols);
  let { q } = qr(multiply(a, gaussian(a.cols, kept, stream)));
  for (let i = 0; i < powerIterations; i++) {
    q = qr(multiplyAtB(a, q)).q;
    q = qr(multiply(a, q)).q;
  }
  return { basis: q, clipped: kept < size };
}

/**
 * A ~ U diag(s) V^T of the given rank from a range of rank + oversampling directions: the SVD of Q^T A. With oversampling
 * 0 this is torch.svd_lowrank(A, q = rank, niter = powerIterations), apart from its random numbers.
 */
export function randomisedSvd(
  a: Matrix,
  rank: number,
  options: RangeOptions & { readonly oversampling?: number },
): Omit<TruncatedSvd, "path"> {
  requireRank(rank, options.name);
  if (a.rows < a.cols) {
    const { u, v, ...rest } = randomisedSvd(transpose(a), rank, options);
    const signed = fixSigns(v);
    return { ...rest, u: signed.matrix, v: fixSigns(u, signed.signs).matrix };
  }
  const { basis } = rangeFinder(a, rank + (options.oversampling ?? 8), options);
  const inner = svd(multiplyAtB(basis, a));
  const kept = Math.min(rank, inner.s.length);
  const signed = fixSigns(multiply(basis, columnSlice(inner.u, 0, kept)));
  const s = inner.s.slice(0, kept);
  const norm = frobeniusNorm(a);
  return {
    u: signed.matrix,
    s,
    v: fixSigns(columnSlice(inner.v, 0, kept), signed.signs).matrix,
    rank: kept,
    clipped: rank > kept,
    capturedFraction:
      norm === 0
        ? 1
        : Math.min(
            1,
            s.reduce((sum, x) => sum + (x / norm) ** 2, 0),
          ),
  };
}

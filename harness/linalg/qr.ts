// Thin QR by Householder reflections, with the sign that makes it unique.
import { type Named, requireFinite } from "./guards.ts";
import {
  makeReflector,
  type Reflector,
  reflectBackward,
  reflectForward,
  reflectorBasis,
  reflectRow,
} from "./householder.ts";
import { type Matrix, transpose } from "./matrix.ts";
import { powerOfTwoScale } from "./norms.ts";

export interface Qr {
  /** [m, k] with orthonormal columns, k = min(m, n); also where A lacks rank. */
  readonly q: Matrix;
  /** [k, n], upper triangular, diagonal >= 0. */
  readonly r: Matrix;
}

/** Reflectors and R of a matrix given by its columns; the rows of `columns` are overwritten. */
export interface HouseholderQr {
  readonly reflectors: readonly Reflector[];
  /** [k, n], diagonal of either sign. */
  readonly r: Matrix;
}

/** QR without forming Q, of the matrix whose COLUMNS are the rows of `columns` ([n, m]); overwrites `columns.data`. */
export function householderQr(columns: Matrix): HouseholderQr {
  const { rows: n, cols: m, data } = columns;
  const k = Math.min(m, n);
  const reflectors: Reflector[] = [];
  const r = new Float64Array(k * n);
  // Left-looking: four columns catch up with all earlier reflectors, then make their own.
  for (let block = 0; block < n; block += 4) {
    const end = Math.min(n, block + 4);
    reflectForward(data, m, block, end, reflectors);
    for (let j = block; j < end; j++) {
      const row = j * m;
      for (let i = 0; i < Math.min(j, k); i++) r[i * n + j] = data[row + i] as number;
      if (j >= k) continue;
      const { reflector, alpha } = makeReflector(data.slice(row + j, row + m), j);
      reflectors.push(reflector);
      r[j * n + j] = alpha;
      for (let later = j + 1; later < end; later++) reflectRow(data, m, later, reflector);
    }
  }
  return { reflectors, r: { rows: k, cols: n, data: r } };
}

/** Q times `z` for z [k, c] padded with zeros to [m, c]; m is the length the reflectors were made for. */
export function applyQ(qr: HouseholderQr, z: Matrix, m: number): Matrix {
  const columns = new Float64Array(z.cols * m);
  for (let i = 0; i < z.rows; i++) {
    for (let j = 0; j < z.cols; j++) columns[j * m + i] = z.data[i * z.cols + j] as number;
  }
  reflectBackward(columns, m, 0, z.cols, qr.reflectors);
  return transpose({ rows: z.cols, cols: m, data: columns });
}

/**
 * A = Q R for A [m, n], thin, R's diagonal >= 0 (unique for full column rank). Residual and loss of orthogonality: a few
 * roundings times ||A||. Errors: `failed` for a non-finite entry.
 */
export function qr(a: Matrix, options: Named = {}): Qr {
  requireFinite(a, "a QR decomposition", options.name);
  const { rows: m, cols: n } = a;
  const k = Math.min(m, n);
  const factor = powerOfTwoScale(a);
  const columns = transpose(a);
  if (factor !== 1)
    for (let i = 0; i < columns.data.length; i++) columns.data[i] = (columns.data[i] as number) * factor;
  const { reflectors, r } = householderQr(columns);
  const qt = reflectorBasis(reflectors, k, m);
  for (let i = 0; i < k; i++) {
    const negative = (r.data[i * n + i] as number) < 0;
    for (let j = i; j < n; j++) {
      const value = (r.data[i * n + j] as number) / factor;
      r.data[i * n + j] = negative ? -value : value;
    }
    if (negative) for (let j = 0; j < m; j++) qt[i * m + j] = -(qt[i * m + j] as number);
  }
  return { q: transpose({ rows: k, cols: m, data: qt }), r };
}

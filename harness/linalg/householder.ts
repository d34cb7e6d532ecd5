// Reflections H = I - tau v v^T (Golub and Van Loan, Matrix Computations, 5.1) on bare arrays, the building block of
// qr.ts, tridiagonal.ts and bidiagonal.ts. Vectors lie in ROWS here, so every loop runs along memory; four go together.
// Callers scale their matrix first (norms.ts: powerOfTwoScale).

/** Acts on entries start .. start + v.length - 1 of a vector and leaves the others. */
export interface Reflector {
  readonly start: number;
  readonly v: Float64Array;
  /** 0 where the reflection is the identity. */
  readonly tau: number;
}

/**
 * The reflector with H x = alpha e_1 for x = `values`, which become its v. alpha has the sign opposite to x_1, so
 * nothing cancels. x = 0 beyond its first entry gives H = I and alpha = x_1.
 */
export function makeReflector(
  values: Float64Array,
  start: number,
): { readonly reflector: Reflector; readonly alpha: number } {
  const v = values;
  let tail = 0;
  for (let i = 1; i < v.length; i++) tail += (v[i] as number) * (v[i] as number);
  const first = v[0] as number;
  v[0] = 1;
  if (tail === 0) return { reflector: { start, v, tau: 0 }, alpha: first };
  const norm = Math.sqrt(first * first + tail);
  const alpha = first > 0 ? -norm : norm;
  const head = first - alpha;
  for (let i = 1; i < v.length; i++) v[i] = (v[i] as number) / head;
  return { reflector: { start, v, tau: -head / alpha }, alpha };
}

/** H z for the vector in row `row` of `z` (row length `width`), in place. */
export function reflectRow(z: Float64Array, width: number, row: number, reflector: Reflector): void {
  const { start, v, tau } = reflector;
  const base = row * width + start;
  let dot = 0;
  for (let i = 0; i < v.length; i++) dot += (v[i] as number) * (z[base + i] as number);
  dot *= tau;
  for (let i = 0; i < v.length; i++) z[base + i] = (z[base + i] as number) - dot * (v[i] as number);
}

function reflectFourRows(z: Float64Array, width: number, row: number, reflector: Reflector): void {
  const { start, v, tau } = reflector;
  const n = v.length;
  const r0 = row * width + start;
  const r1 = r0 + width;
  const r2 = r1 + width;
  const r3 = r2 + width;
  let d0 = 0;
  let d1 = 0;
  let d2 = 0;
  let d3 = 0;
  for (let i = 0; i < n; i++) {
    const x = v[i] as number;
    d0 += x * (z[r0 + i] as number);
    d1 += x * (z[r1 + i] as number);
    d2 += x * (z[r2 + i] as number);
    d3 += x * (z[r3 + i] as number);
  }
  d0 *= tau;
  d1 *= tau;
  d2 *= tau;
  d3 *= tau;
  for (let i = 0; i < n; i++) {
    const x = v[i] as number;
    z[r0 + i] = (z[r0 + i] as number) - d0 * x;
    z[r1 + i] = (z[r1 + i] as number) - d1 * x;
    z[r2 + i] = (z[r2 + i] as number) - d2 * x;
    z[r3 + i] = (z[r3 + i] as number) - d3 * x;
  }
}

/**
 * Applies reflectors in the order given by `from` and `step` (1: the first one first; -1: the last one first) to rows
 * row0 .. row1 - 1 of `z`. Four rows at a time pass through all reflectors while they lie in the first-level cache.
 */
function reflectAll(
  z: Float64Array,
  width: number,
  row0: number,
  row1: number,
  reflectors: readonly Reflector[],
  step: 1 | -1,
  startsAt: (row: number) => number,
): void {
  const count = reflectors.length;
  for (let row = row0; row < row1; row += 4) {
    const whole = row + 4 <= row1;
    const from = step === 1 ? 0 : Math.min(count, startsAt(Math.min(row1 - 1, row + 3))) - 1;
    for (let k = from; k >= 0 && k < count; k += step) {
      const reflector = reflectors[k];
      if (reflector === undefined || reflector.tau === 0) continue;
      if (whole) reflectFourRows(z, width, row, reflector);
      else for (let r = row; r < row1; r++) reflectRow(z, width, r, reflector);
    }
  }
}

/** (H_k .. H_1 H_0) z for each row vector z of rows row0 .. row1 - 1. */
export function reflectForward(
  z: Float64Array,
  width: number,
  row0: number,
  row1: number,
  reflectors: readonly Reflector[],
): void {
  reflectAll(z, width, row0, row1, reflectors, 1, () => 0);
}

/** (H_0 H_1 .. H_k) z for each row vector z of rows row0 .. row1 - 1. */
export function reflectBackward(
  z: Float64Array,
  width: number,
  row0: number,
  row1: number,
  reflectors: readonly Reflector[],
): void {
  reflectAll(z, width, row0, row1, reflectors, -1, () => reflectors.length);
}

/**
 * The first `count` columns of H_0 H_1 .. H_k, as ROWS of a [count, width] array. Needs reflectors that start at
 * strictly growing places: those that start behind i leave the unit vector e_i alone and are skipped.
 */
export function reflectorBasis(reflectors: readonly Reflector[], count: number, width: number): Float64Array {
  const z = new Float64Array(count * width);
  for (let i = 0; i < count; i++) z[i * width + i] = 1;
  const first = reflectors[0]?.start ?? 0;
  reflectAll(z, width, 0, count, reflectors, -1, (row) => row - first + 1);
  return z;
}

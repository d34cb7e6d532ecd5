// Plane rotations applied to the columns of a row-major matrix: a whole QR sweep at once, so that each row is read and
// written once a sweep. Four rows go together, because the chain through one row waits for its own result.

/** Rotations of the neighbouring columns j and j + 1 for j = first .. last - 1, in that order; angle at index j. */
export interface Chain {
  readonly first: number;
  readonly last: number;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

/** For columns j = first .. last - 1: (z_j, z_j+1) <- (c z_j + s z_j+1, c z_j+1 - s z_j), with c = cosines[j]. */
export function rotateUpward(z: Float64Array, rows: number, cols: number, chain: Chain): void {
  const { first, last, cosines, sines } = chain;
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    const r0 = i * cols;
    const r1 = r0 + cols;
    const r2 = r1 + cols;
    const r3 = r2 + cols;
    let x0 = z[r0 + first] as number;
    let x1 = z[r1 + first] as number;
    let x2 = z[r2 + first] as number;
    let x3 = z[r3 + first] as number;
    for (let j = first; j < last; j++) {
      const c = cosines[j] as number;
      const s = sines[j] as number;
      const y0 = z[r0 + j + 1] as number;
      z[r0 + j] = c * x0 + s * y0;
      x0 = c * y0 - s * x0;
      const y1 = z[r1 + j + 1] as number;
      z[r1 + j] = c * x1 + s * y1;
      x1 = c * y1 - s * x1;
      const y2 = z[r2 + j + 1] as number;
      z[r2 + j] = c * x2 + s * y2;
      x2 = c * y2 - s * x2;
      const y3 = z[r3 + j + 1] as number;
      z[r3 + j] = c * x3 + s * y3;
      x3 = c * y3 - s * x3;
    }
    z[r0 + last] = x0;
    z[r1 + last] = x1;
    z[r2 + last] = x2;
    z[r3 + last] = x3;
  }
  for (; i < rows; i++) {
    const r = i * cols;
    let x = z[r + first] as number;
    for (let j = first; j < last; j++) {
      const c = cosines[j] as number;
      const s = sines[j] as number;
      const y = z[r + j + 1] as number;
      z[r + j] = c * x + s * y;
      x = c * y - s * x;
    }
    z[r + last] = x;
  }
}

/** One rotation of columns j and k, in the sense of `rotateUpward`: for the rare steps that leave the chain. */
export function rotatePair(
  z: Float64Array,
  rows: number,
  cols: number,
  j: number,
  k: number,
  c: number,
  s: number,
): void {
  for (let i = 0; i < rows; i++) {
    const x = z[i * cols + j] as number;
    const y = z[i * cols + k] as number;
    z[i * cols + j] = c * x + s * y;
    z[i * cols + k] = c * y - s * x;
  }
}

/**
 * The rotation that brings (f, g) to (r, 0): c f + s g = r, c g - s f = 0; c = 1, s = 0 where g = 0. Written to
 * `out` as [c, s, r]: the innermost step of a sweep allocates nothing.
 */
export function givens(f: number, g: number, out: Float64Array): void {
  if (g === 0) {
    out[0] = 1;
    out[1] = 0;
    out[2] = f;
    return;
  }
  const square = f * f + g * g;
  const size = Math.max(Math.abs(f), Math.abs(g));
  // Below 1e-280 the squares have lost digits or vanished.
  const r = square > 1e-280 ? Math.sqrt(square) : size * Math.sqrt((f / size) ** 2 + (g / size) ** 2);
  out[0] = f / r;
  out[1] = g / r;
  out[2] = r;
}

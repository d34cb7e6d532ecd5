// Gradients without a framework: central differences in double precision, and how far two arrays are apart.

/** d f / d x by central differences, f and x in double precision. */
export function differences(f: (x: Float64Array) => number, at: ArrayLike<number>): number[] {
  const x = Float64Array.from(at);
  return Array.from(x, (value, i) => {
    const h = 1e-5;
    x[i] = value + h;
    const above = f(x);
    x[i] = value - h;
    const below = f(x);
    x[i] = value;
    return (above - below) / (2 * h);
  });
}

/** Largest difference over the largest number. */
export function relativeGap(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let gap = 0;
  let scale = 0;
  for (let i = 0; i < wanted.length; i++) {
    gap = Math.max(gap, Math.abs((found[i] as number) - (wanted[i] as number)));
    scale = Math.max(scale, Math.abs(wanted[i] as number));
  }
  return found.length === wanted.length ? gap / scale : Number.POSITIVE_INFINITY;
}

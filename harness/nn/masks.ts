// Which weights a pruned kernel keeps: masks by magnitude, one number a weight, 1 for kept. Kernels are [in, out].

const ascending = (values: ArrayLike<number>, indices: number[]): number[] =>
  indices.sort((i, j) => Math.abs(values[i] as number) - Math.abs(values[j] as number) || i - j);

/** Keeps all but the floor(sparsity * count) smallest magnitudes; among equal ones the first go. */
export function magnitudeMask(values: ArrayLike<number>, sparsity: number): Uint8Array {
  const mask = new Uint8Array(values.length).fill(1);
  const order = ascending(
    values,
    Array.from({ length: values.length }, (_, i) => i),
  );
  for (const index of order.slice(0, Math.floor(sparsity * values.length))) mask[index] = 0;
  return mask;
}

/**
 * N:M along the inputs: of each M consecutive inputs of one output the N largest magnitudes stay; among equal ones the
 * later. A short last group is taken as padded with zeros: it keeps at most N.
 */
export function groupMask(
  values: ArrayLike<number>,
  fanIn: number,
  fanOut: number,
  n: number,
  m: number,
): Uint8Array {
  const mask = new Uint8Array(fanIn * fanOut);
  // A weight stays when fewer than N of its group come before it: larger ones, and equal ones that stand later. Counting
  // is quadratic in M but allocates nothing: it runs at every step of training under a mask.
  for (let start = 0; start < fanIn; start += m) {
    const end = Math.min(fanIn, start + m);
    for (let i = start; i < end; i++) {
      for (let out = 0; out < fanOut; out++) {
        const size = Math.abs(values[i * fanOut + out] as number);
        let before = 0;
        for (let other = start; other < end; other++) {
          const rival = Math.abs(values[other * fanOut + out] as number);
          if (rival > size || (rival === size && other > i)) before++;
        }
        if (before < n) mask[i * fanOut + out] = 1;
      }
    }
  }
  return mask;
}

/** Kept weights of a kernel [in, out] under N:M with a short last group. */
export const keptInGroups = (fanIn: number, fanOut: number, n: number, m: number): number =>
  fanOut * (Math.floor(fanIn / m) * n + Math.min(n, fanIn % m));

export const countKept = (mask: Uint8Array): number => mask.reduce((sum, bit) => sum + bit, 0);

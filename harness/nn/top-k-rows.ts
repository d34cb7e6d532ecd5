// Keeping the largest magnitudes of each row, on the host: sparse codes and other row-wise patterns.
import { hostOp } from "#harness/engine/host-op.ts";
import type { Tensor } from "#harness/engine/tensor.ts";

/** Zeroes all but the `k` largest magnitudes of each row in place; among equal ones the earlier stays. */
export function keepTopK(values: Float32Array | Float64Array, width: number, k: number): void {
  if (k >= width) return;
  const sizes = new Float64Array(width);
  for (let start = 0; start < values.length; start += width) {
    for (let i = 0; i < width; i++) sizes[i] = Math.abs(values[start + i] as number);
    // The native sort of numbers is ten times faster than one of indices by a comparison.
    const least = sizes.sort()[width - k] as number;
    let ties = k;
    for (let i = width - k; i < width; i++) if ((sizes[i] as number) > least) ties--;
    for (let i = start; i < start + width; i++) {
      const size = Math.abs(values[i] as number);
      if (size > least || (size === least && ties-- > 0)) continue;
      values[i] = 0;
    }
  }
}

/** The tensor with all but the `k` largest magnitudes along its last axis set to 0. No gradient. */
export function topKRows(x: Tensor, k: number): Tensor {
  const width = x.shape[x.shape.length - 1] ?? 1;
  const [kept] = hostOp(
    {
      name: "TopKRows",
      outputs: [{ shape: [...x.shape], dtype: "float32", over: 0 }],
      run(_, [out]) {
        if (!(out instanceof Float32Array)) throw new Error("TopKRows: expected floats");
        keepTopK(out, width, k);
      },
    },
    [x],
  );
  if (kept === undefined) throw new Error("TopKRows: missing result");
  return kept;
}

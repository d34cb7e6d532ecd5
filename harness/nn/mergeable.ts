// Modules that exist only while training and fold into a plain dense map for deployment.
import type { Linear } from "./linear.ts";
import type { LinearModule, Module } from "./module.ts";
import type { Site } from "./site.ts";

export interface MergeableLinear extends LinearModule {
  /**
   * The dense map with the same function, to 1e-5 of its outputs. Sums are formed in double precision and rounded once.
   * The module's own parameters are released: it must not be used afterwards.
   */
  merge(): Promise<Linear>;
}

const isMergeable = (module: Module): module is MergeableLinear =>
  typeof (module as Partial<MergeableLinear>).merge === "function";

/** Folds every mergeable module of the sites in place. A second call finds none and changes nothing. */
export async function mergeSites(sites: readonly Site[]): Promise<void> {
  for (const site of sites) {
    if (site.kind === "linear" && isMergeable(site.module)) site.module = await site.module.merge();
  }
}

/** `weight + scale * a b` for a [rows, inner] and b [inner, columns], accumulated in double precision. */
export function addProduct(
  weight: Float32Array,
  scale: number,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  inner: number,
): Float32Array {
  const rows = a.length / inner;
  const columns = b.length / inner;
  const out = new Float32Array(weight.length);
  const row = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    row.fill(0);
    let k = 0;
    // Four terms a pass; each entry is still summed in order of k.
    for (; k + 4 <= inner; k += 4) {
      const f0 = scale * (a[i * inner + k] as number);
      const f1 = scale * (a[i * inner + k + 1] as number);
      const f2 = scale * (a[i * inner + k + 2] as number);
      const f3 = scale * (a[i * inner + k + 3] as number);
      const [b0, b1, b2, b3] = [k * columns, (k + 1) * columns, (k + 2) * columns, (k + 3) * columns];
      for (let j = 0; j < columns; j++) {
        let sum = (row[j] as number) + f0 * (b[b0 + j] as number);
        sum += f1 * (b[b1 + j] as number);
        sum += f2 * (b[b2 + j] as number);
        row[j] = sum + f3 * (b[b3 + j] as number);
      }
    }
    for (; k < inner; k++) {
      const factor = scale * (a[i * inner + k] as number);
      for (let j = 0; j < columns; j++) row[j] = (row[j] as number) + factor * (b[k * columns + j] as number);
    }
    for (let j = 0; j < columns; j++)
      out[i * columns + j] = (weight[i * columns + j] as number) + (row[j] as number);
  }
  return out;
}

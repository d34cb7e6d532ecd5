// Modules that exist only while training and fold into a plain dense map for deployment.
import { matrixFrom, scale as scaled } from "#harness/linalg/matrix.ts";
import { multiply } from "#harness/linalg/multiply.ts";
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
  const [rows, columns] = [a.length / inner, b.length / inner];
  const left = scaled(matrixFrom(rows, inner, a), scale);
  const { data } = multiply(left, matrixFrom(inner, columns, b));
  return weight.map((value, at) => value + (data[at] as number));
}

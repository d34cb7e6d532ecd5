// Costs by formula, built from counts that a method derives from its configuration, not from the tensors it made.
import { isLinear, type Linear } from "#harness/nn/linear.ts";
import type { Model } from "#harness/nn/model.ts";
import { type Param, STORED_BITS } from "#harness/nn/param.ts";
import type { LinearSite, Site } from "#harness/nn/site.ts";
import type { DeclaredCosts } from "./contract.ts";

export const FLOAT_BYTES = 4;

/** Adam's and AdamW's state: two floats a trained number. */
export const adamStateBytes = (trainable: number): number => 2 * FLOAT_BYTES * trainable;

export const countOf = (params: Iterable<Param>): number => {
  let total = 0;
  for (const param of params) total += param.size;
  return total;
};

/** Bytes of parameters at their stored width. */
export const bytesOf = (params: Iterable<Param>): number => {
  let bits = 0;
  for (const param of params) bits += param.size * STORED_BITS[param.storedAs];
  return Math.ceil(bits / 8);
};

/** Numbers of a dense map: in * out, plus out with a bias. */
export const denseSize = (map: Linear): number =>
  map.inFeatures * map.outFeatures + (map.bias === null ? 0 : map.outFeatures);

/** The plain dense maps that stand at `sites` now, with their sites. */
export function denseMaps<S extends Site>(
  sites: readonly S[],
): readonly { readonly site: S; readonly map: Linear }[] {
  return sites.flatMap((site) => (isLinear(site.module) ? [{ site, map: site.module }] : []));
}

/** Sum over linear sites of a count that depends on their two widths, or on which one it is. */
export const sumOver = (
  sites: readonly LinearSite[],
  count: (fanIn: number, fanOut: number, index: number) => number,
): number =>
  sites.reduce((total, { module }, index) => total + count(module.inFeatures, module.outFeatures, index), 0);

/**
 * Numbers of the task's output map: classes (d + 1), or classes d for one without bias; none where a text tower gives the
 * classes.
 */
export const headSize = ({ head: { module } }: Model): number => {
  if (module.params().length === 0) return 0;
  const biased = module.params().some((param) => param.role === "bias");
  return module.outFeatures * (module.inFeatures + (biased ? 1 : 0));
};

/** Costs of a method that trains `trainable` numbers with AdamW and deploys the dense model it started from. */
export function denseDeployment(model: Model, trainable: number): DeclaredCosts {
  return {
    trainable,
    optimizerStateBytes: adamStateBytes(trainable),
    deployedParameters: countOf(model.params()),
    deployedBytes: bytesOf(model.params()),
  };
}

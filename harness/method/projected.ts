// What optimizers that project gradients have in common: all weights train, the maps in blocks under the method's
// optimizer, everything else under AdamW; the model is deployed dense.
import type { Model } from "#harness/nn/model.ts";
import type { Optimizer } from "#harness/optim/optimizer.ts";
import type { MethodRun } from "./contract.ts";
import { adamStateBytes, countOf, denseDeployment, denseMaps, FLOAT_BYTES } from "./costs.ts";
import { blockSites } from "./rewrite.ts";

export interface ProjectedRun {
  readonly model: Model;
  note(text: string): void;
  /** The rank asked for; maps whose short side is below it are noted. Left out where there is none. */
  readonly rank?: number;
  readonly optimizer: Optimizer;
  /** Optimizer-state numbers of one map [m, n], by the card's formula. */
  stateNumbers(m: number, n: number): number;
  readonly learningRate: number;
}

export function projectedRun({
  model,
  note,
  rank,
  optimizer,
  stateNumbers,
  learningRate,
}: ProjectedRun): MethodRun {
  for (const param of model.params()) param.trainable = true;
  const maps = denseMaps(blockSites(model)).map(({ map }) => map);
  for (const { inFeatures: m, outFeatures: n, weight } of maps) {
    if (rank !== undefined && rank > Math.min(m, n)) {
      note(`${weight.name}: rank ${rank} clipped to ${Math.min(m, n)}, its short side`);
    }
  }
  const kernels = maps.map((map) => map.weight);
  const all = countOf(model.params());
  const numbers = maps.reduce((sum, { inFeatures: m, outFeatures: n }) => sum + stateNumbers(m, n), 0);
  return {
    stages: [
      {
        name: "train",
        learningRate,
        budgetShare: 1,
        groups: [{ name: "projected", params: kernels, optimizer }],
      },
    ],
    declared: {
      ...denseDeployment(model, all),
      optimizerStateBytes: FLOAT_BYTES * numbers + adamStateBytes(all - countOf(kernels)),
    },
  };
}

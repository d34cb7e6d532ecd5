// What all adapters have in common: a frozen backbone, modules that wrap dense maps, a trained head, a merge at the end.
import type { Linear } from "#harness/nn/linear.ts";
import { type MergeableLinear, mergeSites } from "#harness/nn/mergeable.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearSite } from "#harness/nn/site.ts";
import { adamw } from "#harness/optim/adam.ts";
import type { MethodRun, ParamGroup, Stage } from "./contract.ts";
import { denseDeployment, headSize, sumOver } from "./costs.ts";
import { denseMap, freezeAllButHead } from "./rewrite.ts";

export interface AdapterRun {
  readonly model: Model;
  readonly sites: readonly LinearSite[];
  /** Trained numbers of a site, by its widths and its index: the card's formula. */
  count(fanIn: number, fanOut: number, index: number): number;
  /** The module that takes a site's frozen dense map over. Its own parameters train. */
  wrap(site: LinearSite, map: Linear, index: number): MergeableLinear | Promise<MergeableLinear>;
  /** The one training stage; its name is `train`, its budget the whole one. */
  readonly stage: Omit<Stage, "name" | "budgetShare">;
  /** Releases what the sites shared, after the merge. */
  release?(): void;
}

/** The head as a group of its own, with AdamW at `rateScale` times the stage's rate. */
export const headGroup = (model: Model, rateScale: number): ParamGroup => ({
  name: "head",
  params: model.head.module.params(),
  optimizer: adamw(),
  rateScale,
});

/** Freezes, wraps and describes; the head trains with the adapters. */
export async function adapterRun({
  model,
  sites,
  count,
  wrap,
  stage,
  release,
}: AdapterRun): Promise<MethodRun> {
  const declared = denseDeployment(model, sumOver(sites, count) + headSize(model));
  freezeAllButHead(model);
  for (const [index, site] of sites.entries()) site.module = await wrap(site, denseMap(site), index);
  let merged = false;
  return {
    stages: [{ ...stage, name: "train", budgetShare: 1 }],
    async finish() {
      if (merged) return;
      merged = true;
      await mergeSites(model.sites);
      release?.();
    },
    declared,
  };
}

// Rewriting a model's linear sites: which ones, what stays dense, what trains.
import { isLinear, type Linear } from "#harness/nn/linear.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearModule } from "#harness/nn/module.ts";
import { type LinearPlace, type LinearSite, selectTargets, targetable } from "#harness/nn/site.ts";

/** Freezes every parameter but the head's. */
export function freezeAllButHead(model: Model): void {
  for (const param of model.params()) param.trainable = false;
  for (const param of model.head.module.params()) param.trainable = true;
}

/** Linear sites inside blocks: attention and feed-forward maps; not embeddings, pooler or head. In model order. */
export const blockSites = (model: Model): readonly LinearSite[] =>
  targetable(model.sites).filter((site) => site.block !== null);

/** The dense map of a site; a method that starts from dense maps gets no other. */
export function denseMap(site: LinearSite): Linear {
  if (isLinear(site.module)) return site.module;
  throw new Error(`site ${site.path}: expected a dense map`);
}

/** Exchanges the dense map of each site for what `make` returns for it. */
export function replaceDense<M extends LinearModule>(
  sites: readonly LinearSite[],
  make: (site: LinearSite, map: Linear, index: number) => M,
): readonly M[] {
  return sites.map((site, index) => {
    const module = make(site, denseMap(site), index);
    site.module = module;
    return module;
  });
}

/** Refuses targets that match none of the places, before any data is read. */
export function checkTargets(
  places: readonly LinearPlace[],
  targets: readonly string[],
  method: string,
): void {
  selectTargets(places, targets, method);
}

/** The target sites by role or path; see `selectTargets` for names that match nothing. */
export const targetSites = (
  model: Model,
  targets: readonly string[],
  method: string,
): readonly LinearSite[] => selectTargets(model.sites, targets, method);

// Named places of a model where a module stands and may be exchanged. Methods find their targets here.

import type { Tensor } from "#harness/engine/tensor.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import type {
  AttentionModule,
  EmbeddingModule,
  LinearModule,
  Module,
  NormModule,
  PoolingModule,
} from "./module.ts";
import type { Pass } from "./pass.ts";

/**
 * The part a linear map plays; the words by which methods name targets. The map of a `conv` sees one window of its input a
 * row (conv-site.ts); that of a `recurrent` one leads from each state of a sequence to the next.
 * `head` is the task's output map: always trained, never a target.
 */
export type LinearRole =
  | "query"
  | "key"
  | "value"
  | "attention-output"
  | "ffn-gate"
  | "ffn-in"
  | "ffn-out"
  | "residual"
  | "pooler"
  | "dense"
  | "recurrent"
  | "conv"
  | "head";

interface SiteBase<K extends string, M extends Module> {
  readonly kind: K;
  /** Unique in the model: `layer.0.attention.query`. */
  readonly path: string;
  /** Index of the block it stands in, counted from the input; null outside blocks. */
  readonly block: number | null;
  module: M;
}

export interface LinearSite extends SiteBase<"linear", LinearModule> {
  readonly role: LinearRole;
}
export type EmbeddingSite = SiteBase<"embedding", EmbeddingModule>;
export type NormSite = SiteBase<"norm", NormModule>;
export type AttentionSite = SiteBase<"attention", AttentionModule>;
/** Where the states of a sequence become one vector, right before the head. */
export type PoolingSite = SiteBase<"pooling", PoolingModule>;
export type Site = LinearSite | EmbeddingSite | NormSite | AttentionSite | PoolingSite;

/** Runs the module that stands at a linear site now, and tells the observer. */
export function applyLinear(site: LinearSite, x: Tensor, pass: Pass): Tensor {
  const y = site.module.apply(x, pass);
  pass.observe?.(site.path, x, y);
  return y;
}

/** A linear site without its module: what is known of a model before it is built. */
export type LinearPlace = Pick<LinearSite, "kind" | "path" | "role" | "block">;

/** The linear sites a method may target: every one but the head, in model order. */
export function targetable<L extends LinearPlace>(
  sites: readonly (L | Exclude<Site, LinearSite>)[],
): readonly L[] {
  return sites.filter((site): site is L => site.kind === "linear" && site.role !== "head");
}

/**
 * The linear sites that `targets` name, by role (`query`) or by path (`layer.0.attention.query`); `all` names every one.
 * Each name must match at least one site: one that matches none is refused with the valid names, never ignored.
 */
export function selectTargets<L extends LinearPlace>(
  sites: readonly (L | Exclude<Site, LinearSite>)[],
  targets: readonly string[],
  method: string,
): readonly L[] {
  const candidates = targetable<L>(sites);
  const roles = [...new Set(candidates.map((site) => site.role))];
  const chosen = new Set<L>();
  for (const target of targets) {
    const matches = candidates.filter(
      (site) => target === "all" || site.role === target || site.path === target,
    );
    if (matches.length === 0) {
      throw unknownName({
        reason: "config",
        kind: "target",
        name: target,
        known: ["all", ...roles, ...(target.includes(".") ? candidates.map((site) => site.path) : [])],
        thing: `method ${method}`,
        field: "targets",
      });
    }
    for (const site of matches) chosen.add(site);
  }
  return candidates.filter((site) => chosen.has(site));
}

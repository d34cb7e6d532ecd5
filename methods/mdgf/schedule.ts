// Which pattern and how much flow to pruned weights a step of training has: the recipes of card 55 as pure functions.
import type { Flow, Pattern } from "#harness/nn/masked-flow-linear.ts";

export const RECIPES = [
  "mdgf-exp",
  "mdgf-linear",
  "sdgf-stepwise",
  "sdgf-geometric",
  "ste",
  "sr-ste",
] as const;
export type Recipe = (typeof RECIPES)[number];

export interface Schedule {
  readonly recipe: Recipe;
  readonly final: Pattern;
  /** Shares of the steps that are dense at the start and hard-masked at the end. */
  readonly denseShare: number;
  readonly hardShare: number;
  /** Exponential recipe: beta at the end of the decay is exp(-speed). */
  readonly speed: number;
}

/** Patterns in order, the last one the final: (M-1):M, M/2:M, M/4:M, ..., N:M. */
export function stepwiseStages({ n, m }: Pattern): Pattern[] {
  const stages: Pattern[] = [{ n: m - 1, m }];
  for (let kept = Math.floor(m / 2); kept > n; kept = Math.floor(kept / 2)) stages.push({ n: kept, m });
  return [...stages, { n, m }];
}

/** 8N:8M, 4N:4M, 2N:2M, N:M. */
export const geometricStages = ({ n, m }: Pattern): Pattern[] =>
  [8, 4, 2, 1].map((k) => ({ n: k * n, m: k * m }));

/** Flow of the 0-based step `index` of `steps`. */
export function flowAt(index: number, steps: number, schedule: Schedule): Flow {
  const { recipe, final, speed } = schedule;
  const dense = Math.round(schedule.denseShare * steps);
  const hard = Math.round(schedule.hardShare * steps);
  if (index < dense) return { pattern: final, beta: 1 };
  if (index >= steps - hard || recipe === "ste" || recipe === "sr-ste") return { pattern: final, beta: 0 };
  const decay = Math.max(1, steps - dense - hard);
  const done = (index - dense) / decay;
  if (recipe === "mdgf-exp") return { pattern: final, beta: Math.exp(-speed * done) };
  if (recipe === "mdgf-linear") return { pattern: final, beta: Math.max(1 - done, 0) };
  const stages = recipe === "sdgf-stepwise" ? stepwiseStages(final) : geometricStages(final);
  const stage = stages[Math.min(stages.length - 1, Math.floor(done * stages.length))];
  return { pattern: stage ?? final, beta: 0 };
}

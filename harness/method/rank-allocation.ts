// Handing out ranks over maps under one budget: the components that score highest over all maps get them.

/**
 * Ranks of maps whose components score `scores[map][j]`, j = 0, 1, ... non-increasing: the `budget` best over all maps win;
 * among equal scores the earlier map, then the earlier component. The ranks add up to min(budget, number of components).
 */
export function allocateRanks(scores: readonly ArrayLike<number>[], budget: number): number[] {
  const all = scores.flatMap((own, map) => Array.from(own, (score, j) => ({ map, j, score })));
  all.sort((a, b) => b.score - a.score || a.map - b.map || a.j - b.j);
  const ranks = scores.map(() => 0);
  for (const { map } of all.slice(0, budget)) ranks[map] = (ranks[map] ?? 0) + 1;
  return ranks;
}

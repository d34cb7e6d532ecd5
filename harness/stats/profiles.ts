// Methods over many tasks without a blended score: performance profiles (Dolan and More, Math. Program. 91 (2002) 201).

export interface ProfileInput {
  readonly id: string;
  /** Value on each task in one order; null where the method has no result, which counts as far from the best. */
  readonly values: readonly (number | null)[];
}

export interface Profile {
  readonly id: string;
  /** For each threshold the share of tasks on which the method is within it of the best. */
  readonly shares: readonly number[];
}

/**
 * `gap`: distance to the best value in the metric's unit (shares, correlations). `ratio`: how many times the best value
 * (bytes, times), for positive values of which less is better.
 */
export type Closeness =
  | { readonly kind: "gap"; readonly better: "higher" | "lower" }
  | { readonly kind: "ratio" };

function distance(value: number, best: number, closeness: Closeness): number {
  if (closeness.kind === "gap") return Math.abs(best - value);
  if (!(value > 0 && best > 0)) throw new Error(`a ratio of ${value} to ${best} says nothing`);
  return value / best;
}

/**
 * Share of tasks on which each method comes within each threshold of the best method there. Estimand: that share for this
 * set of tasks and methods; adding a method can change all others' profiles. Tasks on which nobody has a result are left out;
 * without any other task there is no profile.
 */
export function performanceProfiles(
  methods: readonly ProfileInput[],
  thresholds: readonly number[],
  closeness: Closeness,
): Profile[] {
  const tasks = methods[0]?.values.length ?? 0;
  if (methods.some(({ values }) => values.length !== tasks))
    throw new Error("methods with unequal lists of tasks");
  const highest = closeness.kind === "gap" && closeness.better === "higher";
  const best = Array.from({ length: tasks }, (_, task) => {
    const known = methods.map(({ values }) => values[task]).filter((value) => typeof value === "number");
    return known.length === 0 ? null : highest ? Math.max(...known) : Math.min(...known);
  });
  const counted = best.filter((value) => value !== null).length;
  if (counted === 0) return [];
  return methods.map(({ id, values }) => {
    const distances = values.flatMap((value, task) => {
      const top = best[task] ?? null;
      return value === null || top === null ? [] : [distance(value, top, closeness)];
    });
    const within = (threshold: number): number => distances.filter((each) => each <= threshold).length;
    return { id, shares: thresholds.map((threshold) => within(threshold) / counted) };
  });
}

// A random search for a method's configuration on a task: which trials there are, and which of them is the best by the
// validation split alone. The trials are runs like any others, done by a sweep.
import { RankbenchError } from "#harness/failure/error.ts";
import { resolveConfig } from "#harness/method/config.ts";
import type { Method } from "#harness/method/contract.ts";
import { drawConfig, type SearchSpace, searchSpace } from "#harness/method/search.ts";
import { stream } from "#harness/random/stream.ts";
import { canonicalJson, type Scale } from "#harness/record/identity.ts";
import { METRICS } from "#harness/record/metrics.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import type { RunRequest } from "./request.ts";
import type { SweepCell } from "./sweep-plan.ts";
import type { SweepSpec } from "./sweep-spec.ts";
import { type Trial, TUNED_SCHEMA, type TunedFile } from "./tuned.ts";

/** Seeds from here on belong to searches; reported runs use smaller ones. */
export const TUNING_SEEDS_FROM = 1_000_000;

/** Seeds of the trials on a task: the same for every method. */
export function tuningSeeds(task: string, count: number): number[] {
  const random = stream(0, "tune", "seeds", task);
  const seeds = new Set<number>();
  while (seeds.size < count) seeds.add(TUNING_SEEDS_FROM + random.integer(1_000_000));
  return [...seeds];
}

export interface Search {
  readonly method: Method;
  readonly task: Task;
  readonly scale: Scale;
  readonly space: SearchSpace;
  /** `--set` pairs by trial; the first one is empty: the method's own configuration. */
  readonly sets: readonly Readonly<Record<string, string>>[];
  readonly seeds: readonly number[];
}

/** The trials of a method on a task; refused where the method has nothing to search. */
export function planSearch(
  method: Method,
  task: Task,
  scale: Scale,
  size: { readonly trials: number; readonly seeds: number },
): Search {
  const space = searchSpace(method, taskFacts(task, scale));
  if (Object.keys(space).length === 0) {
    throw new RankbenchError({
      reason: "config",
      thing: `method ${method.id}`,
      problem: "no field of its configuration can be searched",
      wanted: "a field with a search range in its schema, or a learning rate",
      next: "declare one: z.number().meta({ search: { log: [1e-4, 1e-2] } })",
    });
  }
  const sets = Array.from({ length: size.trials }, (_, trial) =>
    trial === 0 ? {} : drawConfig(space, stream(0, "tune", method.id, task.id, String(trial))),
  );
  return { method, task, scale, space, sets, seeds: tuningSeeds(task.id, size.seeds) };
}

/** The trials as a sweep. */
export function sweepOfSearch(search: Search, request: Pick<RunRequest, "engine" | "threads">): SweepSpec {
  return {
    purpose: "tuning",
    parts: search.sets.map((set) => ({
      methods: [search.method.id],
      tasks: [search.task.id],
      seeds: search.seeds,
      scales: [search.scale],
      ...request,
      set: Object.fromEntries(Object.entries(set).map(([key, value]) => [key, [value]])),
      tuned: false,
    })),
  };
}

/** The task's own metric on the validation split; null for a run without a result or a value. */
function scoreOf({ outcome }: RunRecord, task: Task): number | null {
  if (outcome.state !== "ok") return null;
  const measured = outcome.result.validation[task.metrics[0]];
  return measured !== undefined && "value" in measured ? measured.value : null;
}

/** The trials with their scores. `recordOf` gives the stored record of a run. */
export function scoreTrials(
  search: Search,
  cells: readonly SweepCell[],
  recordOf: (id: string) => RunRecord | undefined,
): Trial[] {
  const { method, task, scale, sets } = search;
  const facts = taskFacts(task, scale);
  return sets.map((set) => {
    const config = canonicalJson(resolveConfig(method, facts, set));
    const runs = cells
      .filter(({ group }) => canonicalJson(group.config) === config)
      .flatMap(({ id, seed }) => {
        const record = recordOf(id);
        return record === undefined
          ? []
          : [{ id, seed, state: record.outcome.state, score: scoreOf(record, task) }];
      });
    const scores = runs.flatMap(({ score }) => score ?? []);
    const whole = scores.length === search.seeds.length;
    return { set, runs, score: whole ? scores.reduce((sum, value) => sum + value, 0) / scores.length : null };
  });
}

/** Index of the best trial; of equal ones the earlier, so that the defaults win ties. Null when none has a score. */
export function bestTrial(
  trials: readonly Pick<Trial, "score">[],
  direction: "higher" | "lower",
): number | null {
  let best: number | null = null;
  for (const [index, { score }] of trials.entries()) {
    const champion = best === null ? null : (trials[best]?.score ?? null);
    if (score === null) continue;
    if (champion === null || (direction === "higher" ? score > champion : score < champion)) best = index;
  }
  return best;
}

/** The evidence of a finished search; refused when no trial has a score. */
export function tunedFile(search: Search, cells: readonly SweepCell[], trials: readonly Trial[]): TunedFile {
  const { method, task, scale, space } = search;
  const metric = task.metrics[0];
  const direction = METRICS[metric].direction === "lower" ? "lower" : "higher";
  const chosen = bestTrial(trials, direction);
  const identity = cells[0]?.group.identity;
  if (chosen === null || identity === undefined) {
    throw new RankbenchError({
      reason: "failed",
      thing: `tuning ${method.id} on ${task.id}`,
      problem: "no trial has a score on the validation split",
      wanted: "at least one trial with a result for each seed",
      next: `see how they ended: pnpm bench list runs --method ${method.id} --task ${task.id}`,
    });
  }
  const set = trials[chosen]?.set ?? {};
  return {
    schema: TUNED_SCHEMA,
    method: method.id,
    task: task.id,
    taskVersion: task.version,
    scale,
    engine: identity.engine,
    spec: identity.spec,
    protocol: identity.protocol,
    data: identity.data,
    metric,
    direction,
    space,
    chosen,
    set,
    config: resolveConfig(method, taskFacts(task, scale), set),
    trials: [...trials],
  };
}

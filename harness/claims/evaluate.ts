// Finds the runs that a claim needs and judges it. Reads the store; starts no run.
import { RankbenchError } from "#harness/failure/error.ts";
import { resolveConfig } from "#harness/method/config.ts";
import type { Method, TaskFacts } from "#harness/method/contract.ts";
import { supportOf } from "#harness/method/support.ts";
import { type ConfigValue, canonicalJson, PROTOCOL } from "#harness/record/identity.ts";
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import { numberOf } from "#harness/record/schema.ts";
import { RANKED_SEEDS } from "#harness/stats/summary.ts";
import type { Store } from "#harness/store/database.ts";
import { type Arm, type CohortKey, cohort, listCohorts, type RunSummary } from "#harness/store/query.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { type ClaimState, combine, judgePart, type Pair, type PartVerdict } from "./judge.ts";
import type { Claim, ClaimArm, ClaimPart } from "./schema.ts";

/** Costs that depend on shapes and settings alone. Everything else varies from seed to seed or from machine to machine. */
const EXACT: ReadonlySet<MetricId> = new Set<MetricId>([
  "parameters-trainable",
  "parameters-trainable-without-head",
  "parameters-training",
  "parameters-deployed",
  "deployed-bytes",
  "optimizer-state-bytes",
  "memory-logical-peak",
  "memory-weights",
  "memory-gradients",
  "memory-optimizer-state",
  "memory-activations",
  "multiply-adds",
  "steps-total",
]);

/** An arm with the configuration that its settings mean on the claim's task. */
export interface ResolvedArm {
  readonly arm: ClaimArm;
  readonly method: Method;
  readonly config: Readonly<Record<string, ConfigValue>>;
}

export interface ResolvedClaim {
  readonly claim: Claim;
  readonly task: Task;
  readonly subject: ResolvedArm;
  readonly reference: ResolvedArm;
}

/** Seeds of an arm that have no result yet. */
export interface MissingRuns {
  readonly arm: ClaimArm;
  readonly seeds: readonly number[];
}

export interface ClaimVerdict {
  readonly claim: Claim;
  readonly state: ClaimState;
  readonly parts: readonly (PartVerdict & { readonly metric: MetricId; readonly part: ClaimPart })[];
  /** Where the runs are comparable; null when no cohort has both arms. */
  readonly cohort: CohortKey | null;
  /** What to run so that three seeds of both arms are there. */
  readonly missing: readonly MissingRuns[];
  /** Runs that ended without a result, in words: a method that diverges cannot be told to be better. */
  readonly ended: readonly string[];
}

function resolveArm(claim: Claim, arm: ClaimArm, facts: TaskFacts, task: Task, method: Method): ResolvedArm {
  const support = supportOf(method, facts);
  const preset = task.scales[claim.scale];
  if (!support.ok || preset === undefined) {
    throw new RankbenchError({
      reason: "config",
      thing: `claim ${claim.id}`,
      problem: `${arm.method} does not take ${claim.task}`,
      field: "method",
      value: arm.method,
      wanted: support.ok ? `a scale of ${claim.task}` : support.reason,
      next: "name another arm or task in claims.json",
    });
  }
  const config = resolveConfig(method, facts, arm.set);
  method.check?.(task.places(preset), config);
  return { arm, method, config };
}

/** Looks up task and methods and resolves both configurations; names and settings that do not exist are refused. */
export async function resolveClaim(
  claim: Claim,
  find: { task(id: string): Promise<Task>; method(id: string): Promise<Method> },
): Promise<ResolvedClaim> {
  const task = await find.task(claim.task);
  const facts = taskFacts(task, claim.scale);
  const resolve = async (arm: ClaimArm) => resolveArm(claim, arm, facts, task, await find.method(arm.method));
  return { claim, task, subject: await resolve(claim.subject), reference: await resolve(claim.reference) };
}

const metricOf = (part: ClaimPart, task: Task): MetricId =>
  part.metric === "quality" ? task.metrics[0] : part.metric;

function runsOf(arms: readonly Arm[], { method, config }: ResolvedArm): readonly RunSummary[] {
  const wanted = canonicalJson(config);
  return (
    arms.find((arm) => arm.method === method.id && !arm.stale && canonicalJson(arm.config) === wanted)
      ?.runs ?? []
  );
}

interface Found {
  readonly key: CohortKey;
  readonly subject: readonly RunSummary[];
  readonly reference: readonly RunSummary[];
}

const done = (runs: readonly RunSummary[]): Map<number, RunSummary> =>
  new Map(runs.filter(({ state }) => state === "ok").map((run) => [run.seed, run]));

const common = ({ subject, reference }: Found): number[] => {
  const other = done(reference);
  return [...done(subject).keys()].filter((seed) => other.has(seed)).sort((a, b) => a - b);
};

/** The cohort in which most seeds have both arms; runs on samples only count where the claim is about a smoke run. */
function bestCohort(
  store: Store,
  { claim, task, subject, reference }: ResolvedClaim,
  isStale: (run: RunSummary) => boolean,
): Found | null {
  const filter = { task: task.id, taskVersion: task.version, scale: claim.scale, protocol: PROTOCOL };
  let best: Found | null = null;
  for (const key of listCohorts(store, filter)) {
    const arms = cohort(store, key, "all", isStale);
    const real = (runs: readonly RunSummary[]) =>
      runs.filter(({ dataVariant }) => claim.scale === "smoke" || dataVariant !== "sample");
    const found = { key, subject: real(runsOf(arms, subject)), reference: real(runsOf(arms, reference)) };
    if (found.subject.length + found.reference.length === 0) continue;
    const size = (of: Found) => 1000 * common(of).length + of.subject.length + of.reference.length;
    if (best === null || size(found) > size(best)) best = found;
  }
  return best;
}

/** Seeds to run: the common ones stay, and the smallest free ones fill up to three. */
function missingOf(
  found: Found | null,
  { subject, reference }: ResolvedClaim,
  needed: number,
): MissingRuns[] {
  const has = { subject: done(found?.subject ?? []), reference: done(found?.reference ?? []) };
  const seeds = found === null ? [] : common(found).slice(0, needed);
  const half = [...new Set([...has.subject.keys(), ...has.reference.keys()])].sort((a, b) => a - b);
  for (const seed of [...half, ...Array.from({ length: needed + half.length }, (_, i) => i)])
    if (seeds.length < needed && !seeds.includes(seed)) seeds.push(seed);
  const lack = (arm: ResolvedArm, runs: ReadonlyMap<number, RunSummary>): MissingRuns[] => {
    const without = seeds.filter((seed) => !runs.has(seed)).sort((a, b) => a - b);
    return without.length === 0 ? [] : [{ arm: arm.arm, seeds: without }];
  };
  return [...lack(subject, has.subject), ...lack(reference, has.reference)];
}

function pairsOf(found: Found | null, metric: MetricId): Pair[] {
  if (found === null) return [];
  const [subject, reference] = [done(found.subject), done(found.reference)];
  return common(found).flatMap((seed) => {
    const a = numberOf(subject.get(seed)?.metrics[metric]);
    const b = numberOf(reference.get(seed)?.metrics[metric]);
    return a === null || b === null ? [] : [{ seed, subject: a, reference: b }];
  });
}

/** Judges a claim by the runs that are stored. `isStale` leaves out runs of other code than the checkout's. */
export function evaluateClaim(
  store: Store,
  resolved: ResolvedClaim,
  isStale: (run: RunSummary) => boolean = () => false,
): ClaimVerdict {
  const { claim, task } = resolved;
  const found = bestCohort(store, resolved, isStale);
  const parts = claim.parts.map((part) => {
    const metric = metricOf(part, task);
    const verdict = judgePart({
      test: part.test,
      pairs: pairsOf(found, metric),
      direction: METRICS[metric].direction,
      exact: EXACT.has(metric),
    });
    return { ...verdict, metric, part };
  });
  const state = combine(parts);
  const onlyExact = parts.every(({ metric }) => EXACT.has(metric));
  const all = [...(found?.subject ?? []), ...(found?.reference ?? [])];
  return {
    claim,
    state,
    parts,
    cohort: found?.key ?? null,
    missing: state === "cannot-tell" ? missingOf(found, resolved, onlyExact ? 1 : RANKED_SEEDS) : [],
    ended: all
      .filter((run) => run.state !== "ok")
      .map((run) => `${run.method} with seed ${run.seed} ended as ${run.state}`),
  };
}

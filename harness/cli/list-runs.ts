// `bench list runs`: stored runs and those that run now, newest first.

import type { StaleReason } from "#harness/record/code.ts";
import type { Scale } from "#harness/record/identity.ts";
import { METRICS, QUALITY_METRICS, type QualityMetricId } from "#harness/record/metrics.ts";
import type { OutcomeState } from "#harness/record/schema.ts";
import { type ClaimState, type ListedClaim, listClaims } from "#harness/run/claim.ts";
import { formatMeasured, plural } from "#harness/stats/format.ts";
import { existingStates } from "#harness/store/plan-query.ts";
import { countRuns, listRuns, type RunSummary } from "#harness/store/query.ts";
import { findTask } from "#harness/task/registry.ts";
import { withDatabase } from "./database.ts";
import type { Session } from "./session.ts";
import { staleReader } from "./stale-runs.ts";
import { renderTable } from "./text-table.ts";

export interface RunFilter {
  /** Empty: all. */
  readonly methods: readonly string[];
  readonly tasks: readonly string[];
  readonly scale: Scale | null;
  readonly engine: string | null;
  readonly seed: number | null;
  readonly state: OutcomeState | ClaimState | null;
  readonly limit: number;
}

const isClaimState = (state: RunFilter["state"]): state is ClaimState =>
  state === "running" || state === "interrupted";

/** Claims that say something the records do not: living ones, and interrupted ones that were never finished. */
function claimsToShow(
  claims: readonly ListedClaim[],
  filter: RunFilter,
  stored: ReadonlyMap<string, unknown>,
): ListedClaim[] {
  return claims.filter(({ id, identity, state }) => {
    if (state === "interrupted" && stored.has(id)) return false;
    return (
      (filter.state === null || filter.state === state) &&
      (filter.methods.length === 0 || filter.methods.includes(identity.method)) &&
      (filter.tasks.length === 0 || filter.tasks.includes(identity.task)) &&
      (filter.scale === null || filter.scale === identity.scale) &&
      (filter.engine === null || filter.engine === identity.engine) &&
      (filter.seed === null || filter.seed === identity.seed)
    );
  });
}

export async function listRunsCommand(session: Session, filter: RunFilter): Promise<void> {
  const { claims, runs, matching } = await withDatabase(session, (store, root) => {
    const where = {
      task: filter.tasks,
      method: filter.methods,
      ...(filter.scale === null ? {} : { scale: filter.scale }),
      ...(filter.engine === null ? {} : { engine: filter.engine }),
      ...(filter.seed === null ? {} : { seed: filter.seed }),
      ...(filter.state === null || isClaimState(filter.state) ? {} : { state: filter.state }),
    };
    const metrics = Object.keys(QUALITY_METRICS) as QualityMetricId[];
    const none = isClaimState(filter.state);
    const found = none ? [] : listRuns(store, { ...where, limit: filter.limit, metrics });
    const counts = none ? {} : countRuns(store, where);
    const claimed = listClaims(root);
    const stored = existingStates(
      store,
      claimed.map(({ id }) => id),
    );
    return {
      claims: claimsToShow(claimed, filter, stored),
      runs: found,
      matching: Object.values(counts).reduce((sum, count) => sum + count, 0),
    };
  });
  const staleOf = await staleReader(new Set(runs.map((run) => run.task)));
  if (session.json) {
    return session.document({
      running: claims.map(({ id, identity, state, pid, startedAt, interrupted }) => ({
        id,
        ...identity,
        state,
        pid,
        startedAt,
        interrupted,
      })),
      runs: runs.map((run) => ({ ...run, stale: staleOf(run) })),
      matching,
    });
  }
  const quality = await qualityOf(new Set(runs.map((run) => run.task)));
  const rows = [
    ...claims.map((claim) => claimRow(claim)),
    ...runs.map((run) => runRow(run, quality.get(run.task), staleOf(run))),
  ];
  if (rows.length === 0) {
    session.say("no runs. Start one: pnpm bench --method galore --task glue-sst2");
    return;
  }
  const columns = ["run", "method", "task", "scale", "seed", "engine", "state", "result", "started"].map(
    (title) => ({ title, align: title === "seed" || title === "result" ? "right" : "left" }) as const,
  );
  for (const line of renderTable({ columns, rows, width: Math.max(session.terminal.columns, 100) }))
    session.say(line);
  session.say();
  const more = matching > runs.length ? ` of ${matching} (--limit ${matching} for all)` : "";
  session.say(
    `${plural(runs.length, "stored run")}${more}. One in full: pnpm bench show ${(runs[0] ?? claims[0])?.id.slice(0, 8) ?? "RUN"}`,
  );
  if (runs.some((run) => staleOf(run).length > 0)) {
    session.say(
      "stale: made by other code, protocol or task version than this checkout's; never ranked with current runs",
    );
  }
  if (claims.some((claim) => claim.state === "interrupted")) {
    session.say(
      "interrupted: stopped or killed before its end; the same bench command does it again from its start",
    );
  }
}

/** The metric that each task is judged by; tasks that this checkout does not have are left out. */
async function qualityOf(tasks: ReadonlySet<string>): Promise<Map<string, QualityMetricId>> {
  const found = new Map<string, QualityMetricId>();
  for (const id of tasks) {
    const task = await findTask(id).catch(() => undefined);
    if (task !== undefined) found.set(id, task.metrics[0]);
  }
  return found;
}

const shortTime = (iso: string): string => iso.slice(0, 16).replace("T", " ");

function runRow(
  run: RunSummary,
  quality: QualityMetricId | undefined,
  stale: readonly StaleReason[],
): string[] {
  const metric = quality ?? (Object.keys(run.metrics)[0] as QualityMetricId | undefined);
  const measured = metric === undefined ? undefined : run.metrics[metric];
  const result =
    metric === undefined || measured === undefined
      ? "-"
      : `${METRICS[metric].short} ${formatMeasured(measured, METRICS[metric].unit)}`;
  const state = [
    run.state,
    ...(run.dataVariant === "sample" ? ["sample"] : []),
    ...(run.purpose === null ? [] : [run.purpose]),
    ...(run.tuned === null ? [] : ["tuned"]),
    ...(stale.length === 0 ? [] : ["stale"]),
  ].join(", ");
  return [
    run.id.slice(0, 8),
    run.method,
    run.task,
    run.scale,
    String(run.seed),
    run.engine,
    state,
    result,
    shortTime(run.startedAt),
  ];
}

function claimRow({ id, identity, state, startedAt }: ListedClaim): string[] {
  const { method, task, scale, seed, engine } = identity;
  return [id.slice(0, 8), method, task, scale, String(seed), engine, state, "-", shortTime(startedAt)];
}

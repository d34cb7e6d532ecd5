// What `bench verify` does: chooses runs, repeats them one after another, tells what is not the same.
import { RankbenchError } from "#harness/failure/error.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { stream } from "#harness/random/stream.ts";
import type { MetricDifference } from "#harness/record/difference.ts";
import { PROTOCOL } from "#harness/record/identity.ts";
import { METRICS } from "#harness/record/metrics.ts";
import { numberOf, type RunRecord } from "#harness/record/schema.ts";
import { machineFor } from "#harness/run/sweep.ts";
import { isBitEqual, type Verified, verifyRun } from "#harness/run/verify.ts";
import { plural, significant } from "#harness/stats/format.ts";
import { sampleSd } from "#harness/stats/summary.ts";
import type { Store } from "#harness/store/database.ts";
import { cohort, cohortOf, listRuns } from "#harness/store/query.ts";
import { findRun } from "#harness/store/read.ts";
import { findTask } from "#harness/task/registry.ts";
import { DEFAULT_TIMEOUT_SECONDS } from "./commands/run.ts";
import { withDatabase } from "./database.ts";
import { catchInterrupts, type Interrupts } from "./interrupt.ts";
import { progressView } from "./progress.ts";
import { memoryLimit } from "./run-cells.ts";
import type { Session } from "./session.ts";
import { describeOutcome } from "./show-run.ts";
import { staleReader } from "./stale-runs.ts";

export interface VerifyRequest {
  readonly ids: readonly string[];
  /** Draw so many; null to verify the ids. */
  readonly sample: number | null;
  readonly seed: number;
  readonly timeoutSeconds: number | null;
}

/** Runs to verify: those named, then those drawn among current results that are not on the list yet. */
async function chosen(store: Store, request: VerifyRequest): Promise<RunRecord[]> {
  const named = request.ids.map((id) => findRun(store, id));
  if (request.sample === null) {
    if (named.length > 0) return named;
    throw new RankbenchError({
      reason: "usage",
      thing: "command line",
      problem: "no run was named",
      wanted: "ids of runs, or --sample",
      next: "see pnpm bench list runs",
    });
  }
  const all = listRuns(store, { state: "ok", protocol: PROTOCOL });
  const staleOf = await staleReader(all.map(({ task }) => task));
  const ids = all
    .filter((run) => staleOf(run).length === 0)
    .map(({ id }) => id)
    .sort();
  const order = stream(request.seed, "verify").permutation(ids.length);
  const drawn = [...order.subarray(0, request.sample)].flatMap((i) => ids[i] ?? []);
  return [...named, ...drawn.map((id) => findRun(store, id))];
}

/** Standard deviation of a metric over the seeds of the run's arm; null for fewer than two or for validation values. */
function spreadOf(store: Store, record: RunRecord, { metric, split }: MetricDifference): number | null {
  if (split !== "test") return null;
  const runs = cohort(store, cohortOf(record.identity), [metric])
    .filter(({ method }) => method === record.identity.method)
    .find((arm) => arm.runs.some(({ id }) => id === record.id))?.runs;
  return sampleSd((runs ?? []).flatMap((run) => numberOf(run.metrics[metric]) ?? []));
}

const show = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function metricLine(difference: MetricDifference, spread: number | null): string {
  const { metric, split, stored, repeated, difference: by } = difference;
  const size =
    by === null
      ? ""
      : ` (${by > 0 ? "+" : ""}${by.toPrecision(3)}${
          spread === null || spread === 0
            ? ""
            : `, ${significant(Math.abs(by) / spread, 2)} of the spread over seeds`
        })`;
  return `${METRICS[metric].short} on ${split}: ${show(stored)} -> ${show(repeated)}${size}`;
}

function linesOf(store: Store, stored: RunRecord, verified: Verified): string[] {
  switch (verified.kind) {
    case "interrupted":
      return ["interrupted"];
    case "refused":
      return [`cannot be repeated: ${verified.message}`];
    case "other-outcome":
      return [
        `ended otherwise: ${stored.outcome.state} then, ${verified.outcome.state} now`,
        describeOutcome(verified.outcome),
      ];
    case "repeated": {
      const { difference } = verified;
      if (difference === null) return [`ended as before: ${stored.outcome.state}`];
      if (difference.parts.length === 0) return ["bit-equal"];
      return [
        `not bit-equal in ${difference.parts.join(", ")}`,
        ...difference.metrics.map((each) => metricLine(each, spreadOf(store, stored, each))),
      ];
    }
  }
}

function entryOf(store: Store, stored: RunRecord, verified: Verified): unknown {
  const shared = {
    id: stored.id,
    identity: stored.identity,
    bitEqual: isBitEqual(verified),
    kind: verified.kind,
  };
  if (verified.kind === "interrupted") return shared;
  if (verified.kind === "refused") return { ...shared, message: verified.message };
  const { environment } = verified;
  if (verified.kind === "other-outcome") return { ...shared, outcome: verified.outcome, environment };
  const { difference } = verified;
  return {
    ...shared,
    parts: difference?.parts ?? [],
    metrics: (difference?.metrics ?? []).map((each) => ({
      ...each,
      seedSpread: spreadOf(store, stored, each),
    })),
    environment,
  };
}

async function verifyOne(
  session: Session,
  stored: RunRecord,
  request: VerifyRequest,
  root: string,
  interrupts: Interrupts,
): Promise<Verified> {
  const { method, seed, task, scale } = stored.identity;
  const metric = METRICS[(await findTask(task)).metrics[0]];
  const view = progressView(session.terminal, `${method} seed ${seed}`, metric);
  try {
    return await verifyRun(stored, {
      root,
      timeoutSeconds: request.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS[scale],
      memoryLimitBytes: memoryLimit({ memoryLimitBytes: null }),
      interruption: interrupts.interruption,
      machine: machineFor(root, 1),
      onEvent: (event) => {
        if (event.kind === "progress") view.show(event);
      },
    });
  } catch (error) {
    // Another checkout's run is told among the others and does not end the list.
    if (error instanceof RankbenchError && error.parts.reason !== "storage")
      return { kind: "refused", message: error.message };
    throw error;
  } finally {
    view.stop();
  }
}

/** `bench verify`. */
export function verifyCommand(session: Session, request: VerifyRequest): Promise<number> {
  return withDatabase(session, async (store, root) => {
    const records = await chosen(store, request);
    const results: { stored: RunRecord; verified: Verified }[] = [];
    const interrupts = catchInterrupts(() => session.note("\nstopping: the worker is being ended"));
    try {
      for (const stored of records) {
        const verified = await verifyOne(session, stored, request, root, interrupts);
        results.push({ stored, verified });
        const { method, task, seed } = stored.identity;
        const [first = "", ...more] = linesOf(store, stored, verified);
        session.say(`${stored.id.slice(0, 8)} ${method} on ${task}, seed ${seed}: ${first}`);
        const environment = "environment" in verified ? verified.environment : [];
        const differing = environment.map(
          ({ field, stored: then, repeated }) => `${field}: ${show(then)} -> ${show(repeated)}`,
        );
        for (const line of [...more, ...differing]) session.say(`  ${line.replaceAll("\n", "\n  ")}`);
        if (verified.kind === "interrupted") break;
      }
    } finally {
      interrupts.release();
    }
    const equal = results.filter(({ verified }) => isBitEqual(verified)).length;
    const interrupted = results.some(({ verified }) => verified.kind === "interrupted");
    if (session.json) {
      session.document({
        runs: results.map(({ stored, verified }) => entryOf(store, stored, verified)),
        bitEqual: equal,
        of: records.length,
      });
    } else session.say(`${equal} of ${plural(records.length, "run")} bit-equal`);
    if (interrupted) return exitCode("interrupted");
    return equal === records.length ? 0 : exitCode("differs");
  });
}

// One planned run from claim to stored record: waits for a process that does the same run, starts the worker, judges
// its end, writes the record. What is shown of it is the command line's matter.
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorParts, RankbenchError } from "#harness/failure/error.ts";
import { observeEnvironment } from "#harness/measure/environment.ts";
import { codeReader } from "#harness/method/code.ts";
import { parseRecord, writeRecord } from "#harness/record/file.ts";
import { type EnvironmentRecord, RECORD_SCHEMA, type RunRecord } from "#harness/record/schema.ts";
import { storableTexts } from "#harness/record/text.ts";
import type { Store } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import type { WorkerEvent } from "#harness/train/job.ts";
import { type Claim, type HeldClaim, takeClaim } from "./claim.ts";
import type { MachineShare } from "./machine-share.ts";
import { judge, type RunContent } from "./outcome.ts";
import { type Cell, storedOutcome } from "./plan.ts";
import { beginSpan } from "./span.ts";
import { type Interruption, supervise, type Watch } from "./supervisor.ts";

export interface CellSettings {
  readonly root: string;
  readonly timeoutSeconds: number | null;
  readonly memoryLimitBytes: number | null;
  /** Repeat the run although a record with a result exists. */
  readonly force: boolean;
  readonly interruption: Interruption;
  onEvent(event: WorkerEvent): void;
  /** Called once when another living process does the same run. */
  onWaiting(claim: Claim): void;
  readonly store: Store;
  readonly worker?: Watch["worker"];
  /** What this run shares with others that are done at the same time. */
  readonly machine?: MachineShare;
}

export type CellResult =
  /** A result was there already, or another process has just made it. */
  | { readonly kind: "existed"; readonly record: RunRecord; readonly file: string }
  | {
      readonly kind: "recorded";
      readonly record: RunRecord;
      readonly file: string;
      /** `kept`: this attempt ended without a result, and the record of an earlier one that has a result stays. */
      readonly stored: "written" | "replaced" | "kept";
    }
  /** The worker refused before training, or the record that is there cannot be read: nothing is recorded. */
  | {
      readonly kind: "refused";
      readonly reason: ErrorParts["reason"];
      readonly message: string;
      /** The run's own record file is the reason, so that other runs can be done. */
      readonly damaged?: true;
    }
  | { readonly kind: "interrupted" };

const WAIT_MS = 300;

/** The result that is stored; null when the run is to be done. A record file that cannot be used strikes its own run alone. */
async function storedResult({ file }: Cell): Promise<CellResult | null> {
  try {
    if ((await storedOutcome(file, false)) !== "ok") return null;
    return { kind: "existed", record: parseRecord(await readFile(file), file), file };
  } catch (error) {
    if (!(error instanceof RankbenchError)) throw error;
    return { kind: "refused", reason: error.parts.reason, message: error.message, damaged: true };
  }
}

/** Does the run, or finds that it is done. Throws `storage` errors; whatever happens, no claim of ours stays. */
export async function runCell(cell: Cell, settings: CellSettings): Promise<CellResult> {
  const { root, force, interruption } = settings;
  if (!force && cell.state === "exists") {
    const stored = await storedResult(cell);
    if (stored !== null) return stored;
  }
  let told = false;
  for (;;) {
    if (interruption.stop.aborted) return { kind: "interrupted" };
    const taken = takeClaim(root, { ...cell.job, repeats: force }, new Date());
    if (taken.kind === "held") return await underClaim(cell, settings, taken.claim);
    if (!told) settings.onWaiting(taken.by);
    told = true;
    await sleep(WAIT_MS, undefined, { signal: interruption.stop }).catch(() => {});
  }
}

async function underClaim(cell: Cell, settings: CellSettings, claim: HeldClaim): Promise<CellResult> {
  try {
    // Between the plan and the claim another process may have finished this very run.
    const stored = settings.force ? null : await storedResult(cell);
    if (stored !== null) return stored;
    return await attempt(cell, settings, claim);
  } finally {
    claim.release();
  }
}

/** What one attempt at a run came to, before anything is stored. */
export type Attempted =
  | { readonly kind: "ended"; readonly record: RunRecord }
  | Extract<CellResult, { readonly kind: "refused" }>
  | { readonly kind: "interrupted"; readonly phase: string | null; readonly step: number | null };

/** Does a run once and writes nothing: how its worker ended, as a record. */
export async function attemptOnce(
  cell: Cell,
  settings: Omit<CellSettings, "store" | "force" | "onWaiting">,
  attempted: HeldClaim["attempt"],
): Promise<Attempted> {
  const { timeoutSeconds, memoryLimitBytes, interruption, worker } = settings;
  const span = beginSpan();
  // Observed before the run: what is edited meanwhile is not what ran.
  const observed = { ...observeEnvironment(unopened(cell), null, settings.root), ...codeOfCell(cell) };
  const end = await supervise(cell.job, {
    timeoutSeconds,
    memoryLimitBytes,
    interruption,
    onEvent: (event) => settings.onEvent(event),
    ...(worker === undefined ? { startsProcesses: cell.task.startsProcesses === true } : { worker }),
    ...(settings.machine === undefined ? {} : { machine: settings.machine }),
  });
  const finishedAt = span.finishedAt();
  const verdict = judge(end, { timeoutSeconds, memoryLimitBytes });
  if (verdict.kind !== "recorded") return verdict;
  const { content } = verdict;
  const environment = {
    ...observed,
    engine: content.engine ?? observed.engine,
    contention: content.contention,
    ...(content.latencyContention === null ? {} : { latencyContention: content.latencyContention }),
  };
  return {
    kind: "ended",
    record: compose(cell, content, environment, attempted, span.startedAt, finishedAt),
  };
}

async function attempt(cell: Cell, settings: CellSettings, claim: HeldClaim): Promise<CellResult> {
  const ended = await attemptOnce(cell, settings, claim.attempt);
  if (ended.kind === "refused") return ended;
  if (ended.kind === "interrupted") {
    claim.interrupt(new Date(), { phase: ended.phase, step: ended.step });
    return { kind: "interrupted" };
  }
  const { record } = ended;
  if (record.outcome.state !== "ok" && (await storedOutcome(cell.file, true)) === "ok") {
    return { kind: "recorded", record, file: cell.file, stored: "kept" };
  }
  // A record that was there had no result, or its repetition was asked for: the new one takes its place.
  const written = await writeRecord(settings.root, record, { replace: true });
  ingest(settings.store, record, { replace: true, root: settings.root });
  return {
    kind: "recorded",
    record,
    file: written.file,
    stored: written.result === "replaced" ? "replaced" : "written",
  };
}

/** Hashes of the sources that the worker will load; methods and tasks of no folder, as tests have them, have none. */
function codeOfCell({ job: { identity } }: Cell): Pick<EnvironmentRecord, "code"> {
  const { method, task } = codeReader();
  const code = { method: method(identity.method), task: task(identity.task) };
  return code.method === null || code.task === null ? {} : { code: { method: code.method, task: code.task } };
}

/** What is known of an engine that never opened: what was asked for. */
export function unopened(cell: Cell): EnvironmentRecord["engine"] {
  return {
    name: cell.job.identity.engine,
    versions: {},
    provider: "not opened",
    threads: cell.job.engineOptions.threads ?? 1,
    optimisation: "not opened",
  };
}

function compose(
  cell: Cell,
  content: RunContent,
  environment: EnvironmentRecord,
  attempted: HeldClaim["attempt"],
  startedAt: Date,
  finishedAt: Date,
): RunRecord {
  const { id, identity } = cell.job;
  // What the worker says may quote a method's own words, cut anywhere.
  return storableTexts({
    schema: RECORD_SCHEMA,
    id,
    identity,
    outcome: content.outcome,
    phases: [...content.phases],
    curves: [...content.curves],
    environment,
    data: [...content.data],
    notes: [...content.notes],
    attempt: attempted,
    ...(cell.purpose === undefined ? {} : { purpose: cell.purpose }),
    ...(cell.tuned === undefined ? {} : { tuned: cell.tuned }),
    command: cell.command,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
  });
}

/** A refusal as the error that it was in the worker. */
export const refusalError = (refusal: {
  readonly reason: ErrorParts["reason"];
  readonly message: string;
}): RankbenchError => new RankbenchError({ reason: refusal.reason, problem: refusal.message });

// From how a worker ended to what is recorded: a result, a failure by its kind, a refusal (not recorded) or a stop by
// the user (not recorded). Pure: no process, no clock, no file.
import type { ErrorParts } from "#harness/failure/error.ts";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import type { Curve, DataFileRecord, EnvironmentRecord, Outcome, Phase } from "#harness/record/schema.ts";
import type { Watch, WorkerEnd } from "./supervisor.ts";

/** The part of a record that the worker's end determines. */
export interface RunContent {
  readonly outcome: Outcome;
  readonly phases: readonly Phase[];
  readonly curves: readonly Curve[];
  readonly notes: readonly string[];
  readonly data: readonly DataFileRecord[];
  /** Null when the worker died before its engine was open. */
  readonly engine: EnvironmentRecord["engine"] | null;
  readonly contention: number | null;
  readonly latencyContention: number | null;
}

export type Verdict =
  | { readonly kind: "recorded"; readonly content: RunContent }
  | { readonly kind: "refused"; readonly reason: ErrorParts["reason"]; readonly message: string }
  | { readonly kind: "interrupted"; readonly phase: string | null; readonly step: number | null };

type Limits = Pick<Watch, "timeoutSeconds" | "memoryLimitBytes">;

/** Words by which allocators of ONNX Runtime, V8 and the C++ library say that memory ran out. */
const OUT_OF_MEMORY =
  /bad_alloc|failed to allocate memory|heap out of memory|array buffer allocation failed|cannot allocate memory|\bENOMEM\b/i;

const isReason = (reason: string): reason is ErrorParts["reason"] =>
  reason !== "ok" && Object.hasOwn(EXIT_CODES, reason);

/** The stage and step at which the worker was last seen. */
function lastSeen(end: WorkerEnd): { readonly stage: string | null; readonly step: number | null } {
  if (end.progress !== null) {
    return { stage: end.progress.phase, step: end.progress.steps === 0 ? null : end.progress.step };
  }
  return { stage: end.partial?.stage ?? null, step: end.partial?.step ?? null };
}

function failure(end: WorkerEnd, outcome: Outcome): Verdict {
  return {
    kind: "recorded",
    content: {
      outcome,
      phases: end.partial?.phases ?? [],
      curves: end.partial?.curves ?? [],
      notes: end.partial?.notes ?? [],
      data: end.opened?.data ?? [],
      engine: end.opened?.engine ?? null,
      contention: null,
      latencyContention: null,
    },
  };
}

/** The last lines that a dying process printed, for a message. */
function lastLines(printed: string): string {
  const lines = printed.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-6).join("\n").slice(-1000);
}

/** A refusal counts as one only before training: later the same error has cost a run, which is recorded. */
function hasTrained(end: WorkerEnd): boolean {
  return (end.progress?.doneSteps ?? 0) > 0;
}

/** What a worker's end means. */
export function judge(end: WorkerEnd, limits: Limits): Verdict {
  const { last } = end;
  const where = lastSeen(end);
  if (last?.kind === "finished") {
    const { kind: _, latencyContention = null, ...content } = last;
    return { kind: "recorded", content: { ...content, latencyContention } };
  }
  if (last?.kind === "measured") throw new Error("the worker measured where a run was to be done");
  if (last !== null) {
    const said = last.message;
    if (OUT_OF_MEMORY.test(said)) return failure(end, outOfMemory(end, null));
    if (last.kind === "refused" && last.reason === "unsupported")
      return failure(end, { state: "unsupported", reason: said });
    // A full disk is the machine's state and not the run's: recording it would need the same disk.
    const blameless = last.kind === "refused" && (last.reason === "storage" || !hasTrained(end));
    if (last.kind === "refused" && blameless && isReason(last.reason)) {
      return { kind: "refused", reason: last.reason, message: said };
    }
    return failure(end, {
      state: "crashed",
      ...where,
      message: said,
      exitCode: end.exitCode,
      signal: end.signal,
    });
  }
  if (end.stopped === "interrupt") return { kind: "interrupted", phase: where.stage, step: where.step };
  if (end.stopped === "timeout" && limits.timeoutSeconds !== null) {
    return failure(end, { state: "timeout", ...where, limitSeconds: limits.timeoutSeconds });
  }
  if (end.stopped === "memory") return failure(end, outOfMemory(end, limits.memoryLimitBytes));
  const killedForMemory = end.signal === "SIGKILL" && end.kernelOutOfMemory;
  if (killedForMemory || OUT_OF_MEMORY.test(end.printed)) return failure(end, outOfMemory(end, null));
  const how = end.signal === null ? `exit code ${end.exitCode ?? "unknown"}` : `signal ${end.signal}`;
  const printed = lastLines(end.printed);
  return failure(end, {
    state: "crashed",
    ...where,
    message: `the worker process ended by ${how}${printed === "" ? "" : `\n${printed}`}`,
    exitCode: end.exitCode,
    signal: end.signal,
  });
}

function outOfMemory(end: WorkerEnd, limitBytes: number | null): Outcome {
  const { stage, step } = lastSeen(end);
  return {
    state: "out-of-memory",
    stage,
    step,
    limitBytes,
    peakBytes: end.peakBytes === 0 ? null : end.peakBytes,
  };
}

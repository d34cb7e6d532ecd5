// The worker's end of the channel to its supervisor: the job in, events out, errors as events.
import { RankbenchError } from "#harness/failure/error.ts";
import type { GoMessage, RunJob, WorkerEvent } from "#harness/train/job.ts";

/** Events after which the worker says nothing more. */
export const isLast = (event: WorkerEvent): boolean =>
  event.kind === "finished" ||
  event.kind === "measured" ||
  event.kind === "refused" ||
  event.kind === "crashed";

/** Waits for the job. A supervisor that goes away ends the worker at once. */
export function receiveJob(): Promise<RunJob> {
  process.once("disconnect", () => process.exit(0));
  return new Promise((resolve) => process.once("message", (job) => resolve(job as RunJob)));
}

/** Where the watchdog thread finds the processes that wait for this one; made in worker.js. */
const STOPPED = Symbol.for("rankbench.stopped");
const stoppedList = (): Int32Array | undefined => (globalThis as { [STOPPED]?: Int32Array })[STOPPED];

/** Asks the supervisor for the machine and waits for it; the result gives it back. */
export async function takeMachine(emit: (event: WorkerEvent) => void): Promise<() => void> {
  const told = new Promise<GoMessage>((resolve) =>
    process.once("message", (message) => resolve(message as GoMessage)),
  );
  emit({ kind: "machine", state: "wanted" });
  const { stopped } = await told;
  const list = stoppedList();
  list?.set(stopped.slice(0, list.length));
  return () => {
    list?.fill(0);
    emit({ kind: "machine", state: "free" });
  };
}

/** Resolves when all events sent so far are with the operating system. */
export function flush(): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) return resolve();
    const nothing: { readonly kind: "flush" } = { kind: "flush" };
    process.send(nothing, undefined, undefined, () => resolve());
  });
}

/** A package that is not installed, or whose native part does not load here: no run can tell anything about it. */
function missingPackage(error: unknown): RankbenchError | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code;
  const text = error instanceof Error ? error.message : "";
  const name = code === "ERR_MODULE_NOT_FOUND" ? /^Cannot find package '([^']+)'/.exec(text)?.[1] : undefined;
  const native =
    code === "ERR_DLOPEN_FAILED" || code === "MODULE_NOT_FOUND"
      ? /[^/\\'"\s]+\.node\b/.exec(text)?.[0]
      : undefined;
  if (name === undefined && native === undefined) return undefined;
  return new RankbenchError({
    reason: "engine",
    thing: name === undefined ? `native part ${native}` : `package ${name}`,
    problem: name === undefined ? "it does not load on this machine" : "it is not installed",
    value: text.split("\n")[0],
    wanted: "an installation with all packages and their native parts",
    next: "run: npx -y pnpm@10 install; see: pnpm bench engines",
    cause: error,
  });
}

/** An error by its kind: one that a user can act on, or a defect. */
export function failureEvent(thrown: unknown): WorkerEvent {
  const error = missingPackage(thrown) ?? thrown;
  if (error instanceof RankbenchError && error.parts.reason !== "internal") {
    return { kind: "refused", reason: error.parts.reason, message: error.message };
  }
  const message =
    error instanceof Error
      ? `${error.name === "Error" ? "" : `${error.name}: `}${error.message}`
      : String(error);
  return { kind: "crashed", message, stack: error instanceof Error ? (error.stack ?? null) : null };
}

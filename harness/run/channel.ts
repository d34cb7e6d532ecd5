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

/** An error by its kind: one that a user can act on, or a defect. */
export function failureEvent(error: unknown): WorkerEvent {
  if (error instanceof RankbenchError && error.parts.reason !== "internal") {
    return { kind: "refused", reason: error.parts.reason, message: error.message };
  }
  const message =
    error instanceof Error
      ? `${error.name === "Error" ? "" : `${error.name}: `}${error.message}`
      : String(error);
  return { kind: "crashed", message, stack: error instanceof Error ? (error.stack ?? null) : null };
}

// One worker process under watch: hard timeout, memory limit, interruption, death of its whole process family.
// It returns how the worker ended; what that means for the record is decided in outcome.ts.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  EXACT_MEMORY_ENVIRONMENT,
  EXACT_MEMORY_FLAGS,
  EXACT_MEMORY_WRITES,
} from "#harness/measure/exact-memory.ts";
import type {
  CrashedEvent,
  FinishedEvent,
  GoMessage,
  MachineEvent,
  MeasuredEvent,
  OpenedEvent,
  PartialEvent,
  ProgressEvent,
  RefusalEvent,
  RunJob,
  WorkerEvent,
} from "#harness/train/job.ts";
import { isolate } from "./isolation.ts";
import type { MachineHeld, MachineShare } from "./machine-share.ts";
import { isAlive, outOfMemoryKills, type ProcessFacts, processFamily, residentBytes } from "./processes.ts";
import { workerEnvironment } from "./worker-env.ts";

export type { ProgressEvent } from "#harness/train/job.ts";

/** What the user can ask for: `stop` ends the worker cleanly, `now` kills it without waiting. */
export interface Interruption {
  readonly stop: AbortSignal;
  readonly now: AbortSignal;
}

export interface Watch {
  /** Wall time that the worker may take; null for no limit. */
  readonly timeoutSeconds: number | null;
  /** Resident memory that the worker and its children may take together; null for no limit. */
  readonly memoryLimitBytes: number | null;
  readonly interruption: Interruption;
  onEvent(event: WorkerEvent): void;
  /** Entry file of the worker; the real one when left out. */
  readonly worker?: string;
  /** Start it so that its memory can be measured; slower, so never for a run that is timed. */
  readonly exactMemory?: boolean;
  /** The task's data is read by programs that the worker starts; see isolation.ts. */
  readonly startsProcesses?: boolean;
  /** What the worker shares with others; left out, the machine counts as its own. */
  readonly machine?: MachineShare;
  /** Time between asking a worker to end and killing it, in milliseconds; 2000 when left out. */
  readonly graceMs?: number;
}

/** Why the supervisor ended the worker; null when the worker ended by itself. */
export type StoppedFor = "timeout" | "memory" | "interrupt" | null;

/** How a worker ended, and the last of each kind of word it sent. */
export interface WorkerEnd {
  readonly stopped: StoppedFor;
  readonly last: FinishedEvent | MeasuredEvent | RefusalEvent | CrashedEvent | null;
  readonly opened: OpenedEvent | null;
  readonly partial: PartialEvent | null;
  readonly progress: ProgressEvent | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Largest resident memory of worker and children seen by polling; 0 when never seen. */
  readonly peakBytes: number;
  /** True when the kernel killed some process for memory while the worker ran. */
  readonly kernelOutOfMemory: boolean;
  /** The end of what the worker printed, for the message of a crash. */
  readonly printed: string;
}

const POLL_MS = 250;
const GRACE_MS = 2000;
const PRINTED_LIMIT = 8192;

const REAL_WORKER = fileURLToPath(new URL("./worker.js", import.meta.url));

/** Runs one job in a fresh process and waits until that process and its family are gone. */
export function supervise(job: RunJob, watch: Watch): Promise<WorkerEnd> {
  const exact = watch.exactMemory === true;
  // A worker of a test is no method's code and does what the test asks of it.
  const isolation =
    watch.worker === undefined
      ? isolate({
          startsProcesses: watch.startsProcesses === true,
          ...(exact ? { writes: EXACT_MEMORY_WRITES } : {}),
        })
      : { flags: [], environment: {}, remove: () => {} };
  // Detached: the worker leads its own group, so that the terminal's Ctrl-C reaches only the supervisor,
  // and one signal reaches everything that the worker has started.
  const child = fork(watch.worker ?? REAL_WORKER, [], {
    detached: true,
    execArgv: [...isolation.flags, ...(exact ? EXACT_MEMORY_FLAGS : [])],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      ...workerEnvironment(process.env),
      ...isolation.environment,
      ...(exact ? EXACT_MEMORY_ENVIRONMENT : {}),
    },
  });
  return watchOver(child, job, watch).finally(isolation.remove);
}

function watchOver(child: ChildProcess, job: RunJob, watch: Watch): Promise<WorkerEnd> {
  const { stop, now } = watch.interruption;
  const graceMs = watch.graceMs ?? GRACE_MS;
  const killsBefore = outOfMemoryKills();
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number, action: () => void): void => void timers.add(setTimeout(action, ms));
  let family: readonly ProcessFacts[] = [];
  let stopped: StoppedFor = null;
  let peakBytes = 0;
  let printed = "";
  let last: WorkerEnd["last"] = null;
  let opened: OpenedEvent | null = null;
  let partial: PartialEvent | null = null;
  let progress: ProgressEvent | null = null;
  const machine = machineOf(child, watch.machine);

  const end = (reason: Exclude<StoppedFor, null>): void => {
    if (stopped !== null || last !== null) return;
    stopped = reason;
    family = refresh(child, family);
    signalAll(child, family, "SIGTERM");
    later(graceMs, () => signalAll(child, refresh(child, family), "SIGKILL"));
  };
  const endNow = (): void => {
    if (last === null) stopped ??= "interrupt";
    signalAll(child, refresh(child, family), "SIGKILL");
  };
  const onStop = () => end("interrupt");
  stop.addEventListener("abort", onStop);
  now.addEventListener("abort", endNow);
  if (watch.timeoutSeconds !== null) later(watch.timeoutSeconds * 1000, () => end("timeout"));

  const poll = setInterval(() => {
    family = refresh(child, family);
    const bytes = family.reduce((sum, facts) => sum + residentBytes(facts.pid), 0);
    peakBytes = Math.max(peakBytes, bytes);
    if (watch.memoryLimitBytes !== null && bytes > watch.memoryLimitBytes) end("memory");
  }, POLL_MS);

  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString("utf8")).slice(-PRINTED_LIMIT);
    if (process.env.RANKBENCH_DEBUG === "1") process.stderr.write(chunk);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);

  child.on("message", (message) => {
    const event = message as WorkerEvent | { readonly kind: "flush" };
    if (event.kind === "flush" || last !== null) return;
    if (event.kind === "opened") opened = event;
    else if (event.kind === "partial") partial = event;
    else if (event.kind === "progress") progress = event;
    else if (event.kind === "machine") machine.hear(event);
    else {
      last = event;
      // It has nothing more to say, and may end by itself for as long.
      later(graceMs, () => signalAll(child, refresh(child, family), "SIGKILL"));
    }
    watch.onEvent(event);
  });

  return new Promise((resolve, reject) => {
    let exit: { code: number | null; signal: string | null } | undefined;
    const finish = (): void => {
      clearInterval(poll);
      for (const timer of timers) clearTimeout(timer);
      stop.removeEventListener("abort", onStop);
      now.removeEventListener("abort", endNow);
    };
    child.once("error", (error) => {
      // The process could not be started, or a message could not be sent to a dying one: `exit` tells the latter.
      if (child.pid !== undefined) return;
      finish();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      exit = { code, signal };
      clearInterval(poll);
      machine.leave();
      // Whatever the worker has started ends with it, however it ended.
      signalAll(child, refresh(child, family), "SIGKILL");
      // A child of the worker that kept its pipes would hold back `close`; it has just been killed, so this is a belt.
      later(1000, () => child.emit("close", code, signal));
    });
    child.once("close", () => {
      finish();
      const kills = outOfMemoryKills();
      resolve({
        stopped,
        last,
        opened,
        partial,
        progress,
        exitCode: exit?.code ?? null,
        signal: exit?.signal ?? null,
        peakBytes,
        kernelOutOfMemory: killsBefore !== null && kills !== null && kills > killsBefore,
        printed,
      });
    });
    child.send(job, (error) => {
      if (error !== null) keep(Buffer.from(`the job could not be sent: ${error.message}\n`));
    });
    if (now.aborted) endNow();
    else if (stop.aborted) end("interrupt");
  });
}

/** The worker's part in sharing the machine: its wishes are passed on, and what it held is free when it is gone. */
function machineOf(child: ChildProcess, share: MachineShare | undefined) {
  const { pid } = child;
  const leave = pid === undefined ? undefined : share?.join(pid);
  let held: MachineHeld | undefined;
  return {
    hear({ state }: MachineEvent): void {
      if (state === "free" || pid === undefined) {
        held?.free();
        return;
      }
      const taken = share?.take(pid) ?? Promise.resolve<MachineHeld>({ stopped: [], free: () => undefined });
      void taken.then((got) => {
        held = got;
        const go: GoMessage = { kind: "go", stopped: got.stopped };
        child.send(go, () => undefined);
      });
    },
    leave(): void {
      leave?.();
      held?.free();
    },
  };
}

/** The family as it is now, and those seen before that still live: a child whose parent died may have left the tree. */
function refresh(child: ChildProcess, before: readonly ProcessFacts[]): ProcessFacts[] {
  if (child.pid === undefined) return [];
  const found = new Map(processFamily(child.pid).map((facts) => [facts.pid, facts]));
  for (const facts of before) {
    if (!found.has(facts.pid) && isAlive(facts.pid, facts.start)) found.set(facts.pid, facts);
  }
  return [...found.values()];
}

function signalAll(
  child: ChildProcess,
  family: readonly ProcessFacts[],
  signal: "SIGTERM" | "SIGKILL",
): void {
  if (child.pid === undefined) return;
  const send = (pid: number): void => {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone already.
    }
  };
  send(-child.pid);
  for (const facts of family)
    if (facts.pid !== process.pid && isAlive(facts.pid, facts.start)) send(facts.pid);
}

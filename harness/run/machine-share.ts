// Who has the machine: workers of one command train beside each other, but while one measures latency the others stand
// still, and no other command of this checkout measures. A lock file tells commands apart; its holder's death frees it.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { moveToCores } from "./cores.ts";
import { isAlive, processFamily, processStart } from "./processes.ts";

/** The machine while it is one worker's. */
export interface MachineHeld {
  /** Processes that stand still meanwhile. */
  readonly stopped: readonly number[];
  free(): void;
}

/** The machine as the workers of one command share it. */
export interface MachineShare {
  /** A worker begins; the result is to be called when it is gone. */
  join(pid: number): () => void;
  /** Waits until the worker of that pid has the machine to itself. */
  take(pid: number): Promise<MachineHeld>;
}

const holderSchema = z.strictObject({
  pid: z.int().positive(),
  pidStart: z.string().nullable(),
  stopped: z.array(z.int().positive()),
});
type Holder = z.infer<typeof holderSchema>;

/** The lock file of one checkout. */
export const timingLock = (root: string): string => join(root, ".rankbench", "timing.lock");

const POLL_MS = 100;
/** Who waits longer than this measures all the same: what the other does shows in the record's contention. */
const PATIENCE_MS = 300_000;

function readHolder(file: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone.
  }
}

/** Whether the file could be removed: a disk that became read-only must not keep a run from being measured. */
function removed(file: string): boolean {
  try {
    rmSync(file, { force: true });
    return true;
  } catch {
    return false;
  }
}

/** Creates the file with its content, or not at all. */
function create(file: string, content: Holder): boolean {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, JSON.stringify(content));
    linkSync(temporary, file);
    return true;
  } catch (error) {
    // A disk that is full or read-only must not keep a run from being measured.
    return (error as NodeJS.ErrnoException).code !== "EEXIST";
  } finally {
    removed(temporary);
  }
}

/** Takes the lock; wakes what a dead holder left standing. */
async function takeLock(file: string): Promise<void> {
  const mine: Holder = { pid: process.pid, pidStart: processStart(process.pid), stopped: [] };
  const deadline = performance.now() + PATIENCE_MS;
  while (!create(file, mine)) {
    const holder = readHolder(file);
    if (holder === undefined || !isAlive(holder.pid, holder.pidStart)) {
      for (const pid of holder?.stopped ?? []) signal(pid, "SIGCONT");
      // Where a dead holder's lock cannot be removed, nobody else can hold it either.
      if (!removed(file)) return;
    } else if (performance.now() > deadline) {
      return;
    } else await sleep(POLL_MS);
  }
}

function freeLock(file: string): void {
  if (readHolder(file)?.pid === process.pid) removed(file);
}

interface Member {
  readonly pid: number;
  /** Its own cores; none when it may use all. */
  readonly cores: readonly number[];
}

export interface ShareOptions {
  readonly root: string;
  /** Cores of the machine; a worker that has it may use all of them. */
  readonly cores: readonly number[];
  /** Sets of cores of which each worker keeps to one of its own; none where workers are not kept apart. */
  readonly sets: readonly (readonly number[])[];
}

/** A share for the workers of this process. */
export function shareMachine({ root, cores, sets }: ShareOptions): MachineShare {
  const file = timingLock(root);
  const members = new Map<number, Member>();
  const holding = new Map<number, () => void>();
  let last: Promise<void> = Promise.resolve();

  const hold = async (pid: number, next: () => void): Promise<MachineHeld> => {
    await takeLock(file);
    const stopped = [...members.keys()]
      .filter((other) => other !== pid)
      .flatMap((other) => [other, ...processFamily(other).map((facts) => facts.pid)]);
    const unique = [...new Set(stopped)];
    try {
      writeFileSync(
        file,
        JSON.stringify({ pid: process.pid, pidStart: processStart(process.pid), stopped: unique }),
      );
    } catch {
      // The list in the file is for a successor of a killed command; the workers' watchdogs know it too.
    }
    for (const other of unique) signal(other, "SIGSTOP");
    const own = members.get(pid)?.cores ?? [];
    if (own.length > 0) await moveToCores(pid, cores);
    let freed = false;
    const free = (): void => {
      if (freed) return;
      freed = true;
      holding.delete(pid);
      for (const other of unique) signal(other, "SIGCONT");
      if (own.length > 0 && members.has(pid)) void moveToCores(pid, own);
      freeLock(file);
      next();
    };
    holding.set(pid, free);
    // It may have died while it waited.
    if (!members.has(pid)) free();
    return { stopped: unique, free };
  };

  return {
    join(pid) {
      const taken = [...members.values()].map((member) => member.cores);
      const own = sets.find((set) => !taken.includes(set)) ?? [];
      members.set(pid, { pid, cores: own });
      void moveToCores(pid, own);
      return () => {
        members.delete(pid);
        holding.get(pid)?.();
      };
    },
    take(pid) {
      const before = last;
      let next: () => void = () => undefined;
      last = new Promise((resolve) => {
        next = resolve;
      });
      return before.then(() => hold(pid, next));
    },
  };
}

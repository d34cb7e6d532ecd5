// Measured memory in exact mode: how much more the process held at the worst moment of some work than at a base line.
// The process must have been started for it, so that freed memory goes back to the system at once; the numbers are still
// those of one engine on one machine, and the work is slower, so nothing is ever timed in this mode.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { RankbenchError } from "#harness/failure/error.ts";

/**
 * Environment of such a process: glibc returns each block above 64 KiB when it is freed, and the top of its heap as well.
 * Without it the allocator keeps what the warm-up freed, and the peak of a step is that of its history.
 */
export const EXACT_MEMORY_ENVIRONMENT = {
  MALLOC_MMAP_THRESHOLD_: "65536",
  MALLOC_TRIM_THRESHOLD_: "65536",
  MALLOC_ARENA_MAX: "1",
} as const;

/** Flags of such a process: garbage is collected when asked, and the young generation stays at one MiB a half. */
export const EXACT_MEMORY_FLAGS = ["--expose-gc", "--max-semi-space-size=1"] as const;

const STATUS = "/proc/self/status";
const CLEAR = "/proc/self/clear_refs";
/** What such a process must be let write. */
export const EXACT_MEMORY_WRITES: readonly string[] = [CLEAR];
/** Written to `clear_refs`, it sets the high-water mark to what is resident now (proc(5)). */
const RESET_PEAK = "5";

function unusable(problem: string, cause?: unknown): RankbenchError {
  return new RankbenchError({
    reason: "usage",
    thing: "command line",
    problem: `memory cannot be measured here: ${problem}`,
    field: "--measure",
    value: "memory",
    wanted: `Linux, with ${CLEAR} that this user may write`,
    next: "leave --measure out: the logical peak of every run is exact and needs no system's help",
    cause,
  });
}

/**
 * What is counted is memory that only this process holds. Pages of program files are resident too, but the system takes
 * them back and fetches them again as other programs need room (12 MiB in one measurement).
 */
type Field = "VmHWM" | "RssAnon" | "RssFile" | "RssShmem";

/** Bytes of a line of /proc/PID/status (`VmHWM:  1024 kB`); null when the text has none. */
export function statusBytes(status: string, field: Field): number | null {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status);
  return match === null ? null : Number(match[1]) * 1024;
}

/** The fields of one reading, so that they belong together. */
function readBytes<F extends Field>(...fields: readonly F[]): Readonly<Record<F, number>> {
  let text: string;
  try {
    text = readFileSync(STATUS, "utf8");
  } catch (cause) {
    throw unusable(`${STATUS} cannot be read`, cause);
  }
  const found = fields.map((field) => {
    const bytes = statusBytes(text, field);
    if (bytes === null) throw unusable(`${STATUS} has no ${field}`);
    return [field, bytes] as const;
  });
  return Object.fromEntries(found) as Readonly<Record<F, number>>;
}

function resetPeak(): void {
  try {
    writeFileSync(CLEAR, RESET_PEAK);
  } catch (cause) {
    throw unusable(`${CLEAR} cannot be written`, cause);
  }
}

/** Refuses, as an error of the command line, a system on which nothing could be measured. Changes nothing that matters. */
export function requireExactMemory(): void {
  resetPeak();
  readBytes("VmHWM", "RssAnon", "RssFile", "RssShmem");
}

/** Buffers are given back by finalizers that run after a collection, so one pass does not see all of them gone. */
const COLLECTIONS = 2;

/**
 * V8 gives the memory of its compilers and of pooled pages back a second or two after it was last used (14 MiB after
 * start-up), so calm is waited for: at least this long, then until two looks agree.
 */
const CALM = { leastMs: 3000, mostMs: 15_000, everyMs: 500, differenceBytes: 256 * 1024 } as const;

async function collect(): Promise<void> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("memory is measured in a process that was not started for it");
  for (let i = 0; i < COLLECTIONS; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Bytes held when nothing happens: the base line, taken before what is to be measured exists, and a rest before its peaks
 * are. Takes seconds.
 */
export async function residentNow(): Promise<number> {
  let before = Number.POSITIVE_INFINITY;
  for (let waited = 0; ; waited += CALM.everyMs) {
    await collect();
    const now = readBytes("RssAnon").RssAnon;
    const calm = Math.abs(before - now) <= CALM.differenceBytes;
    if ((waited >= CALM.leastMs && calm) || waited >= CALM.mostMs) return now;
    before = now;
    await sleep(CALM.everyMs);
  }
}

/** The most that was held while `work` ran, bytes. Garbage from before it is collected first. */
export async function residentPeak(work: () => Promise<void>): Promise<number> {
  await collect();
  resetPeak();
  await work();
  const { VmHWM, RssFile, RssShmem } = readBytes("VmHWM", "RssFile", "RssShmem");
  return VmHWM - RssFile - RssShmem;
}

// What the operating system knows of processes: alive or not, since when, whose child, how much memory.
// Linux reads /proc; elsewhere only "alive" is known and the callers say what they cannot do.
import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Start time in clock ticks since boot: with the pid it names one process, as pids are used again. */
  readonly start: string;
  readonly zombie: boolean;
}

/** True where /proc tells memory and family of a process. */
export const canInspect = (): boolean => existsSync("/proc/self/stat");

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // The process ended between listing and reading.
  }
}

/** Facts of one process, or undefined when there is none of that pid (or no /proc). */
export function readProcess(pid: number): ProcessFacts | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name in parentheses may itself hold spaces and parentheses, so fields are counted from the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (index: number) => Number(fields[index]);
  return {
    pid,
    parent: number(1),
    group: number(2),
    session: number(3),
    start: fields[19] ?? "",
    zombie: fields[0] === "Z" || fields[0] === "X",
  };
}

/** Start time of a living process; null when it is gone or the system does not tell. */
export function processStart(pid: number): string | null {
  const facts = readProcess(pid);
  return facts === undefined || facts.zombie ? null : facts.start;
}

/** True when the process of that pid and start time still runs. Without a known start time the pid alone decides. */
export function isAlive(pid: number, start: string | null): boolean {
  if (canInspect()) {
    const now = processStart(pid);
    return now !== null && (start === null || now === start);
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The process, its descendants and all members of its group and session: what must end with it. */
export function processFamily(root: number): ProcessFacts[] {
  if (!canInspect()) return [];
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((facts) => facts !== undefined);
  const family = new Set<number>([root]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const facts of all) {
      if (facts.group === root || facts.session === root || family.has(facts.parent)) family.add(facts.pid);
    }
  }
  return all.filter((facts) => family.has(facts.pid) && !facts.zombie);
}

/** Resident memory of a process in bytes (VmRSS); 0 when it is gone. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/status`) ?? "")?.[1];
  return kibibytes === undefined ? 0 : Number(kibibytes) * 1024;
}

/** How many processes the kernel has killed for memory since boot; null where it does not tell. */
export function outOfMemoryKills(): number | null {
  const count = /^oom_kill (\d+)/m.exec(readText("/proc/vmstat") ?? "")?.[1];
  return count === undefined ? null : Number(count);
}

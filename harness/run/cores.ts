// Which cores a worker may use. Runs beside each other get a core each, so that none takes turns with another; where the
// system cannot do that, they run unpinned and their records' contention says the rest.
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Cores in a list as the kernel writes it: `0-1,4` is 0, 1 and 4. */
export function parseCores(list: string): number[] {
  return list
    .trim()
    .split(",")
    .flatMap((part) => {
      const [first = Number.NaN, last = first] = part.split("-").map(Number);
      return Number.isInteger(first) && Number.isInteger(last) && last >= first
        ? Array.from({ length: last - first + 1 }, (_, i) => first + i)
        : [];
    });
}

/** Cores that this process may use; none where the system does not tell. */
export function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return parseCores(list ?? "");
  } catch {
    return [];
  }
}

/** Whether `taskset` is there and works. */
export function canPin(): boolean {
  try {
    execFileSync("taskset", ["-p", String(process.pid)], { stdio: "ignore", timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}

/** Moves all threads of a process to these cores. A process that is gone, or a system that refuses, is left alone. */
export function moveToCores(pid: number, cores: readonly number[]): Promise<void> {
  return new Promise((resolve) => {
    if (cores.length === 0) return resolve();
    execFile("taskset", ["-a", "-p", "-c", cores.join(","), String(pid)], { timeout: 5000 }, () => resolve());
  });
}

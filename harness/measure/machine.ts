// What the machine is, as far as speed and memory depend on it; observed, never configured.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  /** Logical cores that this process may use. */
  readonly cores: number;
  /** Memory that this process may use. */
  readonly memoryBytes: number;
  readonly platform: string;
  readonly arch: string;
  /** Whether the processor has AVX2; null where the system does not tell. */
  readonly avx2: boolean | null;
  /** Name and memory of the first NVIDIA card; null when `nvidia-smi` does not answer. */
  readonly gpu: string | null;
}

const SMI_MS = 5000;

/** A text file, or undefined where there is none. */
export function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function observeGpu(): string | null {
  try {
    const listed = execFileSync("nvidia-smi", ["--query-gpu=name,memory.total", "--format=csv,noheader"], {
      encoding: "utf8",
      timeout: SMI_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return listed.split("\n")[0]?.trim() || null;
  } catch {
    return null; // No driver, no card, or a driver that hangs: no card that can be used.
  }
}

/** Whether the flags in the text of /proc/cpuinfo name AVX2; null when it lists no flags. */
export function hasAvx2(cpuinfo: string | undefined): boolean | null {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo ?? "")?.[1];
  return flags === undefined ? null : flags.trim().split(/\s+/).includes("avx2");
}

/** Memory of the machine or, where a container gets less, of the container. */
function usableMemory(): number {
  const limit = process.constrainedMemory();
  const total = totalmem();
  // Without a limit the answer is 0 or beyond the machine's memory.
  return limit > 0 && limit < total ? limit : total;
}

export function observeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim().replace(/\s+/g, " ") || "unknown",
    cores: availableParallelism(),
    memoryBytes: usableMemory(),
    platform: process.platform,
    arch: process.arch,
    avx2: hasAvx2(readOptional("/proc/cpuinfo")),
    gpu: observeGpu(),
  };
}

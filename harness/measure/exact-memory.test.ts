import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { EXACT_MEMORY_ENVIRONMENT, EXACT_MEMORY_FLAGS, residentNow, statusBytes } from "./exact-memory.ts";

const MIB = 2 ** 20;
const CHILD = fileURLToPath(new URL("./testing/exact-memory-child.ts", import.meta.url));

interface Printed {
  readonly without: readonly number[];
  readonly beside: readonly number[];
  readonly after: number;
}

async function measured(): Promise<Printed> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...EXACT_MEMORY_FLAGS, "--import", "tsx", CHILD],
    { env: { ...process.env, ...EXACT_MEMORY_ENVIRONMENT } },
  );
  return JSON.parse(stdout) as Printed;
}

describe("measured memory in exact mode", () => {
  it.skipIf(process.platform !== "linux")(
    "moves by 64 MiB with a tensor of 64 MiB more, and falls back when it is gone",
    async () => {
      const { without, beside, after } = await measured();
      expect(beside).toHaveLength(3);
      for (const [i, peak] of beside.entries()) {
        const difference = (peak - (without[i] ?? Number.NaN)) / MIB;
        expect(difference).toBeGreaterThan(62);
        expect(difference).toBeLessThan(66);
      }
      expect(Math.abs(after) / MIB).toBeLessThan(3);
    },
    30_000,
  );

  it("reads the marks of the kernel's status text, and says so when there is none", () => {
    const status = "Name:\tnode\nVmHWM:\t  123456 kB\nRssAnon:\t   98765 kB\n";
    expect(statusBytes(status, "VmHWM")).toBe(126_418_944);
    expect(statusBytes(status, "RssAnon")).toBe(101_135_360);
    expect(statusBytes("Name:\tnode\n", "VmHWM")).toBeNull();
  });

  it("refuses to measure in a process that was not started for it", async () => {
    // Vitest's own process cannot collect garbage on command.
    await expect(residentNow()).rejects.toThrow("not started for it");
  });
});

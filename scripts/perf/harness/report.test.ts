import { describe, expect, it } from "vitest";
import { renderHarness } from "./report.ts";

const common = {
  date: "2026-01-02",
  machine: { cpu: "a processor", cores: 2, node: "v20.19.0", os: "a system" },
  load: 1.04,
};

describe("report of the harness' own speed", () => {
  it("gives what is outside the engine as a share of the whole", () => {
    const text = renderHarness({
      overhead: {
        ...common,
        steps: [{ method: "lora", captured: true, stepMs: 50, outsideMs: 0.5 }],
        runs: [{ method: "lora", runs: 3, seconds: 80, outsideSeconds: 2 }],
      },
    });
    expect(text).toContain("| `lora` | captured | 50.0 | 0.50 | 1.0 % |");
    expect(text).toContain("| `lora` | 3 | 80.0 | 2.0 | 2.5 % |");
    expect(text).not.toContain("## Plans");
  });

  it("writes counts in groups of three and memory in MiB", () => {
    const text = renderHarness({
      store: {
        ...common,
        files: 10_000,
        seconds: 12.34,
        cpuSeconds: 11,
        bytesBefore: 2 ** 27,
        bytesPeak: 2 ** 28,
        againMs: 80.4,
        runs: 100_000,
        queries: [{ name: "count of all", rows: 100_000, minMs: 1.04, medianMs: 2, cpuMs: 2 }],
      },
    });
    expect(text).toContain("12.3 s (11.0 s of processor); memory 128 MiB before and 256 MiB at most");
    expect(text).toContain("| count of all | 100,000 | 1.0 | 2.0 | 2.0 |");
  });
});

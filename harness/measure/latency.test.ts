import { describe, expect, it } from "vitest";
import { openEngine } from "#harness/engine/open.ts";
import { measureLatency } from "./latency.ts";

describe("measureLatency", () => {
  it("times exactly the passes it was asked for, warm-up apart, in order p50 <= p95 <= p99", async () => {
    const engine = await openEngine("tfjs-cpu");
    let calls = 0;
    const sample = await measureLatency(
      engine,
      async () => {
        calls++;
        await new Promise((resolve) => setTimeout(resolve, 2));
      },
      { warmupIterations: 3, iterations: 12 },
    );
    expect(sample.samples).toBe(12);
    expect(calls).toBeGreaterThanOrEqual(15);
    expect(sample.p50Ms).toBeGreaterThan(1);
    expect(sample.p50Ms).toBeLessThanOrEqual(sample.p95Ms);
    expect(sample.p95Ms).toBeLessThanOrEqual(sample.p99Ms);
    await engine.dispose();
  });

  it("lets a failing pass fail", async () => {
    const engine = await openEngine("tfjs-cpu");
    const failing = measureLatency(
      engine,
      async () => {
        throw new Error("no such op");
      },
      { warmupIterations: 0, iterations: 3 },
    );
    await expect(failing).rejects.toThrow(/no such op/);
    await engine.dispose();
  });
});

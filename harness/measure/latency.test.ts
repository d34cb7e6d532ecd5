import { describe, expect, it } from "vitest";
import { openEngine } from "#harness/engine/open.ts";
import { measureLatency, percentile } from "./latency.ts";

describe("percentile", () => {
  it("interpolates between order statistics as numpy does by default", () => {
    // numpy.percentile([15, 20, 35, 40, 50], [0, 5, 40, 50, 95, 100])
    const values = [15, 20, 35, 40, 50];
    expect([0, 0.05, 0.4, 0.5, 0.95, 1].map((share) => percentile(values, share))).toEqual([
      15, 16, 29, 35, 48, 50,
    ]);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it("refuses an empty list instead of giving a number", () => {
    expect(() => percentile([], 0.5)).toThrow(/no samples/);
  });
});

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

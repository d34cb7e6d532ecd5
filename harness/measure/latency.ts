// Latency of the deployed model's forward pass, through tinybench: one thread, warmed up, scores read back.
import { Bench } from "tinybench";
import type { Engine } from "#harness/engine/engine.ts";
import { percentileOf } from "#harness/stats/summary.ts";

export interface LatencySample {
  readonly samples: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export interface LatencyOptions {
  readonly warmupIterations: number;
  readonly iterations: number;
}

/** Times `forward`, which must upload its input, run and read its scores. Milliseconds. */
export async function measureLatency(
  engine: Engine,
  forward: () => Promise<void>,
  options: LatencyOptions,
): Promise<LatencySample> {
  await engine.settle();
  const bench = new Bench({
    time: 0,
    iterations: options.iterations,
    warmupTime: 0,
    warmupIterations: options.warmupIterations,
    retainSamples: true,
    throws: true,
  });
  bench.add("forward", forward);
  await bench.run();
  const result = bench.tasks[0]?.result;
  if (result === undefined || result.state !== "completed" || result.latency.samples === undefined) {
    throw new Error("latency: tinybench gave no samples");
  }
  const samples = [...result.latency.samples];
  return {
    samples: samples.length,
    meanMs: result.latency.mean,
    p50Ms: percentileOf(samples, 0.5),
    p95Ms: percentileOf(samples, 0.95),
    p99Ms: percentileOf(samples, 0.99),
  };
}

// Latency of the deployed model's forward pass, through tinybench: one thread, warmed up, scores read back.
import { Bench } from "tinybench";
import type { Engine } from "#harness/engine/engine.ts";

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

/** Percentile by linear interpolation between order statistics (numpy's default); `sorted` ascending and not empty. */
export function percentile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  if (low === undefined || high === undefined) throw new Error("percentile of no samples");
  return low + (high - low) * (at - Math.floor(at));
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
  const sorted = [...result.latency.samples].sort((a, b) => a - b);
  return {
    samples: sorted.length,
    meanMs: result.latency.mean,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
  };
}

// Jobs, identities and waiting for tests of harness/run and harness/cli. Used by tests only.
import { fileURLToPath } from "node:url";
import { type ConfigValue, type Identity, PROTOCOL, runId } from "#harness/record/identity.ts";
import type { RunJob } from "#harness/train/job.ts";

/** The fake worker: does what the job's method id says. */
export const FAKE_WORKER = fileURLToPath(new URL("./fake-worker.js", import.meta.url));

/** An identity whose method is a behaviour of the fake worker. */
export function fakeIdentity(method: string, seed = 0, config: Record<string, ConfigValue> = {}): Identity {
  return {
    task: "glue-sst2",
    taskVersion: 1,
    scale: "smoke",
    method,
    config,
    seed,
    engine: "onnx",
    spec: "cpu-2core",
    protocol: PROTOCOL,
    data: "sample-0123456789ab",
  };
}

export function fakeJob(method: string, seed = 0, config: Record<string, ConfigValue> = {}): RunJob {
  const identity = fakeIdentity(method, seed, config);
  return { id: runId(identity), identity, engineOptions: { threads: 1 } };
}

/** Waits until `condition` holds; fails with `what` after the limit. */
export async function until(condition: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

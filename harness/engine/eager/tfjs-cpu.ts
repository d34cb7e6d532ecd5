// Engine `tfjs-cpu`: the plain JavaScript backend of TensorFlow.js. Slow, and the oracle for all others.

import type { Engine } from "../engine.ts";
import { findBackend } from "../tensor.ts";
import { EagerEngine } from "./eager-engine.ts";
import { registerHostOp } from "./host-op-kernel.ts";

/** Opens the engine; the tfjs backend is chosen by the caller. */
export async function openTfjsCpu(): Promise<{ engine: Engine; backendName: string }> {
  const { version_cpu: version } = await import("@tensorflow/tfjs-backend-cpu");
  // The backend greets on its first tensor; a flag of its own says that it has.
  Reflect.set(findBackend("cpu"), "firstUse", false);
  registerHostOp("cpu");
  const facts = {
    name: "tfjs-cpu",
    versions: { "@tensorflow/tfjs-backend-cpu": version },
    provider: "cpu",
    threads: 1,
    optimisation: "none",
  } as const;
  return { engine: new EagerEngine(facts, "cpu"), backendName: "cpu" };
}

// Engines whose package is not a dependency: tfjs-wasm, tfjs-node, tfjs-node-gpu. Loaded when asked for; refused with the
// reason and the command that installs them where they are missing.
import { createRequire } from "node:module";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Engine, EngineFacts, EngineName } from "../engine.ts";
import { findBackend, ready, setBackend } from "../tensor.ts";
import { EagerEngine } from "./eager-engine.ts";
import { registerHostOp } from "./host-op-kernel.ts";

const TFJS_VERSION = "4.22.0";

interface Optional {
  readonly packageName: string;
  /** Name under which tfjs knows the backend of the package. */
  readonly backendName: string;
  readonly provider: string;
  /** What must be there besides the package. */
  readonly needs: string;
}

const OPTIONAL = {
  "tfjs-wasm": {
    packageName: "@tensorflow/tfjs-backend-wasm",
    backendName: "wasm",
    provider: "wasm",
    needs:
      "nothing else; operations whose kernel it lacks (among them gradients of convolutions) fail by name",
  },
  "tfjs-node": {
    packageName: "@tensorflow/tfjs-node",
    backendName: "tensorflow",
    provider: "cpu",
    needs:
      "its install script must run (it fetches libtensorflow) and a prebuilt binding for this Node version",
  },
  "tfjs-node-gpu": {
    packageName: "@tensorflow/tfjs-node-gpu",
    backendName: "tensorflow",
    provider: "cuda",
    needs: "an NVIDIA GPU with CUDA 11.8 and cuDNN 8.6, and its install script must run",
  },
} as const satisfies Partial<Record<EngineName, Optional>>;

export type OptionalEngineName = keyof typeof OPTIONAL;

export const isOptional = (name: EngineName): name is OptionalEngineName => name in OPTIONAL;

/** tfjs-node calls helpers of node:util that Node 23 removed; and TensorFlow takes a whole GPU unless told not to. */
function prepareNative(): void {
  const util = createRequire(import.meta.url)("node:util") as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
}

const isMissing = (cause: unknown, packageName: string) =>
  cause instanceof Error &&
  "code" in cause &&
  cause.code === "ERR_MODULE_NOT_FOUND" &&
  cause.message.includes(packageName);

function refusal(name: OptionalEngineName, problem: string, cause?: unknown): RankbenchError {
  const { packageName, needs } = OPTIONAL[name];
  return new RankbenchError({
    reason: "engine",
    problem,
    thing: `engine ${name}`,
    next: `pnpm add -D ${packageName}@${TFJS_VERSION} (${needs})`,
    cause,
  });
}

/** Loads the package and checks that its backend starts; the tfjs backend is chosen by the caller. */
export async function openOptional(
  name: OptionalEngineName,
): Promise<{ engine: Engine; backendName: string }> {
  const { packageName, backendName, provider } = OPTIONAL[name];
  if (backendName === "tensorflow") prepareNative();
  try {
    // The name is a variable: the package may be missing where this is compiled.
    await import(packageName);
  } catch (cause) {
    if (isMissing(cause, packageName))
      throw refusal(name, `the package ${packageName} is not installed`, cause);
    const text = cause instanceof Error ? cause.message : String(cause);
    throw refusal(name, `the package ${packageName} does not load here: ${text.split("\n")[0]}`, cause);
  }
  if (!(await setBackend(backendName)))
    throw refusal(name, `the backend of ${packageName} does not start here`);
  await ready();
  if (name === "tfjs-node-gpu" && Reflect.get(findBackend(backendName), "isUsingGpuDevice") !== true)
    throw refusal(name, "TensorFlow found no GPU");
  registerHostOp(backendName);
  const facts: EngineFacts = {
    name,
    versions: { [packageName]: TFJS_VERSION },
    provider,
    threads: 1,
    optimisation: "none",
  };
  return { engine: new EagerEngine(facts, backendName), backendName };
}

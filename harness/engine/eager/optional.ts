// Engines whose package need not be there: tfjs-wasm, tfjs-node, tfjs-node-gpu. Loaded when asked for; refused with the
// reason and the command that installs them where they are missing.
import { createRequire } from "node:module";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Engine, EngineFacts, EngineName } from "../engine.ts";
import { findBackend, getBackend, ready, setBackend } from "../tensor.ts";
import { EagerEngine } from "./eager-engine.ts";
import { registerHostOp } from "./host-op-kernel.ts";
import { refuseMissingKernels } from "./missing-kernels.ts";
import { repairWasm } from "./wasm-kernels.ts";

const TFJS_VERSION = "4.22.0";

interface Optional {
  readonly packageName: string;
  /** Name under which tfjs knows the backend of the package. */
  readonly backendName: string;
  readonly provider: string;
  /** The command that installs it, and what must be there besides. */
  readonly install: string;
}

/** pnpm runs no install script that was not allowed, and these fetch a native library. */
const native = (packageName: string): string =>
  `pnpm add -D --allow-build=${packageName} ${packageName}@${TFJS_VERSION}`;

const OPTIONAL = {
  "tfjs-wasm": {
    packageName: "@tensorflow/tfjs-backend-wasm",
    backendName: "wasm",
    provider: "wasm",
    install: `pnpm add -D @tensorflow/tfjs-backend-wasm@${TFJS_VERSION} (nothing else; operations whose kernel it lacks, among them gradients of convolutions, are refused by name)`,
  },
  "tfjs-node": {
    packageName: "@tensorflow/tfjs-node",
    backendName: "tensorflow",
    provider: "cpu",
    install: `${native("@tensorflow/tfjs-node")} (with network: its install script fetches libtensorflow and a binding for this Node version)`,
  },
  "tfjs-node-gpu": {
    packageName: "@tensorflow/tfjs-node-gpu",
    backendName: "tensorflow",
    provider: "cuda",
    install: `${native("@tensorflow/tfjs-node-gpu")} (with network: its install script fetches libtensorflow; and an NVIDIA GPU with CUDA 11.8 and cuDNN 8.6)`,
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

const PROCESS_EVENTS = ["uncaughtException", "unhandledRejection"] as const;

/**
 * Does `work` and takes out the handlers for uncaught errors that it left: the wasm package installs some that print its
 * whole source and hide the error.
 */
async function withoutHandlers<T>(work: () => Promise<T>): Promise<T> {
  const before = new Map(PROCESS_EVENTS.map((event) => [event, new Set(process.rawListeners(event))]));
  try {
    return await work();
  } finally {
    for (const [event, known] of before)
      for (const listener of process.rawListeners(event))
        if (!known.has(listener)) process.off(event, listener as (...args: unknown[]) => void);
  }
}

const isMissing = (cause: unknown, packageName: string) =>
  cause instanceof Error &&
  "code" in cause &&
  (cause.code === "ERR_MODULE_NOT_FOUND" || cause.code === "MODULE_NOT_FOUND") &&
  cause.message.includes(packageName);

/** Words of tfjs-node and of the system's loader when the part that is not JavaScript is not there. */
const NO_NATIVE_PART = /native addon module|tfjs_binding|libtensorflow|cannot open shared object/i;

function refusal(name: OptionalEngineName, problem: string, cause?: unknown): RankbenchError {
  return new RankbenchError({
    reason: "engine",
    problem,
    thing: `engine ${name}`,
    next: OPTIONAL[name].install,
    cause,
  });
}

function loadFailure(name: OptionalEngineName, cause: unknown): RankbenchError {
  const { packageName } = OPTIONAL[name];
  if (isMissing(cause, packageName))
    return refusal(name, `the package ${packageName} is not installed`, cause);
  const text = cause instanceof Error ? cause.message : String(cause);
  if (NO_NATIVE_PART.test(text))
    return refusal(
      name,
      `the native library of ${packageName} is not there: its install script, which downloads it, did not run or found no network`,
      cause,
    );
  return refusal(name, `the package ${packageName} does not load here: ${text.split("\n")[0]}`, cause);
}

/** The version that the loaded package tells of itself. */
function versionOf(module: unknown): string | null {
  const { version_wasm: wasm, version } = module as {
    readonly version_wasm?: unknown;
    readonly version?: Readonly<Record<string, unknown>>;
  };
  const told = wasm ?? version?.["tfjs-node"] ?? version?.["tfjs-core"];
  return typeof told === "string" ? told : null;
}

/** Backends whose kernels were completed in this process. */
const completed = new Set<string>();

async function completeKernels(name: OptionalEngineName, backendName: string): Promise<void> {
  if (completed.has(backendName)) return;
  completed.add(backendName);
  if (name === "tfjs-wasm") repairWasm();
  registerHostOp(backendName);
  await refuseMissingKernels(name, backendName);
}

/**
 * Loads the package and checks that its backend starts; the tfjs backend is chosen by the caller. `load` stands for the
 * import in tests.
 */
export async function openOptional(
  name: OptionalEngineName,
  // The name is a variable: the package may be missing where this is compiled.
  load: (packageName: string) => Promise<unknown> = (packageName) => import(packageName),
): Promise<{ engine: Engine; backendName: string }> {
  const { packageName, backendName, provider } = OPTIONAL[name];
  if (backendName === "tensorflow") prepareNative();
  const active = getBackend();
  const module = await withoutHandlers(async () => {
    let loaded: unknown;
    try {
      loaded = await load(packageName);
    } catch (cause) {
      throw loadFailure(name, cause);
    }
    // Answers false, and leaves the backend before in place, when it fails.
    if (!(await setBackend(backendName).catch(() => false)))
      throw refusal(name, `the backend of ${packageName} does not start here`);
    await ready();
    return loaded;
  });
  if (name === "tfjs-node-gpu" && Reflect.get(findBackend(backendName), "isUsingGpuDevice") !== true) {
    if (active) await setBackend(active);
    throw refusal(name, "TensorFlow found no GPU");
  }
  await completeKernels(name, backendName);
  const version = versionOf(module);
  const facts: EngineFacts = {
    name,
    versions: version === null ? {} : { [packageName]: version },
    provider,
    threads: 1,
    optimisation: "none",
  };
  return { engine: new EagerEngine(facts, backendName), backendName };
}

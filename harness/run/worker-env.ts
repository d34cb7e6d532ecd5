// Which environment variables a worker sees: what a program needs to run, and Rankbench's own. Everything else could
// move a number or an engine's behaviour without being recorded (NODE_OPTIONS, OMP_NUM_THREADS, LD_PRELOAD), or tell a
// method what is none of its business: names, tokens, the way to the network, which a worker never needs.

const EXACT = new Set([
  "PATH",
  "TMPDIR",
  "TMP",
  "TEMP",
  "TZ",
  "LANG",
  "LD_LIBRARY_PATH",
  // Which Vulkan driver an engine on WebGPU finds; the record tells the provider.
  "VK_ICD_FILENAMES",
  "VK_DRIVER_FILES",
  // Windows programs do not start without these.
  "SYSTEMROOT",
  "PATHEXT",
  "COMSPEC",
  "WINDIR",
]);
const PREFIXES = ["RANKBENCH_", "LC_", "CUDA_", "NVIDIA_", "XDG_"];

/** The part of an environment that is handed to a worker process. */
export function workerEnvironment(from: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    const upper = name.toUpperCase();
    const wanted = EXACT.has(upper) || PREFIXES.some((prefix) => upper.startsWith(prefix));
    if (wanted && value !== undefined) kept[name] = value;
  }
  return kept;
}

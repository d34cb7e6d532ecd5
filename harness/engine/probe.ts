// Which engines work on this machine: each is opened and asked for a product in a process of its own, because a native
// library that does not fit may print, hang or end the process.
import { execFile } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ENGINE_NAMES, type EngineFacts, type EngineName } from "./engine.ts";

export type EngineProbe =
  | { readonly name: EngineName; readonly works: true; readonly facts: EngineFacts; readonly device: string }
  | { readonly name: EngineName; readonly works: false; readonly reason: string; readonly install: string };

/** What the process of one engine answers on stdout, as JSON. */
export type ProbeAnswer =
  | { readonly works: true; readonly facts: EngineFacts }
  | { readonly works: false; readonly reason: string; readonly install: string };

const TIMEOUT_MS = 60_000;
const run = promisify(execFile);

/** Name and driver of the first NVIDIA GPU, as its own tool tells them. */
async function nvidiaDevice(): Promise<string> {
  try {
    const { stdout } = await run("nvidia-smi", ["--query-gpu=name,driver_version", "--format=csv,noheader"]);
    const [name = "NVIDIA GPU", driver = "unknown"] = (stdout.split("\n")[0] ?? "").split(", ");
    return `${name}, driver ${driver}`;
  } catch {
    return "NVIDIA GPU (nvidia-smi does not answer)";
  }
}

async function deviceOf(facts: EngineFacts, environment: NodeJS.ProcessEnv): Promise<string> {
  if (facts.provider === "cuda") return nvidiaDevice();
  if (facts.provider === "webgpu") {
    const driver = environment.VK_ICD_FILENAMES ?? environment.VK_DRIVER_FILES;
    return `WebGPU adapter of the system${driver === undefined ? "" : ` (Vulkan driver ${driver})`}`;
  }
  return cpus()[0]?.model.trim() ?? "unknown processor";
}

function parse(stdout: string): ProbeAnswer | null {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line) as ProbeAnswer;
  } catch {
    return null;
  }
}

const stdoutOf = (cause: unknown): string =>
  cause instanceof Error && "stdout" in cause && typeof cause.stdout === "string" ? cause.stdout : "";

export interface ProbeOptions {
  /** Environment of the processes: what a run's worker would see. This process's own when left out. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each answer as it comes. */
  readonly onProbe?: (probe: EngineProbe) => void;
}

/** Probes one engine. */
async function probeEngine(name: EngineName, environment: NodeJS.ProcessEnv): Promise<EngineProbe> {
  const script = fileURLToPath(new URL("./probe-child.ts", import.meta.url));
  let answer: ProbeAnswer | null;
  let ending = "its process gave no answer";
  try {
    const { stdout } = await run(process.execPath, ["--import", "tsx", script, name], {
      timeout: TIMEOUT_MS,
      env: environment,
      cwd: fileURLToPath(new URL("../../", import.meta.url)),
    });
    answer = parse(stdout);
  } catch (cause) {
    answer = parse(stdoutOf(cause));
    if (cause instanceof Error) ending = `its process ended: ${cause.message.split("\n")[0]}`;
  }
  if (answer === null)
    return {
      name,
      works: false,
      reason: ending,
      install: `what it prints when it is used tells more: RANKBENCH_DEBUG=1 pnpm bench --engine ${name} ...`,
    };
  if (!answer.works) return { name, ...answer };
  return { name, works: true, facts: answer.facts, device: await deviceOf(answer.facts, environment) };
}

/** Probes engines, one after the other, in the order given; all of them when none are named. */
export async function probeEngines(
  names: readonly EngineName[] = ENGINE_NAMES,
  options: ProbeOptions = {},
): Promise<EngineProbe[]> {
  const out: EngineProbe[] = [];
  for (const name of names) {
    const probe = await probeEngine(name, options.environment ?? process.env);
    options.onProbe?.(probe);
    out.push(probe);
  }
  return out;
}

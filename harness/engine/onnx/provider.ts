// Whether an execution provider of ONNX Runtime works on this machine: one tiny program is run on it, nothing else told.
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { RankbenchError } from "#harness/failure/error.ts";
import type { EngineName } from "../engine.ts";
import { BLOCKED_DOMAIN, writeModel } from "./proto.ts";
import type { Provider } from "./session.ts";

/** What to install where a provider fails. */
const HELP: Readonly<Record<Provider, string>> = {
  cpu: "reinstall onnxruntime-node",
  webgpu:
    "install a Vulkan driver (or on Debian, for software rendering: libvulkan1 and the SwiftShader driver of " +
    "chromium-common, named in VK_ICD_FILENAMES); on macOS and Windows the system's own driver is used",
  cuda:
    "Linux x64 with an NVIDIA driver, CUDA 12 and cuDNN 9; then run the install script of onnxruntime-node with network " +
    "(ONNXRUNTIME_NODE_INSTALL=cuda12), which fetches its CUDA libraries",
};

const NEED = 64;

/** Runs y = x + x on the provider. Throws RankbenchError `engine` with the reason and what to install. */
export async function tryProvider(engine: EngineName, provider: Provider): Promise<void> {
  const value = (name: string) => ({ name, type: "float32", shape: [NEED] }) as const;
  const model = writeModel({
    nodes: [{ op: "Add", name: "n0", inputs: ["x", "x"], outputs: ["y"] }],
    constants: [],
    inputs: [value("x")],
    outputs: [value("y")],
  });
  let answer: unknown;
  try {
    const session = await InferenceSession.create(model, {
      executionProviders: [provider],
      logSeverityLevel: 4,
      // A provider that leaves the work to the cpu does not work.
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    });
    const result = await session.run({ x: new OrtTensor("float32", new Float32Array(NEED).fill(2), [NEED]) });
    answer = result.y?.data;
    await session.release();
  } catch (cause) {
    throw new RankbenchError({
      reason: "engine",
      problem: `provider ${provider} does not work here: ${reasonOf(cause)}`,
      thing: `engine ${engine}`,
      next: HELP[provider],
      cause,
    });
  }
  if (answer instanceof Float32Array && answer.every((x) => x === 4)) return;
  throw new RankbenchError({
    reason: "engine",
    problem: `provider ${provider} computes 2 + 2 wrongly`,
    thing: `engine ${engine}`,
    value: answer,
    next: HELP[provider],
  });
}

/** Fewer channels than any block: they come back filled up to one. */
const PROBE_CHANNELS = 4;

/**
 * How many channels the processor's convolutions in blocks take together: 16 with 512-bit vectors, 8 with 256-bit ones, 1
 * where ONNX Runtime has no such convolutions. Reordering a few channels shows it: the result is filled up to a block.
 */
export async function convolutionBlock(): Promise<number> {
  const shape = [1, PROBE_CHANNELS, 1, 1];
  const model = writeModel({
    nodes: [{ op: "ReorderInput", name: "n0", inputs: ["x"], outputs: ["y"], domain: BLOCKED_DOMAIN }],
    constants: [],
    inputs: [{ name: "x", type: "float32", shape }],
    outputs: [{ name: "y", type: "float32", shape }],
  });
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(model, { logSeverityLevel: 4 });
  } catch {
    // A processor or a build without the operators refuses the model; plain convolutions serve there.
    return 1;
  }
  const result = await session.run({ x: new OrtTensor("float32", new Float32Array(PROBE_CHANNELS), shape) });
  await session.release();
  const channels = result.y?.dims[1] ?? 1;
  return channels > PROBE_CHANNELS ? channels : 1;
}

/** The last sentence of the runtime's message: before it stand source paths of the library's build machine. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const last = text.trim().split("\n").at(0) ?? text;
  return last.replace(/^.*was false\.\s*/, "").replace(/\/onnxruntime_src\S*\s*/g, "");
}

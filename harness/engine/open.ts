// Opens an engine by name and makes it the one that tensors run on. Never falls back to another engine.
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import { isOptional, openOptional } from "./eager/optional.ts";
import { openTfjsCpu } from "./eager/tfjs-cpu.ts";
import { ENGINE_NAMES, type Engine, type EngineName, type EngineOptions } from "./engine.ts";
import { replaceGradients } from "./gradients.ts";
import { openOnnx } from "./onnx/onnx-engine.ts";
import { getBackend, setBackend } from "./tensor.ts";

interface Opened {
  readonly engine: Engine;
  /** Name under which tfjs knows the backend. */
  readonly backendName: string;
  readonly options: string;
}

const opened = new Map<EngineName, Opened>();

const isEngineName = (name: string): name is EngineName => (ENGINE_NAMES as readonly string[]).includes(name);

function openNew(name: EngineName, options: EngineOptions): Promise<Omit<Opened, "options">> {
  if (name === "tfjs-cpu") return openTfjsCpu();
  if (isOptional(name)) return openOptional(name);
  return openOnnx(name, options);
}

/**
 * Opens an engine and activates it. One that is open already is activated again, when the options are the same. Throws
 * RankbenchError: `usage` for an unknown name, `engine` for one that does not work on this machine.
 */
export async function openEngine(name: string, options: EngineOptions = {}): Promise<Engine> {
  if (!isEngineName(name))
    throw unknownName({
      reason: "usage",
      kind: "engine",
      name,
      known: ENGINE_NAMES,
      listCommand: "pnpm bench engines",
    });
  const wanted = JSON.stringify([
    options.threads ?? 1,
    options.optimisation ?? "all",
    options.maxPrograms ?? null,
    options.captureSteps ?? true,
    options.verifyEvery ?? null,
  ]);
  let entry = opened.get(name);
  if (entry !== undefined && entry.options !== wanted)
    throw new RankbenchError({
      reason: "engine",
      problem: "this engine is open already with other options",
      thing: `engine ${name}`,
      value: options,
      next: "dispose the open engine first",
    });
  if (entry === undefined) {
    const made = await openNew(name, options);
    entry = { ...made, options: wanted };
    const { engine } = made;
    const dispose = engine.dispose.bind(engine);
    engine.dispose = async () => {
      opened.delete(name);
      await dispose();
    };
    opened.set(name, entry);
  }
  replaceGradients();
  // setBackend answers false, and leaves the backend before in place, when it fails.
  const done = await setBackend(entry.backendName);
  if (!done || getBackend() !== entry.backendName)
    throw new RankbenchError({
      reason: "engine",
      problem: `tfjs did not switch to backend ${entry.backendName}`,
      thing: `engine ${name}`,
      value: getBackend(),
      wanted: entry.backendName,
    });
  return entry.engine;
}

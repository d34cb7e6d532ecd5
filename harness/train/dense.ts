// The dense checkpoint that compression methods start from: full fine-tuning on the task, made once and cached by identity.
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "#harness/data/folders.ts";
import { resolveConfig } from "#harness/method/config.ts";
import type { TaskFacts } from "#harness/method/contract.ts";
import { findMethod } from "#harness/method/registry.ts";
import type { Model } from "#harness/nn/model.ts";
import { loadState, saveState } from "#harness/nn/state.ts";
import { hashOf, type Identity, PROTOCOL } from "#harness/record/identity.ts";
import { type Phase, phaseSchema } from "#harness/record/schema.ts";
import { makeMethodRun, runStages } from "./method-run.ts";
import type { RunContext } from "./stage.ts";

/** The method whose training makes the checkpoint. */
export const DENSE_METHOD = "full-finetune";

/** What the checkpoint depends on: everything of the run's identity but the method under test. */
export function denseKey(identity: Identity, config: Readonly<Record<string, unknown>>): string {
  const { task, taskVersion, scale, seed, engine, data } = identity;
  return hashOf({
    task,
    taskVersion,
    scale,
    seed,
    engine,
    data,
    method: DENSE_METHOD,
    config,
    protocol: PROTOCOL,
  });
}

const files = (key: string) => {
  const folder = join(cacheFolder(), "dense");
  return { folder, weights: join(folder, `${key}.safetensors`), phases: join(folder, `${key}.json`) };
};

/** Loads a cached checkpoint into the model; its phases, or null when there is none. */
async function load(model: Model, key: string): Promise<readonly Phase[] | null> {
  const { weights, phases } = files(key);
  let text: string;
  try {
    text = await readFile(phases, "utf8");
  } catch {
    return null;
  }
  loadState(model, await readFile(weights), weights);
  return phaseSchema.array().parse(JSON.parse(text));
}

/** Stores the model as the checkpoint of `key`: weights first, so that the phases file vouches for them. */
export async function storeDense(model: Model, key: string, phases: readonly Phase[]): Promise<void> {
  const target = files(key);
  await mkdir(target.folder, { recursive: true });
  const temporary = join(target.folder, `.${key}.${randomUUID()}`);
  try {
    await writeFile(temporary, await saveState(model));
    await rename(temporary, target.weights);
    await writeFile(temporary, JSON.stringify(phases));
    await rename(temporary, target.phases);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Brings `model` to a dense checkpoint that was made before; makes none. */
export async function loadDense(
  run: RunContext,
  facts: TaskFacts,
  identity: Identity,
  model: Model,
): Promise<"loaded" | "missing"> {
  const config = resolveConfig(await findMethod(DENSE_METHOD), facts, {});
  const found = await load(model, denseKey(identity, config));
  if (found === null) return "missing";
  run.reporter.cached(found);
  return "loaded";
}

/** Brings `model` to the dense checkpoint of the run's task, scale, seed and engine: from the cache, or by training it now. */
export async function reachDense(
  run: RunContext,
  facts: TaskFacts,
  identity: Identity,
  model: Model,
): Promise<void> {
  const method = await findMethod(DENSE_METHOD);
  const config = resolveConfig(method, facts, {});
  const key = denseKey(identity, config);
  const found = await load(model, key);
  if (found !== null) {
    run.reporter.cached(found);
    run.reporter.note(`dense checkpoint ${key} came from the cache`);
    return;
  }
  const made = await makeMethodRun(run, facts, method, config, model);
  const { phases } = await runStages(run, made, model, null);
  const dense = phases.map((phase): Phase => ({ ...phase, name: `dense: ${phase.name}`, kind: "dense" }));
  run.reporter.relabel(phases, dense);
  for (const param of model.params()) param.trainable = true;
  await storeDense(model, key, dense);
}

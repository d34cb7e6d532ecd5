// Counts of parameters and bytes, taken from the model as it is.
import { createHash } from "node:crypto";
import { type Model, stateOf } from "#harness/nn/model.ts";
import type { StoredPart } from "#harness/nn/module.ts";
import { type Param, STORED_BITS } from "#harness/nn/param.ts";

const total = (params: readonly Param[]): number => params.reduce((sum, param) => sum + param.size, 0);

export interface TrainingCounts {
  readonly trainable: number;
  readonly trainableWithoutHead: number;
  readonly all: number;
}

/** Counts while a stage trains. */
export function countTraining(model: Model): TrainingCounts {
  const params = model.params();
  const trainable = params.filter((param) => param.trainable);
  const head = new Set(model.head.module.params());
  return {
    trainable: total(trainable),
    trainableWithoutHead: total(trainable.filter((param) => !head.has(param))),
    all: total(params),
  };
}

/** What inference reads: modules that say what they store are asked, the rest stores its parameters. */
export function countDeployed(model: Model): { readonly parameters: number; readonly bytes: number } {
  const parts: StoredPart[] = [];
  const asked = new Set<Param>();
  for (const { module } of model.sites) {
    const stored = module.stored?.();
    if (stored === undefined) continue;
    parts.push(...stored);
    for (const param of module.params()) asked.add(param);
  }
  for (const param of model.params()) {
    if (!asked.has(param))
      parts.push({ what: param.name, count: param.size, bits: STORED_BITS[param.storedAs] });
  }
  return {
    parameters: parts.reduce((sum, part) => sum + (part.auxiliary === true ? 0 : part.count), 0),
    bytes: parts.reduce((sum, part) => sum + Math.ceil((part.count * part.bits) / 8), 0),
  };
}

/** SHA-256 over names, shapes and bits of all parameters and of the state, in name order. */
export async function hashWeights(model: Model): Promise<string> {
  const hash = createHash("sha256");
  const params = [...model.params(), ...stateOf(model)].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const param of params) {
    const values = await param.read();
    hash.update(`${param.name}[${param.shape.join(",")}]\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}

// Reads weights that ship with the project, in safetensors files beside this one. The checksum of each is in the code that
// asks for it, so that a run's weights are those the log beside them speaks of.
import { parseSafetensors } from "#harness/data/safetensors.ts";
import { readShipped } from "#harness/data/shipped.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Weights } from "./clip-parts.ts";

export interface ShippedWeights {
  readonly weights: Weights;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The file `name` of this folder. Throws a `data` error when it is not the one that was committed. */
export async function readShippedWeights(name: string, sha256: string): Promise<ShippedWeights> {
  const { path, bytes, sha256: found } = await readShipped(new URL(`./${name}`, import.meta.url));
  if (found !== sha256) {
    throw new RankbenchError({
      reason: "data",
      thing: `file ${path}`,
      problem: "the content is damaged or is another version",
      field: "sha256",
      value: found,
      wanted: sha256,
      next: `restore the file: git checkout -- tasks/models/${name}`,
    });
  }
  const { tensors, metadata } = parseSafetensors(bytes, path);
  const weights = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
  for (const [tensor, { shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) throw new Error(`${path}: ${tensor} holds no floats`);
    weights.set(tensor, { shape, data });
  }
  return { weights, metadata };
}

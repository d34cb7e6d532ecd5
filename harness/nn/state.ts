// A model's parameters and state as a safetensors file, and back. Names and shapes must agree exactly.
import { parseSafetensors, writeSafetensors } from "#harness/data/safetensors.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { type Model, stateOf } from "./model.ts";
import type { Param } from "./param.ts";

const held = (model: Model): readonly Param[] => [...model.params(), ...stateOf(model)];

/** All parameters of the model, and its state, as the bytes of a safetensors file, float32. */
export async function saveState(model: Model): Promise<Uint8Array> {
  const tensors = new Map<string, { shape: readonly number[]; dtype: "F32"; data: Float32Array }>();
  for (const param of held(model)) {
    tensors.set(param.name, { shape: param.shape, dtype: "F32", data: (await param.read()).slice() });
  }
  return writeSafetensors(tensors);
}

/** Loads every parameter of the model and its state from such a file; a missing, extra or differently shaped tensor is refused. */
export function loadState(model: Model, bytes: Uint8Array, file: string): void {
  const { tensors } = parseSafetensors(bytes, file);
  const params = held(model);
  const refuse = (problem: string, field: string, value: unknown, wanted: string): RankbenchError =>
    new RankbenchError({
      reason: "data",
      thing: `file ${file}`,
      problem,
      field,
      value,
      wanted,
      next: "delete the file to make it anew",
    });
  for (const name of tensors.keys()) {
    if (!params.some((param) => param.name === name)) {
      throw refuse("holds a tensor that the model does not have", name, name, "only the model's parameters");
    }
  }
  for (const param of params) {
    const found = tensors.get(param.name);
    if (found === undefined)
      throw refuse("lacks a parameter of the model", param.name, null, `[${param.shape.join(", ")}]`);
    if (found.dtype !== "F32" || found.shape.join() !== param.shape.join()) {
      throw refuse(
        "holds a tensor of another type or shape",
        param.name,
        `${found.dtype} [${found.shape.join(", ")}]`,
        `F32 [${param.shape.join(", ")}]`,
      );
    }
    param.load(found.data as Float32Array);
  }
}

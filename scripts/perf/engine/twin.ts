// Writes a model's initial numbers and batches for its twin in PyTorch: twin.json says what stands where in twin.bin.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openEngine } from "#harness/engine/open.ts";
import { batchesOf, modelOf, type PerfSpec } from "./models/model.ts";

/** All values are 4 bytes wide, row-major, in this project's layouts; Python reorders where PyTorch's differ. */
export async function writeTwin(spec: PerfSpec, folder: string): Promise<void> {
  const engine = await openEngine("tfjs-cpu");
  const model = modelOf(spec);
  const batches = batchesOf(spec, model);
  const parts: Uint8Array[] = [];
  const put = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array) =>
    parts.push(new Uint8Array(buffer, byteOffset, byteLength));
  for (const param of model.params) put(await param.read());
  for (const batch of batches) for (const { data } of batch) put(data);
  const plan = {
    params: model.params.map(({ name, shape, role }) => ({ name, shape, role })),
    batches: batches.map((batch) =>
      batch.map(({ data, shape }) => ({ shape, dtype: data instanceof Int32Array ? "int32" : "float32" })),
    ),
  };
  await writeFile(join(folder, "twin.bin"), Buffer.concat(parts));
  await writeFile(join(folder, "twin.json"), JSON.stringify(plan));
  for (const param of model.params) param.dispose();
  await engine.dispose();
}

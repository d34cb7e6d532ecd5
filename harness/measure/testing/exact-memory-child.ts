// A process in exact mode for the test: peaks of a step on engine onnx, with and without a tensor of 64 MiB alive beside
// it, printed as JSON.
import { openEngine } from "#harness/engine/open.ts";
import { sum, type Tensor, tensor1d } from "#harness/engine/tensor.ts";
import { residentNow, residentPeak } from "../exact-memory.ts";

const MIB = 2 ** 20;
const engine = await openEngine("onnx");

const upload = (mebibytes: number): Tensor => tensor1d(new Float32Array((mebibytes * MIB) / 4).fill(1));

async function step(): Promise<void> {
  const x = upload(1);
  const total = sum(x);
  await engine.settle();
  await total.data();
  x.dispose();
  total.dispose();
}

await step();
const baseline = await residentNow();
const peak = async (): Promise<number> => (await residentPeak(step)) - baseline;

const without: number[] = [];
const beside: number[] = [];
for (let i = 0; i < 3; i++) {
  without.push(await peak());
  const held = upload(64);
  beside.push(await peak());
  held.dispose();
}
console.log(JSON.stringify({ without, beside, after: (await residentNow()) - baseline }));
process.exit(0);

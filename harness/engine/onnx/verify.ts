// Compares a captured step with a new recording of the same step: equal structure, equal origins, equal constants and equal
// work of the host operations give equal bits, without running the graph twice.
import { type HostArray, numbersOf } from "../host-op.ts";
import { type Capture, freshElements } from "./capture.ts";
import { bufferOf } from "./session.ts";
import { type HostBuffer, type HostNode, newBuffer, sizeOf } from "./value.ts";

const bytes = (array: HostBuffer) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

const equalBits = (a: HostBuffer | null, b: HostBuffer | null): boolean =>
  a === b || (a !== null && b !== null && bytes(a).equals(bytes(b)));

/** How the new recording differs from the captured one, in words, or null. To be called before the new recording runs. */
export function difference(captured: Capture, fresh: Capture): string | null {
  if (captured.key !== fresh.key) return "its operations change";
  if (captured.origins.join() !== fresh.origins.join()) return "its inputs take other places";
  const ends = (of: Capture) =>
    [...of.carried.map(({ successor }) => successor), ...of.results].map((value) => value?.id ?? "-").join();
  if (ends(captured) !== ends(fresh)) return "its results take other places";
  for (const [id, constant] of captured.constants)
    if (!equalBits(constant.buffer, fresh.constants.get(id)?.buffer ?? null))
      return `a tensor [${constant.shape}] that it makes or uses changes without being declared live`;
  for (const [i, live] of captured.lives.entries()) {
    const now = fresh.lives[i];
    if (now === undefined || now.drawn !== live.drawn) return "its live tensors change";
    if (!live.drawn && !equalBits(freshElements(live), freshElements(now)))
      return "a live number says something else than when it was captured";
  }
  return null;
}

/**
 * Whether the host operation of the new recording, which is about to run, does other work than the captured one at its
 * place. Runs the captured operation on copies, and the new one too.
 */
export function hostDiffers(captured: Capture, index: number, node: HostNode): boolean {
  const before = captured.trace.nodes[index];
  if (before?.kind !== "host") return true;
  const inputs = node.inputs.map((input) => bufferOf(input) as HostArray);
  const run = ({ op }: HostNode): HostArray[] => {
    const outputs = op.outputs.map(({ over, dtype, shape }) => {
      const source = over === undefined ? undefined : inputs[over];
      return source === undefined ? (newBuffer(dtype, sizeOf(shape)) as HostArray) : source.slice();
    });
    op.run(inputs, outputs, numbersOf(op));
    return outputs;
  };
  const [expected, found] = [run(before), run(node)];
  return expected.some((output, i) => !equalBits(output, found[i] ?? null));
}

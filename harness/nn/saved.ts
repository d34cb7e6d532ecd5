// What a custom gradient gets back of its forward pass, with the count checked.
import type { Tensor } from "#harness/engine/tensor.ts";

type Tuple<N extends number, T extends readonly Tensor[] = []> = T["length"] extends N
  ? T
  : Tuple<N, readonly [...T, Tensor]>;

/** The `count` tensors that the forward pass saved, in that order. */
export function savedTensors<N extends number>(saved: readonly Tensor[], count: N): Tuple<N> {
  if (saved.length !== count)
    throw new Error(`a gradient saved ${count} tensors and got back ${saved.length}`);
  return saved as Tuple<N>;
}

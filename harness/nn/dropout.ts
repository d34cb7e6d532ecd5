// Inverted dropout with masks from the pass's own stream: equal on every engine, nothing at evaluation.
import { drawnTensor } from "#harness/engine/live.ts";
import { mul, type Tensor } from "#harness/engine/tensor.ts";
import type { Pass } from "./pass.ts";

/** Zeroes each number with probability `rate` and divides the rest by 1 - rate (Srivastava et al. 2014). */
export function dropout(x: Tensor, rate: number, pass: Pass): Tensor {
  if (!pass.training || rate === 0) return x;
  if (pass.dropout === undefined) throw new Error("dropout in training needs the pass's stream");
  const keep = 1 - rate;
  const { dropout: random } = pass;
  const mask = drawnTensor(x.shape, (into) => {
    for (let i = 0; i < into.length; i++) into[i] = random.uniform() < keep ? 1 / keep : 0;
  });
  return mul(x, mask);
}

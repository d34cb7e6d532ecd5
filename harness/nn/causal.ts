// What keeps a token from seeing those after it: a bias on attention scores.
import { type Tensor, tensor } from "#harness/engine/tensor.ts";

/** So low that the softmax of a hidden score is 0 in float32, and finite. */
const HIDDEN = -1e9;

/** [1, 1, T, T]: 0 where the key stands at or before the query, HIDDEN after it. */
export function causalBias(tokens: number): Tensor {
  const bias = new Float32Array(tokens * tokens);
  for (let query = 0; query < tokens; query++)
    bias.fill(HIDDEN, query * tokens + query + 1, (query + 1) * tokens);
  return tensor(bias, [1, 1, tokens, tokens]);
}

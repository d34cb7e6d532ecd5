// Rotary position embedding (Su et al. 2021) in the layout of LLaMA's released weights for transformers: feature i turns
// together with feature i + d/2. Only the turn itself: which tensors are turned is the model's business.
import {
  add,
  concat,
  customGrad,
  type GradSaveFunc,
  mul,
  neg,
  split,
  type Tensor,
  tensor,
} from "#harness/engine/tensor.ts";
import { savedTensors } from "./saved.ts";

/** Base of the wave lengths, as in LLaMA. */
const THETA = 10_000;

/** Cosines and sines of every position's angles, [T, d] each, d the width of a head. */
export interface Rotation {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** Angles t THETA^(-2i/d) of positions t = 0..tokens-1, the same for both halves of a head of even width. */
export function rotation(tokens: number, width: number): Rotation {
  const half = width / 2;
  if (!Number.isInteger(half)) throw new Error(`rotary embedding: a head of odd width ${width}`);
  const cos = new Float32Array(tokens * width);
  const sin = new Float32Array(tokens * width);
  for (let t = 0; t < tokens; t++) {
    for (let i = 0; i < half; i++) {
      const angle = t * THETA ** (-i / half);
      for (const at of [t * width + i, t * width + half + i]) {
        cos[at] = Math.cos(angle);
        sin[at] = Math.sin(angle);
      }
    }
  }
  return { cos: tensor(cos, [tokens, width]), sin: tensor(sin, [tokens, width]) };
}

/** (x1, x2) to (-x2, x1), the halves of the last axis. */
function quarterTurn(x: Tensor): Tensor {
  const [first, second] = split(x, 2, x.rank - 1);
  if (first === undefined || second === undefined) throw new Error("rotary embedding: two halves");
  return concat([neg(second), first], x.rank - 1);
}

/** `x` [..., T, d] turned by its positions. The gradient is the turn back, so the forward pass keeps nothing of x. */
export function rotate(x: Tensor, { cos, sin }: Rotation): Tensor {
  const forward = (...args: (Tensor | GradSaveFunc)[]) => {
    const [input, save] = args as [Tensor, GradSaveFunc];
    // Kept because a caller may have made them inside the differentiated function, which lets go of them.
    save([cos, sin]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [c, s] = savedTensors(saved, 2);
      // The sines of both halves are equal, so a turn by -angle is the transpose.
      return add(mul(dy, c), mul(quarterTurn(dy), neg(s)));
    };
    return { value: add(mul(input, cos), mul(quarterTurn(input), sin)), gradFunc };
  };
  return customGrad(forward)(x);
}

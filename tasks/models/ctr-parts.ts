// The products of fields that click-through models add to plain maps: pairs of a factorisation machine and cross layers.
// Pure functions of tensors; weights and sites are the model's.
import { add, mul, square, sub, sum, type Tensor } from "#harness/engine/tensor.ts";

/**
 * Sum over pairs f < g of e_f . e_g, [B, 1], of embedded fields [B, F, d]: half of (sum of e)^2 less sum of e^2, which
 * costs F d in place of F^2 d (Rendle 2010, lemma 3.1).
 */
export function fieldPairs(embedded: Tensor): Tensor {
  const squareOfSum = square(sum(embedded, 1));
  const sumOfSquares = sum(square(embedded), 1);
  return mul(sum(sub(squareOfSum, sumOfSquares), 1, true), 0.5);
}

/** A cross layer's output x0 * mapped + x, all [B, D]; `mapped` is W x + b (DCN-V2, Wang et al. 2021, equation 1). */
export const crossMatrix = (x0: Tensor, x: Tensor, mapped: Tensor): Tensor => add(mul(x0, mapped), x);

/** A cross layer's output x0 (x . w) + b + x with x . w [B, 1] and b [D] (DCN, Wang et al. 2017, equation 3). */
export const crossVector = (x0: Tensor, x: Tensor, product: Tensor, bias: Tensor): Tensor =>
  add(add(mul(x0, product), bias), x);

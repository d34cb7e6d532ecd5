// Initial values of parameters, drawn on the host from a named stream: equal on every engine.
import { matrixFrom, toFloat32 } from "#harness/linalg/matrix.ts";
import { qr } from "#harness/linalg/qr.ts";
import type { Stream } from "#harness/random/stream.ts";

export type { Stream } from "#harness/random/stream.ts";

/** N(0, std^2). */
export function normal(count: number, std: number, random: Stream): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = std * random.normal();
  return values;
}

/** U(-bound, bound). */
export function uniform(count: number, bound: number, random: Stream): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = bound * (2 * random.uniform() - 1);
  return values;
}

/**
 * Kaiming uniform with negative slope `a` of the leaky ReLU (He et al. 2015): U(-b, b), b = sqrt(6 / ((1 + a^2) fanIn)).
 * With a = sqrt(5), PyTorch's default for linear maps and LoRA's for A, b = 1 / sqrt(fanIn).
 */
export function kaimingUniform(count: number, fanIn: number, a: number, random: Stream): Float32Array {
  return uniform(count, Math.sqrt(6 / ((1 + a * a) * fanIn)), random);
}

/** Xavier's uniform start (Glorot and Bengio 2010) for a map [fanIn, fanOut]: U(-b, b), b = sqrt(6 / (fanIn + fanOut)). */
export const xavierUniform = (fanIn: number, fanOut: number, random: Stream): Float32Array =>
  uniform(fanIn * fanOut, Math.sqrt(6 / (fanIn + fanOut)), random);

/** An orthogonal matrix [size, size], drawn evenly: Q of a normal matrix whose R has a positive diagonal (Mezzadri 2007). */
export const orthogonal = (size: number, random: Stream): Float32Array =>
  toFloat32(qr(matrixFrom(size, size, normal(size * size, 1, random))).q);

export const zeros = (count: number): Float32Array => new Float32Array(count);
export const ones = (count: number): Float32Array => new Float32Array(count).fill(1);

// Functions of models for which an engine may have an operation of its own. Null where the engine that is set has none:
// the caller then composes plain operations, which are the definition. None of these has a gradient by itself.
import {
  getBackend,
  getKernel,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
  engine as tfEngine,
} from "./tensor.ts";

/** tfjs kernel names under which an engine registers them. */
export const FUSED_KERNEL = {
  gelu: "RankbenchGelu",
  geluGrad: "RankbenchGeluGrad",
  layerNorm: "RankbenchLayerNorm",
  reluGrad: "RankbenchReluGrad",
} as const;

export interface LayerNormAttrs {
  readonly epsilon: number;
}

function run(name: string, inputs: Readonly<Record<string, Tensor>>, attrs: NamedAttrMap): Tensor[] | null {
  if (getKernel(name, getBackend()) === undefined) return null;
  const named: Record<string, TensorInfo> = { ...inputs };
  const out = tfEngine().runKernel(name, named as never, attrs) as unknown as Tensor | Tensor[];
  return Array.isArray(out) ? out : [out];
}

/** x Phi(x), element by element. */
export const fusedGelu = (x: Tensor): Tensor | null => run(FUSED_KERNEL.gelu, { x }, {})?.[0] ?? null;

/** dy (Phi(x) + x phi(x)), element by element. */
export const fusedGeluGrad = (dy: Tensor, x: Tensor): Tensor | null =>
  run(FUSED_KERNEL.geluGrad, { dy, x }, {})?.[0] ?? null;

/** dy where y is positive, element by element; y is a ReLU's output: it is not negative. */
export const fusedReluGrad = (dy: Tensor, y: Tensor): Tensor | null =>
  run(FUSED_KERNEL.reluGrad, { dy, y }, {})?.[0] ?? null;

export interface Normalised {
  readonly value: Tensor;
  /** Of each row, [..., 1]: its mean, and one over the root of its biased variance plus epsilon. */
  readonly mean: Tensor;
  readonly inverse: Tensor;
}

/** gain (x - mean) / sqrt(variance + epsilon) + shift over the last axis: x [..., width], gain and shift [width]. */
export function fusedLayerNorm(x: Tensor, gain: Tensor, shift: Tensor, epsilon: number): Normalised | null {
  const found = run(FUSED_KERNEL.layerNorm, { x, gain, shift }, { epsilon });
  if (found === null) return null;
  const [value, mean, inverse] = found;
  if (!value || !mean || !inverse) throw new Error("a fused layer norm gives three tensors");
  return { value, mean, inverse };
}

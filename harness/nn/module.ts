// The interfaces of modules that may stand at a model's sites. Methods replace a site's module by another of its kind.
import type { Tensor } from "#harness/engine/tensor.ts";
import type { Param } from "./param.ts";
import type { Pass } from "./pass.ts";

/** Stored numbers of a deployed module beyond (or instead of) its parameters: codes, scales, masks, indices. */
export interface StoredPart {
  readonly what: string;
  readonly count: number;
  readonly bits: number;
  /** Bytes that only say where or how to read the others (masks, indices, scales): not counted as parameters. */
  readonly auxiliary?: boolean;
}

export interface Module {
  /** Its own parameters and those of modules inside it, in a stable order. */
  params(): readonly Param[];
  /** What inference reads from storage; left out: every parameter at its stored width. */
  stored?(): readonly StoredPart[];
  /**
   * Numbers that belong to the module's function but are no parameters: no method may train or count them (running
   * statistics, which fold into gains and shifts). They are saved, loaded and released with the parameters.
   */
  state?(): readonly Param[];
}

/** A linear map as products with matrices, one after another: x K1 K2 ... + b. */
export interface KernelChain {
  /** Each [rows, columns]; the first takes the map's inputs. */
  readonly kernels: readonly [Tensor, ...Tensor[]];
  readonly bias: Tensor | null;
}

/** A linear map y = x W + b over rows: [rows, inFeatures] to [rows, outFeatures]. */
export interface LinearModule extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  apply(x: Tensor, pass: Pass): Tensor;
  /** Multiply-adds for one row. */
  multiplyAdds(): number;
  /** The same map by its matrices, where it is no more than that: a convolution then need not spread its input to rows. */
  chain?(pass: Pass): KernelChain;
}

/** A lookup table: int32 ids of any shape to that shape with `width` appended. */
export interface EmbeddingModule extends Module {
  readonly rows: number;
  readonly width: number;
  apply(ids: Tensor, pass: Pass): Tensor;
}

/** A normalisation over the last axis, which has `width` numbers. */
export interface NormModule extends Module {
  readonly width: number;
  apply(x: Tensor, pass: Pass): Tensor;
}

/** Heads side by side: query [B, H, T, d], already scaled by the model, key and value [B, H, T, d]. */
export interface AttentionInputs {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** Added to the scores [B, H, T, T]; very negative where a key is padding. */
  readonly bias: Tensor;
}

/** The mixing of tokens between the projections: [B, H, T, d] from queries, keys and values of that shape. */
export interface AttentionModule extends Module {
  /** Width of all heads together. */
  readonly width: number;
  apply(inputs: AttentionInputs, pass: Pass): Tensor;
  /** Multiply-adds for one sequence of `tokens` tokens. */
  multiplyAdds(tokens: number): number;
}

/** From the states of a sequence to one vector: states [B, T, width], mask [B, T] with 1 at tokens, to [B, outFeatures]. */
export interface PoolingModule extends Module {
  readonly width: number;
  readonly outFeatures: number;
  apply(states: Tensor, mask: Tensor, pass: Pass): Tensor;
  /** Multiply-adds for one sequence of `tokens` tokens. */
  multiplyAdds(tokens: number): number;
}

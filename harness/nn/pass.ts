// What a forward pass knows besides its inputs: whether it trains, its random stream for dropout, and who listens.

import type { Tensor } from "#harness/engine/tensor.ts";
import type { Stream } from "#harness/random/stream.ts";

/** Called with what enters and leaves a site; used by calibration (activations, output gradients). */
export type SiteObserver = (path: string, input: Tensor, output: Tensor) => void;

export interface Pass {
  readonly training: boolean;
  /** Present when training: source of dropout masks. */
  readonly dropout?: Stream;
  readonly observe?: SiteObserver;
}

export const EVALUATION: Pass = { training: false };

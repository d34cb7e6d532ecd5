// Pooling of images with the channels last.
import { maxPool, mean, type Tensor, type Tensor4D } from "#harness/engine/tensor.ts";

/** The largest of each 2 by 2 block: [B, H, W, C] to [B, H / 2, W / 2, C]; an odd last row or column is left out. */
export const halveByMax = (x: Tensor): Tensor => maxPool(x as Tensor4D, 2, 2, "valid");

/** The mean over all pixels: [B, H, W, C] to [B, C]. */
export const averagePixels = (x: Tensor): Tensor => mean(x, [1, 2]);

// Convolutions as linear sites: the module that stands there is a linear map [size * size * channels, filters] over the
// windows of an image, so that whatever may stand at a linear site may stand here.
import { add, conv2d, matMul, reshape, type Tensor, type Tensor4D } from "#harness/engine/tensor.ts";
import { convRows, imageShape, type Windows, windowsAlong } from "./conv-rows.ts";
import type { Pass } from "./pass.ts";
import { applyLinear, type LinearSite } from "./site.ts";

/**
 * The convolution of x [B, H, W, C] by the map at `site`: [B, h, w, filters]. A map that is a chain of matrices runs its
 * first one as a convolution; for any other, and for observers, windows become rows, which takes size^2 / stride^2 times the
 * memory of `x`. Both ways give the same numbers to rounding.
 */
export function applyConvolution(site: LinearSite, x: Tensor, windows: Windows, pass: Pass): Tensor {
  const [batch, height, width, channels] = imageShape(x);
  const { size, stride, padding } = windows;
  const [down, across] = [windowsAlong(height, windows), windowsAlong(width, windows)];
  const shape = [batch, down, across, site.module.outFeatures];
  const chain = pass.observe === undefined && size !== stride ? site.module.chain?.(pass) : undefined;
  if (chain === undefined) return reshape(applyLinear(site, convRows(x, windows), pass), shape);
  const [first, ...more] = chain.kernels;
  const filters = first.shape[1] ?? 0;
  const kernel = reshape(first, [size, size, channels, filters]);
  let y: Tensor = conv2d(x as Tensor4D, kernel as Tensor4D, stride, padding);
  if (more.length > 0) {
    const rows = reshape(y, [batch * down * across, filters]);
    y = reshape(
      more.reduce<Tensor>((at, next) => matMul(at, next), rows),
      shape,
    );
  }
  return chain.bias === null ? y : add(y, chain.bias);
}

/** Multiply-adds of the convolution on one image of `height` by `width` pixels. */
export const convMultiplyAdds = (site: LinearSite, height: number, width: number, windows: Windows): number =>
  site.module.multiplyAdds() * windowsAlong(height, windows) * windowsAlong(width, windows);

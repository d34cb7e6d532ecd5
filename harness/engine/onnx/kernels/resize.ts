// Image resizing and its gradients, as products with constant interpolation matrices: one for the rows, one for the
// columns. The gradient is the product with their transposes, which makes it exact for every option.
import type { ResizeBilinearAttrs, ResizeBilinearGradAttrs } from "../../tensor.ts";
import { type Ins, type Kernel, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import type { Value } from "../value.ts";
import { matmul } from "./matmul.ts";
import { cast, dim } from "./shapes.ts";

interface Options {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

const ratio = (from: number, to: number, { alignCorners }: Options) =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

type Weigh = (matrix: Float32Array, row: number, from: number, position: number) => void;

/** [to, from] matrix whose rows weigh the source pixels of one target pixel. */
function matrixOf(from: number, to: number, options: Options, shift: number, weigh: Weigh): Float32Array {
  const matrix = new Float32Array(to * from);
  const scale = ratio(from, to, options);
  for (let row = 0; row < to; row++)
    weigh(matrix, row, from, options.halfPixelCenters ? scale * (row + 0.5) - shift : scale * row);
  return matrix;
}

const bilinear = (from: number, to: number, options: Options) =>
  matrixOf(from, to, options, 0.5, (matrix, row, size, position) => {
    const low = Math.max(0, Math.floor(position));
    const high = Math.min(size - 1, Math.ceil(position));
    const fraction = position - low;
    matrix[row * size + low] = (matrix[row * size + low] ?? 0) + 1 - fraction;
    matrix[row * size + high] = (matrix[row * size + high] ?? 0) + fraction;
  });

const nearest = (from: number, to: number, options: Options) =>
  matrixOf(from, to, options, 0, (matrix, row, size, position) => {
    const rounded = options.alignCorners ? Math.round(position) : Math.floor(position);
    matrix[row * size + Math.max(0, Math.min(size - 1, rounded))] = 1;
  });

/** Applies the row matrix [h2, h1] and the column matrix [w2, w1] to images [batch, h1, w1, channels]. */
function interpolate(r: Recorder, images: Value, rows: Value, columns: Value, transposed: boolean): Value {
  const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
  const newHeight = dim(rows.shape, transposed ? 1 : 0);
  const newWidth = dim(columns.shape, transposed ? 1 : 0);
  const tall = matmul(r, rows, r.reshape(images, [batch, height, width * channels]), transposed, false);
  const wide = matmul(r, columns, r.reshape(tall, [batch * newHeight, width, channels]), transposed, false);
  return r.reshape(wide, [batch, newHeight, newWidth, channels]);
}

type Weights = (from: number, to: number, options: Options) => Float32Array;

function matrices(
  r: Recorder,
  weights: Weights,
  from: readonly number[],
  to: readonly number[],
  options: Options,
) {
  const make = (axis: number) => {
    const [source, target] = [dim(from, axis), dim(to, axis)];
    return r.constant(weights(source, target, options), [target, source], "float32");
  };
  return [make(1), make(2)] as const;
}

const resize = (weights: Weights): Kernel =>
  kernel<Ins<"images">, ResizeBilinearAttrs>((r, { images }, attrs) => {
    const value = r.value(images);
    const target = [0, ...attrs.size];
    const [rows, columns] = matrices(r, weights, images.shape, target, attrs);
    const out = interpolate(r, cast(r, value, "float32"), rows, columns, false);
    return r.out(weights === nearest ? cast(r, out, value.type) : out);
  });

const resizeGradient = (weights: Weights): Kernel =>
  kernel<Ins<"images" | "dy">, ResizeBilinearGradAttrs>((r, { images, dy }, { alignCorners }) => {
    const options = { alignCorners, halfPixelCenters: false };
    const [rows, columns] = matrices(r, weights, images.shape, dy.shape, options);
    return r.out(interpolate(r, cast(r, r.value(dy), "float32"), rows, columns, true));
  });

export const RESIZE_KERNELS: KernelTable = {
  ResizeBilinear: resize(bilinear),
  ResizeBilinearGrad: resizeGradient(bilinear),
  ResizeNearestNeighbor: resize(nearest),
  ResizeNearestNeighborGrad: resizeGradient(nearest),
};

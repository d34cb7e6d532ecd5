// Kernels that read or write at indices: gather, segment sums, one-hot, top-k.
import {
  backend_util,
  type GatherV2Attrs,
  type OneHotAttrs,
  type ScatterNdAttrs,
  type SparseToDenseAttrs,
  type TensorInfo,
  type TopKAttrs,
  type UnsortedSegmentSumAttrs,
} from "../../tensor.ts";
import { type Ins, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import { sizeOf, type Value } from "../value.ts";
import { axisOf, broadcastTo, cast, dim, elementType, filled } from "./shapes.ts";

const gatherV2 = kernel<Ins<"x" | "indices">, GatherV2Attrs>((r, { x, indices }, { axis, batchDims }) => {
  const on = axisOf(axis, x.shape);
  // Throws for batch axes that do not fit.
  backend_util.segment_util.collectGatherOpShapeInfo(x as never, indices as never, on, batchDims);
  const value = r.value(x);
  // Indices from outside are checked at once; computed ones where they are read. ONNX would wrap negative ones.
  const limit = dim(x.shape, on);
  r.inspect(indices, (elements) => {
    for (const index of elements)
      if (index < 0 || index >= limit)
        throw new Error(`GatherV2: the index value ${index} is not in [0, ${limit - 1}]`);
  });
  const at = cast(r, r.value(indices), "int32");
  if (batchDims === 0) {
    const shape = [...x.shape.slice(0, on), ...indices.shape, ...x.shape.slice(on + 1)];
    return r.out(r.emit("Gather", [value, at], shape, value.type, { attributes: { axis: on } }));
  }
  // With batch axes, row numbers of the flattened [batch * size] axis: one plain Gather.
  const batch = sizeOf(x.shape.slice(0, batchDims));
  const outer = sizeOf(x.shape.slice(batchDims, on));
  const size = dim(x.shape, on);
  const inner = x.shape.slice(on + 1);
  const picked = sizeOf(indices.shape.slice(batchDims));
  const rows = batch * outer;
  const offsets = Int32Array.from({ length: rows }, (_, i) => i * size);
  const repeated = r.reshape(at, [batch, 1, picked]);
  const index = r.emit(
    "Add",
    [repeated, r.constant(offsets, [batch, outer, 1], "int32")],
    [batch, outer, picked],
    "int32",
  );
  const flat = r.reshape(value, [rows * size, ...inner]);
  const shape = [batch, outer, picked, ...inner];
  const taken = r.emit("Gather", [flat, index], shape, value.type, { attributes: { axis: 0 } });
  return r.out(r.reshape(taken, [...x.shape.slice(0, on), ...indices.shape.slice(batchDims), ...inner]));
});

/** tfjs leaves out rows whose id is out of range; ScatterND would wrap or refuse it, so such rows add zeros to row 0. */
const unsortedSegmentSum = kernel<Ins<"x" | "segmentIds">, UnsortedSegmentSumAttrs>(
  (r, { x, segmentIds }, { numSegments }) => {
    const value = r.value(x);
    const count = sizeOf(segmentIds.shape);
    const rest = x.shape.slice(segmentIds.shape.length);
    const target = filled(r, [numSegments, ...rest], 0, value.type);
    if (numSegments === 0) return r.out(target);
    const ids = r.reshape(r.value(segmentIds), [count, 1]);
    const inside = r.emit(
      "And",
      [
        r.emit("GreaterOrEqual", [ids, r.scalar(0, "int32")], ids.shape, "bool"),
        r.emit("Less", [ids, r.scalar(numSegments, "int32")], ids.shape, "bool"),
      ],
      ids.shape,
      "bool",
    );
    const safe = r.emit("Where", [inside, ids, r.scalar(0, "int32")], ids.shape, "int32");
    const shape = [count, ...rest];
    const chosen = r.reshape(inside, [count, ...rest.map(() => 1)]);
    const rows = r.emit(
      "Where",
      [chosen, r.reshape(value, shape), r.scalar(0, value.type)],
      shape,
      value.type,
    );
    return r.out(
      r.emit("ScatterND", [target, cast(r, safe, "int64"), rows], target.shape, value.type, {
        attributes: { reduction: "add" },
      }),
    );
  },
);

/** Equality with 0..depth-1: works for every dtype, and an index out of range gives a row of `offValue`. */
const oneHot = kernel<Ins<"indices">, OneHotAttrs>((r, { indices }, { depth, onValue, offValue, dtype }) => {
  const type = elementType(dtype ?? "int32");
  const shape = [...indices.shape, depth];
  const range = r.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    "int32",
  );
  const at = r.reshape(cast(r, r.value(indices), "int32"), [...indices.shape, 1]);
  const hot = r.emit("Equal", [at, range], shape, "bool");
  if (onValue === 1 && offValue === 0) return r.out(cast(r, hot, type));
  return r.out(r.emit("Where", [hot, r.scalar(onValue, type), r.scalar(offValue, type)], shape, type));
});

/** Always sorted: tfjs promises the lower index first among equals, whether or not it was asked to sort. */
const topK = kernel<Ins<"x">, TopKAttrs>((r, { x }, { k }) => {
  const value = r.value(x);
  const shape = [...x.shape.slice(0, -1), k];
  if (k === 0) return [r.out(filled(r, shape, 0, value.type)), r.out(filled(r, shape, 0, "int32"))];
  const [values, indices] = r.emitMany(
    "TopK",
    [value],
    [
      { shape, type: value.type },
      { shape, type: "int64" },
    ],
    { attributes: { axis: x.shape.length - 1, largest: 1, sorted: 1 }, vectors: [[k]] },
  );
  if (values === undefined || indices === undefined) throw new Error("TopK recorded no output");
  return [r.out(values), r.out(cast(r, indices, "int32"))];
});

/** Throws for rows of `depth` indices that do not point into `shape`, when they are known already. */
function assertInside(r: Recorder, indices: TensorInfo, depth: number, shape: readonly number[]): void {
  r.inspect(indices, (elements) => {
    for (const [i, index] of elements.entries()) {
      if (index >= 0 && index < dim(shape, i % depth)) continue;
      const row = Math.floor(i / depth) * depth;
      throw new Error(`Invalid indices: ${elements.slice(row, row + depth)} does not index into ${shape}`);
    }
  });
}

const gatherNd = kernel<Ins<"params" | "indices">>((r, { params, indices }) => {
  const [shape, count] = backend_util.prepareAndValidate(params, indices);
  const value = r.value(params);
  if (count === 0 || sizeOf(shape) === 0) return r.out(filled(r, shape, 0, value.type));
  if (dim(indices.shape, -1) === 0) return r.out(broadcastTo(r, value, shape));
  assertInside(r, indices, dim(indices.shape, -1), params.shape);
  return r.out(r.emit("GatherND", [value, cast(r, r.value(indices), "int64")], shape, value.type));
});

/** `updates` written or added at index rows into `target`. */
function scatter(r: Recorder, target: Value, indices: TensorInfo, updates: Value, adding: boolean): Value {
  const shape = target.shape;
  const { sliceRank, numUpdates } = backend_util.calculateShapes(updates as never, indices, [...shape]);
  if (sizeOf(shape) === 0) return target;
  assertInside(r, indices, sliceRank, shape);
  const rows = r.reshape(cast(r, r.value(indices), "int64"), [numUpdates, sliceRank]);
  const full = [numUpdates, ...shape.slice(sliceRank)];
  const source = updates.shape.length === 0 ? broadcastTo(r, updates, full) : r.reshape(updates, full);
  return r.emit("ScatterND", [target, rows, source], shape, target.type, {
    attributes: { reduction: adding ? "add" : "none" },
  });
}

const scatterNd = kernel<Ins<"indices" | "updates">, ScatterNdAttrs>((r, { indices, updates }, { shape }) => {
  const value = r.value(updates);
  return r.out(scatter(r, filled(r, shape, 0, value.type), indices, value, true));
});

const tensorScatterUpdate = kernel<Ins<"tensor" | "indices" | "updates">>((r, { tensor, indices, updates }) =>
  r.out(scatter(r, r.value(tensor), indices, r.value(updates), false)),
);

const sparseToDense = kernel<Ins<"sparseIndices" | "sparseValues" | "defaultValue">, SparseToDenseAttrs>(
  (r, { sparseIndices, sparseValues, defaultValue }, { outputShape }) => {
    const value = r.value(sparseValues);
    const base = broadcastTo(r, cast(r, r.value(defaultValue), value.type), outputShape);
    return r.out(scatter(r, base, sparseIndices, value, false));
  },
);

export const GATHER_KERNELS: KernelTable = {
  GatherV2: gatherV2,
  UnsortedSegmentSum: unsortedSegmentSum,
  OneHot: oneHot,
  TopK: topK,
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  TensorScatterUpdate: tensorScatterUpdate,
  SparseToDense: sparseToDense,
};

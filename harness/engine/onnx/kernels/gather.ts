// Kernels that read or write at indices: gather, segment sums, one-hot, top-k.
import type { GatherV2Attrs, OneHotAttrs, TopKAttrs, UnsortedSegmentSumAttrs } from "../../tensor.ts";
import { type Ins, type KernelTable, kernel } from "../kernel.ts";
import { sizeOf } from "../value.ts";
import { axisOf, cast, dim, elementType, filled } from "./shapes.ts";

const gatherV2 = kernel<Ins<"x" | "indices">, GatherV2Attrs>((r, { x, indices }, { axis, batchDims }) => {
  const on = axisOf(axis, x.shape);
  const value = r.value(x);
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

/** tfjs leaves out rows whose id is negative; ScatterND would wrap it, so such rows land in one that is cut off. */
const unsortedSegmentSum = kernel<Ins<"x" | "segmentIds">, UnsortedSegmentSumAttrs>(
  (r, { x, segmentIds }, { numSegments }) => {
    const value = r.value(x);
    const count = sizeOf(segmentIds.shape);
    const rest = x.shape.slice(segmentIds.shape.length);
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
    const safe = r.emit("Where", [inside, ids, r.scalar(numSegments, "int32")], ids.shape, "int32");
    const target = filled(r, [numSegments + 1, ...rest], 0, value.type);
    const rows = r.reshape(value, [count, ...rest]);
    const sums = r.emit("ScatterND", [target, cast(r, safe, "int64"), rows], target.shape, value.type, {
      attributes: { reduction: "add" },
    });
    return r.out(
      r.emit("Slice", [sums], [numSegments, ...rest], value.type, { vectors: [[0], [numSegments], [0]] }),
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

const topK = kernel<Ins<"x">, TopKAttrs>((r, { x }, { k, sorted }) => {
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
    { attributes: { axis: x.shape.length - 1, largest: 1, sorted: sorted ? 1 : 0 }, vectors: [[k]] },
  );
  if (values === undefined || indices === undefined) throw new Error("TopK recorded no output");
  return [r.out(values), r.out(cast(r, indices, "int32"))];
});

export const GATHER_KERNELS: KernelTable = {
  GatherV2: gatherV2,
  UnsortedSegmentSum: unsortedSegmentSum,
  OneHot: oneHot,
  TopK: topK,
};

// Matrix products. Transposes are folded into the product: Gemm for two dimensions, FusedMatMul for batches.
import {
  type _FusedMatMulAttrs,
  type BatchMatMulAttrs,
  backend_util,
  type EinsumAttrs,
  type NamedTensorInfoMap,
  type TensorInfo,
} from "../../tensor.ts";
import { type Ins, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import { CONTRIB_DOMAIN } from "../proto.ts";
import type { Value } from "../value.ts";
import { activate } from "./activation.ts";
import { broadcastShape, cast, dim, transpose } from "./shapes.ts";

const swapLast = (r: Recorder, value: Value): Value => {
  const perm = value.shape.map((_, i) => i);
  const rank = perm.length;
  perm.splice(rank - 2, 2, rank - 1, rank - 2);
  return transpose(r, value, perm);
};

/** The product of matrices of one type, the leading axes broadcast as batches. */
export function matmul(r: Recorder, x: Value, y: Value, transposeX: boolean, transposeY: boolean): Value {
  const inner = dim(x.shape, transposeX ? -2 : -1);
  const innerY = dim(y.shape, transposeY ? -1 : -2);
  if (inner !== innerY)
    throw new Error(
      `Error in matMul: inner shapes (${inner}) and (${innerY}) of Tensors with shapes ${x.shape} and ` +
        `${y.shape} and transposeA=${transposeX} and transposeB=${transposeY} must match.`,
    );
  const batch = broadcastShape(x.shape.slice(0, -2), y.shape.slice(0, -2));
  const shape = [...batch, dim(x.shape, transposeX ? -1 : -2), dim(y.shape, transposeY ? -2 : -1)];
  if (!transposeX && !transposeY) return r.emit("MatMul", [x, y], shape, x.type);
  // Integers have MatMul only, and WebGPU no FusedMatMul: the product would move to the CPU and back.
  if (x.type !== "float32" || (r.provider === "webgpu" && shape.length > 2)) {
    const operands = [transposeX ? swapLast(r, x) : x, transposeY ? swapLast(r, y) : y];
    return r.emit("MatMul", operands, shape, x.type);
  }
  const attributes = { transA: transposeX ? 1 : 0, transB: transposeY ? 1 : 0 };
  if (shape.length === 2) return r.emit("Gemm", [x, y], shape, "float32", { attributes });
  return r.emit("FusedMatMul", [x, y], shape, "float32", { attributes, domain: CONTRIB_DOMAIN });
}

/** tfjs hands a plain product over as a batch of one: the two-dimensional way is the faster one. */
function batched(r: Recorder, a: TensorInfo, b: TensorInfo, attrs: BatchMatMulAttrs): Value {
  const type = a.dtype === "float32" || b.dtype === "float32" ? "float32" : "int32";
  const x = cast(r, r.value(a), type);
  const y = cast(r, r.value(b), type);
  const { transposeA, transposeB } = attrs;
  if (x.shape.length === 3 && y.shape.length === 3 && x.shape[0] === 1 && y.shape[0] === 1) {
    const flat = matmul(
      r,
      r.reshape(x, x.shape.slice(1)),
      r.reshape(y, y.shape.slice(1)),
      transposeA,
      transposeB,
    );
    return r.reshape(flat, [1, ...flat.shape]);
  }
  return matmul(r, x, y, transposeA, transposeB);
}

const batchMatMul = kernel<Ins<"a" | "b">, BatchMatMulAttrs>((r, { a, b }, attrs) =>
  r.out(batched(r, a, b, attrs)),
);

type FusedInputs = Ins<"a" | "b"> & { bias?: TensorInfo; preluActivationWeights?: TensorInfo };

const fusedMatMul = kernel<FusedInputs, _FusedMatMulAttrs>(
  (r, { a, b, bias, preluActivationWeights }, attrs) => {
    let y = batched(r, a, b, attrs);
    if (bias) {
      const term = cast(r, r.value(bias), "float32");
      y = r.emit("Add", [y, term], broadcastShape(y.shape, term.shape), "float32");
    }
    return r.out(
      activate(r, y, attrs.activation, {
        preluWeights: preluActivationWeights ? r.value(preluActivationWeights) : undefined,
        leakyAlpha: attrs.leakyreluAlpha,
      }),
    );
  },
);

const einsum = kernel<NamedTensorInfoMap, EinsumAttrs>((r, inputs, { equation }) => {
  const infos = Object.values(inputs).filter((info): info is TensorInfo => info !== undefined);
  const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, infos.length);
  backend_util.checkEinsumDimSizes(allDims.length, idDims, infos as never);
  const values = infos.map((info) => cast(r, r.value(info), "float32"));
  const [left = "", right = ""] = equation.replace(/\s/g, "").split("->");
  const sizes = new Map<string, number>();
  for (const [i, term] of left.split(",").entries())
    for (const [axis, letter] of [...term].entries()) sizes.set(letter, dim(values[i]?.shape ?? [], axis));
  const shape = [...right].map((letter) => sizes.get(letter) ?? 1);
  return r.out(r.emit("Einsum", values, shape, "float32", { attributes: { equation } }));
});

export const MATMUL_KERNELS: KernelTable = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
  Einsum: einsum,
};

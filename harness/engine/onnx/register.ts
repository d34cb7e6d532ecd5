// Registers the kernel tables for the tfjs backends of this folder.
import { HOST_OP_KERNEL, type HostOp } from "../host-op.ts";
import { type NamedAttrMap, type NamedTensorInfoMap, registerKernel, type TensorInfo } from "../tensor.ts";
import { OnnxBackend } from "./backend.ts";
import { runOnHost } from "./host-kernel.ts";
import { HOST_KERNELS } from "./host-kernel-list.ts";
import type { Kernel, KernelTable } from "./kernel.ts";
import { BINARY_KERNELS } from "./kernels/binary.ts";
import { CONV_KERNELS } from "./kernels/conv.ts";
import { FUSED_KERNELS } from "./kernels/fused.ts";
import { GATHER_KERNELS } from "./kernels/gather.ts";
import { MATMUL_KERNELS } from "./kernels/matmul.ts";
import { POOL_KERNELS } from "./kernels/pool.ts";
import { REDUCE_KERNELS } from "./kernels/reduce.ts";
import { RESIZE_KERNELS } from "./kernels/resize.ts";
import { SCAN_KERNELS } from "./kernels/scan.ts";
import { SHAPE_KERNELS } from "./kernels/shape.ts";
import { SPACE_KERNELS } from "./kernels/space.ts";
import { UNARY_KERNELS } from "./kernels/unary.ts";

export const KERNEL_TABLES: readonly KernelTable[] = [
  UNARY_KERNELS,
  BINARY_KERNELS,
  REDUCE_KERNELS,
  MATMUL_KERNELS,
  SHAPE_KERNELS,
  GATHER_KERNELS,
  CONV_KERNELS,
  POOL_KERNELS,
  SPACE_KERNELS,
  RESIZE_KERNELS,
  SCAN_KERNELS,
];

const asOnnx = (backend: object): OnnxBackend => {
  if (backend instanceof OnnxBackend) return backend;
  throw new Error("a kernel of engine onnx was called for another backend");
};

function hostOpOf(attrs: NamedAttrMap): HostOp {
  return attrs.op as unknown as HostOp;
}

/** The inputs x0, x1, ... of a host operation in their order. */
export function hostOpInputs(inputs: NamedTensorInfoMap) {
  return Object.keys(inputs).map((_, i) => {
    const info = inputs[`x${i}`];
    if (info === undefined) throw new Error(`host operation: input ${i} is missing`);
    return info;
  });
}

/** Kernels that only pass data on: they serve strings and complex numbers like any other. */
const PASSING = new Set(["Identity", "Reshape", "ExpandDims"]);

const isForeign = (dtype: unknown) => dtype === "string" || dtype === "complex64";

/** Whether strings or complex numbers go in or come out. */
const needsHost = (inputs: NamedTensorInfoMap, attrs: NamedAttrMap) =>
  isForeign(attrs.dtype) || Object.values(inputs).some((info) => isForeign(info?.dtype));

function register(backendName: string, kernelName: string, run: Kernel): void {
  registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs = {}, backend }) => {
      const recorder = asOnnx(backend);
      recorder.kernel = kernelName;
      if (!PASSING.has(kernelName) && needsHost(inputs, attrs))
        return runOnHost(kernelName, recorder, inputs, attrs);
      return run(recorder, inputs, attrs);
    },
  });
}

type OnBackend = (
  backend: OnnxBackend,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
) => TensorInfo | TensorInfo[];

/** Kernels that need the backend itself. */
function registerDirect(backendName: string, kernelName: string, run: OnBackend): void {
  registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs = {}, backend }) => {
      const own = asOnnx(backend);
      own.kernel = kernelName;
      return run(own, inputs, attrs);
    },
  });
}

function input(inputs: NamedTensorInfoMap, name: string): TensorInfo {
  const info = inputs[name];
  if (info === undefined) throw new Error(`input ${name} is missing`);
  return info;
}

const registered = new Set<string>();

/** Registers all kernels for the tfjs backend `backendName`, once per process. */
export function registerKernels(backendName: string): void {
  if (registered.has(backendName)) return;
  registered.add(backendName);
  for (const table of KERNEL_TABLES)
    for (const [name, run] of Object.entries(table)) register(backendName, name, run);
  // WebGPU composes the same functions of plain kernels, which its conformance tests cover.
  if (backendName !== "onnx-webgpu")
    for (const [name, run] of Object.entries(FUSED_KERNELS)) register(backendName, name, run);
  const direct: Record<string, OnBackend> = {
    Complex: (backend, inputs) => backend.complex(input(inputs, "real"), input(inputs, "imag")),
    Real: (backend, inputs) => backend.complexPart(input(inputs, "input"), "real"),
    Imag: (backend, inputs) => backend.complexPart(input(inputs, "input"), "imag"),
    [HOST_OP_KERNEL]: (backend, inputs, attrs) => backend.recordHost(hostOpOf(attrs), hostOpInputs(inputs)),
  };
  for (const [name, run] of Object.entries(direct)) registerDirect(backendName, name, run);
  for (const name of Object.keys(HOST_KERNELS))
    registerDirect(backendName, name, (backend, inputs, attrs) => runOnHost(name, backend, inputs, attrs));
}

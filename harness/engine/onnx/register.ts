// Registers the kernel tables for the tfjs backend `onnx`, once per process.
import { HOST_OP_KERNEL, type HostOp } from "../host-op.ts";
import { type NamedAttrMap, type NamedTensorInfoMap, registerKernel } from "../tensor.ts";
import { OnnxBackend } from "./backend.ts";
import type { KernelTable } from "./kernel.ts";
import { CONV_KERNELS } from "./kernels/conv.ts";
import { ELEMENTWISE_KERNELS } from "./kernels/elementwise.ts";
import { GATHER_KERNELS } from "./kernels/gather.ts";
import { MATMUL_KERNELS } from "./kernels/matmul.ts";
import { POOL_KERNELS } from "./kernels/pool.ts";
import { REDUCE_KERNELS } from "./kernels/reduce.ts";
import { SHAPE_KERNELS } from "./kernels/shape.ts";

export const BACKEND_NAME = "onnx";

export const KERNEL_TABLES: readonly KernelTable[] = [
  ELEMENTWISE_KERNELS,
  REDUCE_KERNELS,
  MATMUL_KERNELS,
  SHAPE_KERNELS,
  GATHER_KERNELS,
  CONV_KERNELS,
  POOL_KERNELS,
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

let registered = false;

export function registerKernels(): void {
  if (registered) return;
  registered = true;
  for (const table of KERNEL_TABLES)
    for (const [kernelName, run] of Object.entries(table))
      registerKernel({
        kernelName,
        backendName: BACKEND_NAME,
        kernelFunc: ({ inputs, attrs, backend }) => {
          const recorder = asOnnx(backend);
          recorder.kernel = kernelName;
          return run(recorder, inputs, attrs ?? {});
        },
      });
  registerKernel({
    kernelName: HOST_OP_KERNEL,
    backendName: BACKEND_NAME,
    kernelFunc: ({ inputs, attrs, backend }) =>
      asOnnx(backend).recordHost(hostOpOf(attrs ?? {}), hostOpInputs(inputs)),
  });
}

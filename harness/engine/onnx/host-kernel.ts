// Runs a tfjs kernel on the host: inputs read, tfjs's cpu backend called, results stored. One wrapper for every kernel in
// host-kernel-list.ts, and for any kernel that is handed strings or complex numbers, which no trace holds.
import { createRequire } from "node:module";
import {
  type BackendValues,
  findBackend,
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from "../tensor.ts";
import type { OnnxBackend } from "./backend.ts";

let cpu: KernelBackend | null = null;

/** tfjs's cpu backend, loaded when the first kernel needs it. Looked up anew when tfjs disposed of it. */
function cpuBackend(): KernelBackend {
  if (cpu === null || findBackend("cpu") !== cpu) {
    // findBackend knows no such backend yet unless somebody loaded the package.
    if (findBackend("cpu") === null) createRequire(import.meta.url)("@tensorflow/tfjs-backend-cpu");
    cpu = findBackend("cpu");
    // Its greeting on the first tensor goes to the console of whoever runs a benchmark.
    Reflect.set(cpu, "firstUse", false);
  }
  return cpu;
}

/** Copies a tensor over; complex ones are written by their parts. */
function toCpu(info: TensorInfo, from: OnnxBackend, to: KernelBackend): TensorInfo {
  if (info.dtype !== "complex64") {
    const values = from.readSync(info.dataId);
    const own = (Array.isArray(values) ? values.slice() : (values as Float32Array).slice()) as BackendValues;
    return { ...info, dataId: to.write(own, info.shape, info.dtype) };
  }
  const parts = (["real", "imag"] as const).map((part) => {
    const handle = from.complexPart(info, part);
    const copy = toCpu(handle, from, to);
    from.disposeData(handle.dataId);
    return [part, copy] as const;
  });
  const inputs = Object.fromEntries(parts);
  const made = getKernel("Complex", "cpu").kernelFunc({ inputs, backend: to });
  for (const [, part] of parts) to.disposeData(part.dataId);
  return Array.isArray(made) ? (made[0] as TensorInfo) : made;
}

function fromCpu(info: TensorInfo, from: KernelBackend, to: OnnxBackend): TensorInfo {
  const values = from.readSync(info.dataId);
  const dataId = to.write(values, info.shape, info.dtype);
  return { dataId, shape: info.shape, dtype: info.dtype };
}

export function runOnHost(
  kernelName: string,
  backend: OnnxBackend,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): TensorInfo | TensorInfo[] {
  const host = cpuBackend();
  const made = new Set<object>();
  const copies: NamedTensorInfoMap = Array.isArray(inputs) ? ([] as unknown as NamedTensorInfoMap) : {};
  try {
    const copy = (info: TensorInfo): TensorInfo => {
      const copied = toCpu(info, backend, host);
      made.add(copied.dataId);
      // Some kernels ask a tensor for its rank.
      return { ...copied, rank: copied.shape.length } as TensorInfo;
    };
    for (const [name, info] of Object.entries(inputs)) {
      if (info === undefined || info === null) continue;
      // Ragged kernels take lists of tensors under one name, which tfjs's types do not say.
      const list: unknown = info;
      copies[name] = (Array.isArray(list) ? list.map(copy) : copy(info)) as TensorInfo;
    }
    const result = getKernel(kernelName, "cpu").kernelFunc({ inputs: copies, attrs, backend: host });
    const outputs = Array.isArray(result) ? result : [result];
    for (const output of outputs) made.add(output.dataId);
    const stored = outputs.map((output) => fromCpu(output, host, backend));
    return Array.isArray(result) ? stored : (stored[0] as TensorInfo);
  } finally {
    for (const dataId of made) host.disposeData(dataId, true);
  }
}

// Host operations on eager engines: run at once, on copies. The oracle for the in-place execution of lazy engines.
import { HOST_OP_KERNEL, type HostArray, type HostOp, numbersOf } from "../host-op.ts";
import { type DataType, type KernelBackend, registerKernel, type TensorInfo, util } from "../tensor.ts";

const newArray = (dtype: DataType, length: number): HostArray => {
  if (dtype === "int32") return new Int32Array(length);
  return dtype === "bool" ? new Uint8Array(length) : new Float32Array(length);
};

const asArray = (info: TensorInfo, backend: KernelBackend): HostArray => {
  const values = backend.readSync(info.dataId);
  if (info.dtype === "float32") return Float32Array.from(values as ArrayLike<number>);
  if (info.dtype === "int32") return Int32Array.from(values as ArrayLike<number>);
  if (info.dtype === "bool") return Uint8Array.from(values as ArrayLike<number>);
  throw new Error(`host operations take float32, int32 and bool tensors, not ${info.dtype}`);
};

const registered = new Set<string>();

/** Registers the execution of host operations for the tfjs backend `backendName`, once per process. */
export function registerHostOp(backendName: string): void {
  if (registered.has(backendName)) return;
  registered.add(backendName);
  registerKernel({
    kernelName: HOST_OP_KERNEL,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const op = attrs?.op as unknown as HostOp;
      const store = backend as KernelBackend;
      const arrays = Object.keys(inputs).map((_, i) => {
        const info = inputs[`x${i}`];
        if (info === undefined) throw new Error(`host operation ${op.name}: input ${i} is missing`);
        return asArray(info, store);
      });
      const outputs = op.outputs.map((output) => {
        const source = output.over === undefined ? undefined : arrays[output.over];
        return source === undefined
          ? newArray(output.dtype, util.sizeFromShape([...output.shape]))
          : source.slice();
      });
      op.run(arrays, outputs, numbersOf(op));
      return op.outputs.map((output, i) => {
        const shape = [...output.shape];
        const values = outputs[i] ?? newArray(output.dtype, 0);
        return { dataId: store.write(values, shape, output.dtype), shape, dtype: output.dtype };
      });
    },
  });
}

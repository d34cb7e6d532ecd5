// What the wasm backend of tfjs 4.22 lacks for training with embeddings, and what it computes wrongly, in plain loops.
import { type KernelBackend, registerKernel, type TensorInfo, unregisterKernel, util } from "../tensor.ts";

const BACKEND = "wasm";

const read = (backend: KernelBackend, info: TensorInfo): ArrayLike<number> =>
  backend.readSync(info.dataId) as ArrayLike<number>;

const inputOf = (inputs: Readonly<Record<string, TensorInfo | undefined>>, name: string): TensorInfo => {
  const info = inputs[name];
  if (info === undefined) throw new Error(`input ${name} is missing`);
  return info;
};

const newArray = (dtype: TensorInfo["dtype"], size: number): Float32Array | Int32Array | Uint8Array => {
  if (dtype === "float32") return new Float32Array(size);
  return dtype === "bool" ? new Uint8Array(size) : new Int32Array(size);
};

/** The backend writes integers whatever type is asked for, so that float ones would be read as 1.4e-45. */
function registerOneHot(): void {
  unregisterKernel("OneHot", BACKEND);
  registerKernel({
    kernelName: "OneHot",
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const store = backend as KernelBackend;
      const indices = inputOf(inputs, "indices");
      const { depth, onValue, offValue, dtype } = attrs as unknown as {
        readonly depth: number;
        readonly onValue: number;
        readonly offValue: number;
        readonly dtype: TensorInfo["dtype"];
      };
      const ids = read(store, indices);
      const values = newArray(dtype, ids.length * depth).fill(offValue);
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i] ?? -1;
        if (id >= 0 && id < depth) values[i * depth + id] = onValue;
      }
      const shape = [...indices.shape, depth];
      return { dataId: store.write(values, shape, dtype), shape, dtype };
    },
  });
}

/** The gradient of an embedding's rows. Ids beyond the segments, and negative ones, are left out, as on the cpu backend. */
function registerSegmentSum(): void {
  registerKernel({
    kernelName: "UnsortedSegmentSum",
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const store = backend as KernelBackend;
      const x = inputOf(inputs, "x");
      const segmentIds = inputOf(inputs, "segmentIds");
      const { numSegments } = attrs as unknown as { readonly numSegments: number };
      if (segmentIds.shape.length !== 1) throw new Error("UnsortedSegmentSum takes ids of one axis");
      const rest = x.shape.slice(1);
      const width = util.sizeFromShape(rest);
      const values = read(store, x);
      const ids = read(store, segmentIds);
      const sums = newArray(x.dtype, numSegments * width);
      for (let row = 0; row < ids.length; row++) {
        const id = ids[row] ?? -1;
        if (id < 0 || id >= numSegments) continue;
        for (let k = 0; k < width; k++)
          sums[id * width + k] = (sums[id * width + k] ?? 0) + (values[row * width + k] ?? 0);
      }
      const shape = [numSegments, ...rest];
      return { dataId: store.write(sums, shape, x.dtype), shape, dtype: x.dtype };
    },
  });
}

/** Registers both for the backend `wasm`, which must be loaded. */
export function repairWasm(): void {
  registerOneHot();
  registerSegmentSum();
}

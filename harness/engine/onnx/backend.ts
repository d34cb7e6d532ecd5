// The tfjs backend of this folder: stores tensors and records kernels into the current trace. When traces run is decided in
// schedule.ts, which ONNX nodes a kernel becomes in kernels/.
import { performance } from "node:perf_hooks";
import { RankbenchError } from "#harness/failure/error.ts";
import type { LogicalPeak, MemoryPart } from "../engine.ts";
import type { HostOp } from "../host-op.ts";
import {
  type BackendValues,
  backend_util,
  type DataId,
  DataStorage,
  type DataType,
  KernelBackend,
  type Tensor,
  type TensorInfo,
  engine as tfEngine,
} from "../tensor.ts";
import type { Watch } from "./capture.ts";
import type { EmitOptions, OutputType, Recorder } from "./kernel.ts";
import { PeakMeter } from "./liveness.ts";
import { ProgramCache } from "./program-cache.ts";
import type { ElementType } from "./proto.ts";
import type { Held } from "./replay.ts";
import { Schedule } from "./schedule.ts";
import type { SessionSettings } from "./session.ts";
import { toHost, toHostSync } from "./settle.ts";
import type { Trace } from "./trace.ts";
import { type HostBuffer, isReady, memoryRoot, newBuffer, owner, sameShape, Value } from "./value.ts";

/** What a tfjs data id stands for. Strings and complex numbers never enter a trace. */
type Entry =
  | { readonly kind: "numeric"; value: Value; refCount: number }
  | { readonly kind: "text"; readonly items: Uint8Array[]; refCount: number }
  | { readonly kind: "complex"; readonly real: TensorInfo; readonly imag: TensorInfo; refCount: number };

/** Recording this much without settling means that nothing ever reads a result. */
const MAX_NODES = 200_000;

export class OnnxBackend extends KernelBackend implements Recorder {
  readonly provider: string;
  readonly convBlock: number;
  /** tfjs kernel being recorded, for errors. */
  kernel = "";
  readonly cache: ProgramCache;
  readonly schedule: Schedule;
  /** Hears what is recorded, while a step is recorded to be captured. */
  watch: Watch | null = null;
  private readonly store: DataStorage<Entry>;

  constructor(settings: SessionSettings, maxPrograms: number, warn: (message: string) => void) {
    super();
    this.provider = settings.provider;
    this.convBlock = settings.convBlock;
    this.store = new DataStorage<Entry>(this, tfEngine());
    this.cache = new ProgramCache(settings, {
      maxPlans: maxPrograms,
      clock: () => performance.now(),
      warn,
    });
    this.schedule = new Schedule(this.cache);
  }

  private get trace(): Trace {
    return this.schedule.trace;
  }

  // ---- recording

  value(info: TensorInfo): Value {
    const entry = this.store.get(info.dataId);
    if (entry.kind !== "numeric")
      throw new RankbenchError({
        reason: "engine",
        problem: `tfjs kernel ${this.kernel} takes no ${info.dtype} tensor on this engine`,
        thing: this.cache.engineLabel,
        value: info.dtype,
        wanted: "float32, int32 or bool",
      });
    return this.reshape(entry.value, info.shape);
  }

  reshape(value: Value, shape: readonly number[]): Value {
    if (sameShape(value.shape, shape)) return value;
    if (value.producer !== null && value.trace === this.trace.serial && !this.trace.external[value.id])
      return this.emit("Reshape", [value], shape, value.type, { vectors: [shape] });
    return viewOf(owner(value), shape);
  }

  emit(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    type: ElementType,
    options: EmitOptions = {},
  ): Value {
    const [value] = this.trace.graph(this.kernel, op, inputs, [{ shape, type }], options);
    if (value === undefined) throw new Error(`${op} recorded no output`);
    return value;
  }

  emitMany(
    op: string,
    inputs: readonly Value[],
    outputs: readonly OutputType[],
    options: EmitOptions = {},
  ): Value[] {
    return this.trace.graph(this.kernel, op, inputs, outputs, options);
  }

  scalar(x: number, type: ElementType = "float32"): Value {
    const data = newBuffer(type, 1);
    if (data instanceof BigInt64Array) data[0] = BigInt(x);
    else data[0] = x;
    return this.constant(data, [], type);
  }

  constant(data: HostBuffer, shape: readonly number[], type: ElementType): Value {
    return this.trace.constant(this.kernel, data, shape, type);
  }

  upload(data: Float32Array | Int32Array | Uint8Array, shape: readonly number[], type: DataType): TensorInfo {
    return { dataId: this.write(data, [...shape], type), shape: [...shape], dtype: type };
  }

  inspect(info: TensorInfo, check: (elements: HostBuffer) => void): void {
    const entry = this.store.get(info.dataId);
    if (entry.kind !== "numeric") return;
    const memory = owner(entry.value);
    if (memory.buffer === null) return;
    check(memory.buffer);
    this.watch?.inspected(memory, check);
  }

  /** Records a host operation. */
  recordHost(op: HostOp, inputs: readonly TensorInfo[]): TensorInfo[] {
    const values = this.trace.host(
      op,
      inputs.map((input) => this.value(input)),
    );
    return values.map((value) => this.out(value));
  }

  out(value: Value): TensorInfo {
    const dataId = {};
    owner(value).handles++;
    this.store.set(dataId, { kind: "numeric", value, refCount: 1 });
    if (!isReady(value)) this.schedule.want(owner(value));
    if (this.trace.nodes.length > MAX_NODES)
      throw new RankbenchError({
        reason: "internal",
        problem: `${MAX_NODES} operations were recorded and nothing was settled`,
        thing: this.cache.engineLabel,
        next: "call engine.settle() after each step",
      });
    return { dataId, shape: [...value.shape], dtype: value.type as DataType };
  }

  alias(info: TensorInfo, shape: readonly number[] = info.shape): TensorInfo {
    this.incRef(info.dataId);
    return { dataId: info.dataId, shape: [...shape], dtype: info.dtype };
  }

  /** A complex tensor of two real ones; they stay usable on their own. */
  complex(real: TensorInfo, imag: TensorInfo): TensorInfo {
    const dataId = {};
    const parts = { real: this.out(this.value(real)), imag: this.out(this.value(imag)) };
    this.store.set(dataId, { kind: "complex", ...parts, refCount: 1 });
    return { dataId, shape: [...real.shape], dtype: "complex64" };
  }

  /** The real and imaginary parts of a complex tensor, as new handles. */
  complexPart(info: TensorInfo, part: "real" | "imag"): TensorInfo {
    const entry = this.store.get(info.dataId);
    if (entry.kind !== "complex") throw new Error(`${this.kernel} takes a complex tensor`);
    return this.out(this.value({ ...entry[part], shape: info.shape }));
  }

  tag(part: MemoryPart, tensors: Iterable<Tensor>): void {
    for (const tensor of tensors) {
      const entry = this.store.get(tensor.dataId);
      if (entry.kind === "numeric") memoryRoot(entry.value).part = part;
    }
  }

  // ---- steps that are replayed

  /** The value behind a numeric tensor, and whether other handles or clones refer to it too. */
  held(tensor: TensorInfo): Held {
    const entry = this.store.get(tensor.dataId);
    if (entry.kind !== "numeric") throw new Error(`a step carries or makes a ${tensor.dtype} tensor`);
    return { value: entry.value, shared: entry.refCount > 1 };
  }

  /** Puts `next` behind a tensor, which stays the same for tfjs. */
  rebind(tensor: TensorInfo, next: Value): void {
    const entry = this.store.get(tensor.dataId);
    if (entry.kind !== "numeric") throw new Error(`a ${tensor.dtype} tensor was rebound`);
    const before = owner(entry.value);
    entry.value = next;
    next.handles = 1;
    before.handles--;
    if (before.handles === 0) this.schedule.forget(before);
  }

  // ---- settling

  settle(): Promise<void> {
    return this.schedule.settle();
  }

  async measurePeak(step: () => Promise<void>, resident: Iterable<Tensor>): Promise<LogicalPeak> {
    await this.settle();
    const values: Value[] = [];
    for (const tensor of resident) {
      const entry = this.store.get(tensor.dataId);
      if (entry.kind === "numeric") values.push(entry.value);
    }
    const meter = new PeakMeter(values);
    this.schedule.meter = meter;
    try {
      await step();
      await this.settle();
    } finally {
      this.schedule.meter = null;
    }
    return meter.result();
  }

  // ---- storage, as tfjs asks for it

  /** Copies typed arrays: the caller may change his before the step runs, and an operation in place must not change it. */
  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: DataId,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    if (dtype === "string") {
      this.store.set(dataId, { kind: "text", items: values as Uint8Array[], refCount });
      return;
    }
    if (dtype === "complex64") {
      const { real, imag } = backend_util.splitRealAndImagArrays(values as Float32Array);
      this.store.set(dataId, {
        kind: "complex",
        real: this.upload(real, shape, "float32"),
        imag: this.upload(imag, shape, "float32"),
        refCount,
      });
      return;
    }
    const value = new Value(shape, dtype);
    const numbers = values as ArrayLike<number>;
    value.buffer =
      dtype === "float32"
        ? new Float32Array(numbers)
        : dtype === "int32"
          ? new Int32Array(numbers)
          : new Uint8Array(numbers);
    value.handles = 1;
    this.store.set(dataId, { kind: "numeric", value, refCount });
  }

  override readSync(dataId: DataId): BackendValues {
    this.watch?.refuse("a tensor is read while the step is recorded");
    const entry = this.store.get(dataId);
    if (entry.kind === "text") return entry.items;
    if (entry.kind === "complex")
      return interleave(this.readSync(entry.real.dataId), this.readSync(entry.imag.dataId));
    if (!isReady(entry.value)) this.schedule.settleSync();
    toHostSync(entry.value, this.cache);
    return this.handOver(entry.value);
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    this.watch?.refuse("a tensor is read while the step is recorded");
    const entry = this.store.get(dataId);
    if (entry.kind === "text") return entry.items;
    if (entry.kind === "complex")
      return interleave(await this.read(entry.real.dataId), await this.read(entry.imag.dataId));
    if (!isReady(entry.value)) await this.settle();
    await toHost(entry.value, this.cache);
    return this.handOver(entry.value);
  }

  private handOver(value: Value): BackendValues {
    const memory = owner(value);
    if (memory.failure !== null) throw memory.failure;
    if (memory.buffer === null)
      throw new RankbenchError({
        reason: "internal",
        problem: "a tensor was read before the step that makes it has run",
        thing: this.cache.engineLabel,
        value: memory.producer?.kernel ?? "unknown",
        next: "await engine.settle() before reading",
      });
    memory.exclusive = false;
    return memory.buffer as BackendValues;
  }

  override numDataIds(): number {
    return this.store.numDataIds();
  }

  override refCount(dataId: DataId): number {
    return this.store.has(dataId) ? this.store.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.store.get(dataId).refCount++;
  }

  decRef(dataId: DataId): void {
    if (this.store.has(dataId)) this.store.get(dataId).refCount--;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.store.has(dataId)) return true;
    const entry = this.store.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    this.store.delete(dataId);
    if (entry.kind === "numeric") {
      const memory = owner(entry.value);
      memory.handles--;
      if (memory.handles === 0) this.schedule.forget(memory);
    } else if (entry.kind === "complex") {
      this.disposeData(entry.real.dataId);
      this.disposeData(entry.imag.dataId);
    }
    return true;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(f: () => void): Promise<{ kernelMs: number }> {
    // tfjs expects `f` to have run when this returns its promise.
    const start = performance.now();
    f();
    await this.settle();
    return { kernelMs: performance.now() - start };
  }

  override dispose(): void {
    this.schedule.close();
    this.cache.clear();
  }
}

/** One view per shape, so that a value fed twice in one shape is one graph input. */
function viewOf(memory: Value, shape: readonly number[]): Value {
  if (sameShape(memory.shape, shape)) return memory;
  memory.views ??= new Map();
  const key = shape.join();
  let view = memory.views.get(key);
  if (view === undefined) {
    view = new Value(shape, memory.type, memory);
    memory.views.set(key, view);
  }
  return view;
}

const interleave = (real: BackendValues, imag: BackendValues): Float32Array =>
  backend_util.mergeRealAndImagArrays(real as Float32Array, imag as Float32Array);

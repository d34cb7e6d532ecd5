// Random programs for comparing engines: every choice is made when the program is generated, so that one program runs the
// same way on each engine. Floats stay bounded and only see continuous functions; comparisons and rounding see integers.
import { type Stream, stream } from "#harness/random/stream.ts";
import * as tf from "../tensor.ts";

type Shape = readonly number[];
type Kind = "float32" | "int32" | "bool";

/** What the generator knows of a tensor while it writes the program. */
interface Slot {
  readonly id: number;
  readonly shape: Shape;
  readonly kind: Kind;
  readonly variable: boolean;
}

type Tensors = Map<number, tf.Tensor>;
type Step = { readonly name: string; readonly run: (tensors: Tensors) => void } | { readonly name: "settle" };

export interface RandomProgram {
  readonly seed: number;
  readonly steps: readonly Step[];
}

const get = (tensors: Tensors, slot: Slot): tf.Tensor => {
  const tensor = tensors.get(slot.id);
  if (tensor === undefined) throw new Error(`slot ${slot.id} is empty`);
  return tensor;
};

const UNARY: readonly (readonly [string, (x: tf.Tensor) => tf.Tensor])[] = [
  ["tanh", tf.tanh],
  ["sigmoid", tf.sigmoid],
  ["relu", tf.relu],
  ["neg", tf.neg],
  ["abs", tf.abs],
  ["sin", tf.sin],
  ["erf", tf.erf],
  ["elu", tf.elu],
  ["softplus", tf.softplus],
  ["leakyRelu", tf.leakyRelu],
  ["exp of -abs", (x) => tf.exp(tf.neg(tf.abs(x)))],
  ["log of 1+x^2", (x) => tf.log1p(tf.square(x))],
  ["rsqrt of 1+x^2", (x) => tf.rsqrt(tf.add(tf.square(x), 1))],
  ["clip", (x) => tf.clipByValue(x, -1, 0.5)],
];

const BINARY: readonly (readonly [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor])[] = [
  ["add", (a, b) => tf.tanh(tf.add(a, b))],
  ["sub", tf.sub],
  ["mul", (a, b) => tf.tanh(tf.mul(a, b))],
  ["div", (a, b) => tf.div(a, tf.add(tf.abs(b), 1))],
  ["maximum", tf.maximum],
  ["minimum", tf.minimum],
  ["squaredDifference", (a, b) => tf.tanh(tf.squaredDifference(a, b))],
];

const INTEGER: readonly (readonly [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor])[] = [
  ["floorDiv", tf.floorDiv],
  ["mod", tf.mod],
  ["int add", (a, b) => tf.mod(tf.add(a, b), tf.scalar(7, "int32"))],
  ["int mul", (a, b) => tf.mod(tf.mul(a, b), tf.scalar(7, "int32"))],
  ["int maximum", tf.maximum],
];

const COMPARE: readonly (readonly [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor])[] = [
  ["greater", tf.greater],
  ["lessEqual", tf.lessEqual],
  ["equal", tf.equal],
  ["notEqual", tf.notEqual],
];

class Writer {
  readonly steps: Step[] = [];
  private slots: Slot[] = [];
  private readonly random: Stream;
  private serial = 0;

  constructor(seed: number) {
    this.random = stream(seed, "random-program");
  }

  integer(bound: number): number {
    return this.random.integer(bound);
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.integer(list.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  shape(minRank = 0, maxRank = 4): number[] {
    const rank = minRank + this.integer(maxRank - minRank + 1);
    return Array.from({ length: rank }, () => 1 + this.integer(4));
  }

  slot(kind: Kind, wanted: (slot: Slot) => boolean = () => true): Slot | undefined {
    const fitting = this.slots.filter((slot) => slot.kind === kind && wanted(slot));
    return fitting.length === 0 ? undefined : this.pick(fitting);
  }

  add(name: string, kind: Kind, shape: Shape, run: (tensors: Tensors) => tf.Tensor, variable = false): Slot {
    const slot = { id: this.serial++, shape, kind, variable };
    this.slots.push(slot);
    this.steps.push({
      name,
      run: (tensors) =>
        tensors.set(
          slot.id,
          tf.tidy(() => run(tensors)),
        ),
    });
    return slot;
  }

  input(kind: Kind, shape: Shape, variable = false): Slot {
    const size = shape.reduce((a, b) => a * b, 1);
    const data =
      kind === "float32"
        ? Float32Array.from({ length: size }, () => this.random.normal())
        : Int32Array.from(
            { length: size },
            () => this.integer(kind === "bool" ? 2 : 9) - (kind === "bool" ? 0 : 4),
          );
    return this.add(
      `input ${kind}[${shape}]`,
      kind,
      shape,
      () => {
        const made = tf.tensor(data, [...shape], kind);
        return variable ? tf.variable(made) : made;
      },
      variable,
    );
  }

  dispose(): void {
    const index = this.integer(this.slots.length);
    const [slot] = this.slots.splice(index, 1);
    if (slot === undefined) return;
    this.steps.push({
      name: "dispose",
      run: (tensors) => {
        get(tensors, slot).dispose();
        tensors.delete(slot.id);
      },
    });
  }

  assign(): void {
    const target = this.slot("float32", (slot) => slot.variable);
    if (target === undefined) return;
    const factor = this.pick([0.5, -0.25, 0.9]);
    this.steps.push({
      name: "assign",
      run: (tensors) => {
        const variable = get(tensors, target) as tf.Variable;
        tf.tidy(() => variable.assign(tf.tanh(tf.sub(variable, tf.mul(variable, factor)))));
      },
    });
  }

  settle(): void {
    this.steps.push({ name: "settle" });
  }

  unary(): void {
    const x = this.slot("float32") ?? this.input("float32", this.shape());
    const [name, op] = this.pick(UNARY);
    this.add(name, "float32", x.shape, (tensors) => op(get(tensors, x)));
  }

  /** A partner that broadcasts: some axes of size one, some leading axes left out. */
  private partner(x: Slot): Slot {
    const shape = x.shape.map((size) => (this.integer(3) === 0 ? 1 : size));
    return this.input(x.kind, shape.slice(this.integer(shape.length + 1)));
  }

  binary(kind: "float32" | "int32"): void {
    const x = this.slot(kind) ?? this.input(kind, this.shape());
    const y = this.slot(kind, (slot) => String(slot.shape) === String(x.shape)) ?? this.partner(x);
    const other = this.integer(2) === 0 ? this.partner(x) : y;
    const [name, op] = this.pick(kind === "float32" ? BINARY : INTEGER);
    this.add(name, kind, x.shape, (tensors) => op(get(tensors, x), get(tensors, other)));
  }

  compare(): void {
    const x = this.slot("int32") ?? this.input("int32", this.shape());
    const y = this.partner(x);
    const [name, op] = this.pick(COMPARE);
    this.add(name, "bool", x.shape, (tensors) => op(get(tensors, x), get(tensors, y)));
  }

  choose(): void {
    const condition = this.slot("bool") ?? this.input("bool", this.shape());
    const a = this.input("float32", condition.shape);
    const b = this.input("float32", condition.shape);
    this.add("where", "float32", condition.shape, (tensors) =>
      tf.where(get(tensors, condition), get(tensors, a), get(tensors, b)),
    );
  }

  reduce(): void {
    const x = this.slot("float32", (slot) => slot.shape.length > 0) ?? this.input("float32", this.shape(1));
    const axes = x.shape.map((_, i) => i).filter(() => this.integer(2) === 0);
    const axis = axes.length === 0 ? [0] : axes;
    const keep = this.integer(2) === 0;
    const [name, op] = this.pick([
      ["sum", (t: tf.Tensor) => tf.tanh(tf.sum(t, axis, keep))],
      ["mean", (t: tf.Tensor) => tf.mean(t, axis, keep)],
      ["max", (t: tf.Tensor) => tf.max(t, axis, keep)],
      ["min", (t: tf.Tensor) => tf.min(t, axis, keep)],
      ["logSumExp", (t: tf.Tensor) => tf.logSumExp(t, axis, keep)],
    ] as const);
    const shape = keep
      ? x.shape.map((size, i) => (axis.includes(i) ? 1 : size))
      : x.shape.filter((_, i) => !axis.includes(i));
    this.add(name, "float32", shape, (tensors) => op(get(tensors, x)));
  }

  lastAxis(): void {
    const x = this.slot("float32", (slot) => slot.shape.length > 0) ?? this.input("float32", this.shape(1));
    const [name, op] = this.pick([
      ["softmax", (t: tf.Tensor) => tf.softmax(t)],
      ["logSoftmax", (t: tf.Tensor) => tf.logSoftmax(t)],
      ["cumsum", (t: tf.Tensor) => tf.tanh(tf.cumsum(t, t.rank - 1))],
    ] as const);
    this.add(name, "float32", x.shape, (tensors) => op(get(tensors, x)));
  }

  matmul(): void {
    const [m, k, n] = [1 + this.integer(5), 1 + this.integer(5), 1 + this.integer(5)];
    const batch = this.integer(2) === 0 ? [] : [1 + this.integer(3)];
    const [flipA, flipB] = [this.integer(2) === 0, this.integer(2) === 0];
    const a = this.input("float32", [...batch, ...(flipA ? [k, m] : [m, k])]);
    const b = this.input("float32", [...batch, ...(flipB ? [n, k] : [k, n])]);
    this.add("matMul", "float32", [...batch, m, n], (tensors) =>
      tf.tanh(tf.matMul(get(tensors, a), get(tensors, b), flipA, flipB)),
    );
  }

  move(): void {
    const x = this.slot("float32", (slot) => slot.shape.length > 0) ?? this.input("float32", this.shape(1));
    const { shape } = x;
    const axis = this.integer(shape.length);
    const size = shape[axis] ?? 1;
    const at = (other: number) => shape.map((old, i) => (i === axis ? other : old));
    const run = (name: string, out: Shape, op: (t: tf.Tensor) => tf.Tensor) =>
      this.add(name, "float32", out, (tensors) => op(get(tensors, x)));
    const perm = [...this.random.permutation(shape.length)];
    const from = this.integer(size);
    const count = 1 + this.integer(size - from);
    const moves = [
      () =>
        run(
          "transpose",
          perm.map((p) => shape[p] ?? 1),
          (t) => tf.transpose(t, perm),
        ),
      () => run("flatten", [shape.reduce((a, b) => a * b, 1)], (t) => tf.reshape(t, [-1])),
      () =>
        run("expandDims", [...shape.slice(0, axis), 1, ...shape.slice(axis)], (t) => tf.expandDims(t, axis)),
      () =>
        run("slice", at(count), (t) =>
          tf.slice(
            t,
            at(from).map((n, i) => (i === axis ? n : 0)),
            at(count),
          ),
        ),
      () => run("reverse", shape, (t) => tf.reverse(t, axis)),
      () => run("concat", at(2 * size), (t) => tf.concat([t, tf.neg(t)], axis)),
      () =>
        run("tile", at(2 * size), (t) =>
          tf.tile(
            t,
            shape.map((_, i) => (i === axis ? 2 : 1)),
          ),
        ),
      () =>
        run("pad", at(size + 3), (t) =>
          tf.pad(
            t,
            shape.map((_, i): [number, number] => (i === axis ? [1, 2] : [0, 0])),
            0.5,
          ),
        ),
      () =>
        run(
          "unstack",
          shape.filter((_, i) => i !== axis),
          (t) => tf.unstack(t, axis)[0] ?? t,
        ),
      () => run("stack", [2, ...shape], (t) => tf.stack([t, tf.abs(t)])),
    ];
    if (shape.length < 4 || this.integer(2) === 0) this.pick(moves)();
  }

  pickRows(): void {
    const table = this.input("float32", [2 + this.integer(4), 1 + this.integer(4)]);
    const rows = table.shape[0] ?? 1;
    const indices = Int32Array.from({ length: 1 + this.integer(5) }, () => this.integer(rows));
    this.add("gather", "float32", [indices.length, table.shape[1] ?? 1], (tensors) =>
      tf.gather(get(tensors, table), tf.tensor1d(indices, "int32")),
    );
  }

  argmax(): void {
    const x = this.slot("int32", (slot) => slot.shape.length > 0) ?? this.input("int32", this.shape(1));
    const axis = this.integer(x.shape.length);
    this.add(
      "argMax",
      "int32",
      x.shape.filter((_, i) => i !== axis),
      (tensors) => tf.argMax(get(tensors, x), axis),
    );
  }

  gradient(): void {
    const x = this.slot("float32") ?? this.input("float32", this.shape());
    const [name, op] = this.pick(UNARY.filter(([n]) => n !== "relu" && n !== "clip" && n !== "abs"));
    this.add(`gradient of ${name}`, "float32", x.shape, (tensors) =>
      tf.tanh(tf.grad((t) => tf.sum(op(tf.softmax(tf.reshape(t, [-1])))))(get(tensors, x))),
    );
  }
}

/** The program number `seed`: 8 to 24 operations on up to four axes, with disposals, re-assignments and settles between. */
export function randomProgram(seed: number): RandomProgram {
  const w = new Writer(seed);
  w.input("float32", w.shape());
  w.input("float32", w.shape(), true);
  const kinds = [
    () => w.unary(),
    () => w.unary(),
    () => w.binary("float32"),
    () => w.binary("float32"),
    () => w.binary("int32"),
    () => w.compare(),
    () => w.choose(),
    () => w.reduce(),
    () => w.lastAxis(),
    () => w.matmul(),
    () => w.move(),
    () => w.move(),
    () => w.pickRows(),
    () => w.argmax(),
    () => w.gradient(),
    () => w.dispose(),
    () => w.dispose(),
    () => w.assign(),
    () => w.settle(),
  ];
  const length = 8 + w.integer(17);
  for (let i = 0; i < length; i++) w.pick(kinds)();
  return { seed, steps: w.steps };
}

/** What is alive at a program's end, by slot. */
export type ProgramResult = Map<number, { shape: number[]; values: number[] }>;

/** Runs a program and reads what is alive at its end. Nothing of it stays alive, also when it throws. */
export async function runProgram(
  program: RandomProgram,
  settle: () => Promise<void>,
): Promise<ProgramResult> {
  const tensors: Tensors = new Map();
  try {
    for (const step of program.steps)
      if ("run" in step) step.run(tensors);
      else await settle();
    const out: ProgramResult = new Map();
    for (const [id, tensor] of tensors)
      out.set(id, { shape: tensor.shape, values: Array.from(await tensor.data()) });
    return out;
  } finally {
    for (const tensor of tensors.values()) tensor.dispose();
  }
}

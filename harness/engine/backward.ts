// The backward pass of a recorded loss, gradient by gradient: each is handed over as soon as nothing more adds to it, so that
// it can be used up before the next one exists. Sums and order of operations are those of tfjs's own `variableGrads`.
import { add, ones, type Tensor, engine as tfEngine, tidy } from "./tensor.ts";

type Tape = ReturnType<typeof tfEngine>["state"]["activeTape"];
type TapeNode = Tape[number];

/** Takes the gradient with respect to `of`; it is the walk's own, so what outlives the caller's tidy is kept by it. */
export type Visit = (of: Tensor, gradient: Tensor) => void;

export interface Forward {
  readonly value: Tensor;
  /** Walks back from `value`, visiting those of `targets` that it depends on. May be called again until `release`. */
  backward(targets: readonly Tensor[], visit: Visit): void;
  /** Lets go of what the forward pass saved. */
  release(): void;
}

/**
 * Runs `forward`, which returns a scalar, and keeps what its gradients need. To be called inside a tidy that also spans the
 * walks. tfjs offers no such thing: it returns all gradients at once; so the tape is taken from its public state.
 */
export function recordForward(forward: () => Tensor): Forward {
  const { state } = tfEngine();
  if (state.gradientDepth !== 0) throw new Error("a backward pass is recorded inside of another one");
  state.activeTape = [];
  state.gradientDepth++;
  let value: Tensor;
  let tape: Tape;
  try {
    value = tidy(forward);
  } finally {
    state.gradientDepth--;
    tape = state.activeTape;
    state.activeTape = [];
  }
  return {
    value,
    backward: (targets, visit) => walk(tape, value, targets, visit),
    release() {
      for (const { saved } of tape) for (const tensor of saved ?? []) tensor.dispose();
    },
  };
}

interface PathNode {
  readonly node: TapeNode;
  /** Inputs that depend on a target, in the node's order. */
  readonly names: readonly string[];
}

/** The nodes between the targets and `value`, last one first. */
function pathBack(tape: Tape, value: Tensor, targets: readonly Tensor[]): PathNode[] {
  const depends = new Set(targets.map(({ id }) => id));
  const inputsOf = (node: TapeNode) =>
    Object.keys(node.inputs).filter((name) => depends.has(node.inputs[name]?.id ?? -1));
  const forward: PathNode[] = [];
  for (const node of tape) {
    const names = inputsOf(node);
    if (names.length === 0) continue;
    for (const output of node.outputs) depends.add(output.id);
    forward.push({ node, names });
  }
  const wanted = new Set([value.id]);
  return forward.reverse().filter(({ node }) => {
    if (!node.outputs.some(({ id }) => wanted.has(id))) return false;
    for (const input of Object.values(node.inputs)) wanted.add(input.id);
    return true;
  });
}

const sameShape = (a: Tensor, b: Tensor): boolean =>
  a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i]);

function gradientOf(node: TapeNode, name: string, make: (() => Tensor) | undefined): Tensor {
  if (make === undefined)
    throw new Error(`the gradient of ${node.kernelName} has none for its input ${name}`);
  const gradient = tidy(make);
  const input = node.inputs[name];
  if (gradient.dtype !== "float32" || input === undefined || !sameShape(gradient, input))
    throw new Error(
      `the gradient of ${node.kernelName} for ${name} is ${gradient.dtype} [${gradient.shape}], not float32 [${input?.shape}]`,
    );
  return gradient;
}

function walk(tape: Tape, value: Tensor, targets: readonly Tensor[], visit: Visit): void {
  const path = pathBack(tape, value, targets);
  // A target's gradient is complete behind the node that used it first.
  const completedBy = new Map<number, number>();
  for (const [place, { node, names }] of path.entries())
    for (const name of names) completedBy.set(node.inputs[name]?.id ?? -1, place);
  const byPlace = new Map<number, Tensor[]>();
  for (const target of targets) {
    const place = completedBy.get(target.id);
    if (place !== undefined) byPlace.set(place, [...(byPlace.get(place) ?? []), target]);
  }
  const gradients = new Map<number, Tensor>([[value.id, ones(value.shape)]]);
  for (const [place, { node, names }] of path.entries()) {
    if (node.gradient === undefined) throw new Error(`${node.kernelName} has no gradient`);
    // What the node makes of a missing gradient is zeros; tfjs's type does not say that it may be missing.
    const made = node.gradient(node.outputs.map(({ id }) => gradients.get(id) ?? null) as Tensor[]);
    for (const name of names) {
      const gradient = gradientOf(node, name, made[name]);
      const id = node.inputs[name]?.id ?? -1;
      const before = gradients.get(id);
      gradients.set(id, before === undefined ? gradient : add(before, gradient));
    }
    for (const target of byPlace.get(place) ?? []) {
      const gradient = gradients.get(target.id);
      if (gradient !== undefined) visit(target, gradient);
    }
  }
}

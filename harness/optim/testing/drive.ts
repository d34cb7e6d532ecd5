// Runs an optimizer on one parameter with given gradients, as the training loop does, for tests of update rules.
import type { Engine } from "#harness/engine/engine.ts";
import { keep, type Tensor, tensor, tidy } from "#harness/engine/tensor.ts";
import type { Optimizer, OptimizerState, UpdateOutput } from "../optimizer.ts";

export interface DriveOptions {
  readonly shape: readonly number[];
  readonly start: Float32Array;
  readonly gradients: readonly Float32Array[];
  readonly learningRate: number;
  readonly weightDecay?: number;
  /** Multiplies every gradient (clipping). */
  readonly gradientScale?: number;
}

export interface Driven {
  /** Values after each step. */
  readonly values: readonly Float32Array[];
  /** State on the host after each step. */
  readonly states: readonly Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>[];
  /** Bytes of the state tensors after the last step, at 4 bytes a number. */
  readonly stateBytes: number;
}

/** All steps in order; the tensors it makes are released. */
export async function drive(engine: Engine, optimizer: Optimizer, options: DriveOptions): Promise<Driven> {
  const { shape, learningRate, weightDecay = 0 } = options;
  const param = { name: "w", shape };
  let value: Tensor = tensor(options.start.slice(), [...shape]);
  let state: OptimizerState = optimizer.init(param);
  const values: Float32Array[] = [];
  const states: Record<string, Float32Array | Int32Array | Uint8Array>[] = [];
  for (const [index, gradient] of options.gradients.entries()) {
    const step = index + 1;
    if (optimizer.refresh?.due(step) === true) {
      await engine.settle();
      state = { ...state, ...optimizer.refresh.run({ param, gradient, state, step }) };
    }
    const before = state;
    let output: UpdateOutput | undefined;
    tidy(() => {
      output = optimizer.update({
        param,
        value,
        gradient: tensor(gradient.slice(), [...shape]),
        state: before,
        learningRate,
        weightDecay,
        step,
        first: step === 1,
        gradientScale: options.gradientScale === undefined ? null : tensor(options.gradientScale),
      });
      keep(output.value);
      for (const held of Object.values(output.state)) keep(held);
    });
    await engine.settle();
    if (output === undefined) throw new Error("no update");
    value = output.value;
    state = output.state;
    values.push((await value.data<"float32">()).slice());
    const host: Record<string, Float32Array | Int32Array | Uint8Array> = {};
    for (const [name, held] of Object.entries(state)) host[name] = (await held.data()).slice();
    states.push(host);
  }
  const stateBytes = Object.values(state).reduce((sum, held) => sum + 4 * held.size, 0);
  return { values, states, stateBytes };
}

/** b - a, entry by entry, in double precision. */
export const difference = (a: Float32Array, b: Float32Array): Float64Array =>
  Float64Array.from(b, (value, i) => value - (a[i] as number));

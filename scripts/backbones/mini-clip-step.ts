// One pre-training step of mini-CLIP: symmetric InfoNCE with several positives a caption, AdamW.
import type { Engine } from "#harness/engine/engine.ts";
import {
  add,
  dispose,
  exp,
  keep,
  logSoftmax,
  matMul,
  minimum,
  mul,
  neg,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  tidy,
  transpose,
  variableGrads,
} from "#harness/engine/tensor.ts";
import type { Param } from "#harness/nn/param.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { adamw } from "#harness/optim/adam.ts";
import type { OptimizerState, UpdateOutput } from "#harness/optim/optimizer.ts";
import { unitRows } from "#tasks/models/clip-model.ts";
import type { MiniClipImage, MiniClipText } from "#tasks/models/mini-clip.ts";

export interface Batch {
  /** [B, 64, 64, 3] and [B, 512]. */
  readonly pixels: Float32Array;
  readonly vectors: Float32Array;
  /** [B, B]: row i has 1 / n at the n pictures that caption i fits. */
  readonly positives: Float32Array;
  readonly size: number;
}

export interface Trained {
  readonly image: MiniClipImage;
  readonly text: MiniClipText;
  /** Natural logarithm of the factor on cosines, [1]. */
  readonly logScale: Param;
  readonly params: readonly Param[];
  readonly states: Map<Param, OptimizerState>;
}

const optimizer = adamw({ beta2: 0.98 });
export const freshState = (param: Param): OptimizerState => optimizer.init(param);
/** The factor learns this many times as fast as the weights, and never exceeds e^4.6 = 100, as CLIP's. */
const SCALE_RATE = 10;
const MAX_LOG_SCALE = Math.log(100);

/** Mean cross-entropy of the rows of `logits` against the shares of `wanted`, both [B, B]. */
const softCrossEntropy = (logits: Tensor, wanted: Tensor, size: number): Tensor =>
  mul(neg(sum(mul(wanted, logSoftmax(logits)))), 1 / size);

/** Runs a step and returns the loss before it. */
export async function pretrainStep(
  engine: Engine,
  model: Trained,
  batch: Batch,
  options: { readonly step: number; readonly learningRate: number; readonly weightDecay: number },
): Promise<number> {
  const { size } = batch;
  const side = Math.sqrt(batch.pixels.length / size / 3);
  const { value, grads } = tidy(() => {
    const pixels = tensor(batch.pixels, [size, side, side, 3]);
    const vectors = tensor(batch.vectors, [size, batch.vectors.length / size]);
    const byText = tensor(batch.positives, [size, size]);
    const byPicture = tensor(turned(batch.positives, size), [size, size]);
    const made = variableGrads(
      () => {
        const pictures = unitRows(model.image.encode({ pixels }, EVALUATION));
        const texts = unitRows(model.text.encodeRows(vectors, EVALUATION));
        const scale = exp(minimum(model.logScale.variable, MAX_LOG_SCALE));
        const logits = mul(matMul(texts, pictures, false, true), scale);
        const both = add(
          softCrossEntropy(logits, byText, size),
          softCrossEntropy(transpose(logits), byPicture, size),
        );
        return mul(both, 0.5) as Scalar;
      },
      model.params.map((param) => param.variable),
    );
    keep(made.value);
    for (const gradient of Object.values(made.grads)) keep(gradient);
    return made;
  });
  const updated: { readonly param: Param; readonly output: UpdateOutput }[] = [];
  tidy(() => {
    for (const param of model.params) {
      const gradient = grads[param.variable.name];
      const state = model.states.get(param);
      if (gradient === undefined || state === undefined) throw new Error(`nothing for ${param.name}`);
      const isScale = param === model.logScale;
      const output = optimizer.update({
        param,
        value: param.variable,
        gradient,
        state,
        learningRate: options.learningRate * (isScale ? SCALE_RATE : 1),
        weightDecay: param.role === "matrix" ? options.weightDecay : 0,
        step: options.step,
        first: options.step === 1,
        gradientScale: null,
      });
      for (const each of [output.value, ...Object.values(output.state)]) keep(each);
      updated.push({ param, output });
    }
  });
  for (const { param, output } of updated) {
    param.assign(output.value);
    for (const [name, old] of Object.entries(model.states.get(param) ?? {}))
      if (old !== output.state[name]) old.dispose();
    model.states.set(param, output.state);
  }
  dispose(Object.values(grads));
  await engine.settle();
  const loss = (await value.data())[0] ?? Number.NaN;
  value.dispose();
  return loss;
}

/** The shares seen from the pictures: transposed, each row scaled to 1. */
function turned(positives: Float32Array, size: number): Float32Array {
  const out = new Float32Array(size * size);
  for (let picture = 0; picture < size; picture++) {
    let count = 0;
    for (let text = 0; text < size; text++) if ((positives[text * size + picture] as number) > 0) count++;
    for (let text = 0; text < size; text++)
      if ((positives[text * size + picture] as number) > 0) out[picture * size + text] = 1 / count;
  }
  return out;
}

// Gradients of a method's trained numbers against finite differences of the whole loss, along two directions of each
// parameter: the gradient's own, which shows every wrong factor, and a random one, which shows what points elsewhere.
import { type Scalar, tidy, variableGrads } from "#harness/engine/tensor.ts";
import type { Stage } from "#harness/method/contract.ts";
import type { Param } from "#harness/nn/param.ts";
import { stream } from "#harness/random/stream.ts";
import { uploadBatch } from "#harness/train/batch.ts";
import { totalLoss } from "#harness/train/forward.ts";
import type { Toy } from "./toy/run.ts";

/**
 * Half widths of the central differences, in units of the parameter's length; the best counts. Wide ones cross kinks and
 * curvature, narrow ones drown in the rounding of a float32 loss.
 */
const WIDTHS = [0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001];
/** Parameters compared, the method's own first. */
const MOST = 6;
/** Error allowed, relative to the gradient's length. */
const RELATIVE = 0.03;
/** What rounding of two float32 losses near 1 may leave in their difference. */
const ROUNDING = 2e-7;
/** Widths at which rounding explains more than this share of the gradient show nothing and are left out. */
const NOISE = 0.1;

export interface Slope {
  readonly param: string;
  /** Length of the gradient. */
  readonly gradient: number;
  /** The largest difference of two slopes beyond what is allowed; 0 where all agree. */
  readonly excess: number;
  /** Slope by gradient and by differences, where they differ most. */
  readonly worst: { readonly byGradient: number; readonly byDifferences: number };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
};
const length = (values: ArrayLike<number>): number => Math.sqrt(dot(values, values));

/** Loss of the batch and, where asked for, gradients on the host. Dropout draws the same masks every time. */
async function lossOf(toy: Toy, stage: Stage, step: number, params: readonly Param[]) {
  const { engine, task, data, seed } = toy.run;
  const compute = (): Scalar => {
    const batch = uploadBatch(data.longest(16));
    const dropout = stream(seed, "check", "dropout");
    return totalLoss({ task, model: toy.model, stage, step, dropout }, batch) as Scalar;
  };
  const { value, grads } = tidy(() => {
    if (params.length === 0) return { value: compute(), grads: {} };
    return variableGrads(
      compute,
      params.map((param) => param.variable),
    );
  });
  await engine.settle();
  const loss = (await value.data())[0] ?? Number.NaN;
  const gradients = new Map<Param, Float32Array>();
  for (const param of params) {
    const gradient = (grads as Record<string, typeof value | null>)[param.variable.name];
    if (gradient === undefined || gradient === null)
      throw new Error(`the loss does not depend on trained ${param.name}`);
    gradients.set(param, (await gradient.data<"float32">()).slice());
    gradient.dispose();
  }
  value.dispose();
  return { loss, gradients };
}

/** Compares the trained parameters of the model as it is; `base` are the names that the method did not add. */
export async function compareGradients(
  toy: Toy,
  stage: Stage,
  step: number,
  base: ReadonlySet<string>,
): Promise<Slope[]> {
  const trained = toy.model.params().filter((param) => param.trainable);
  const own = trained.filter((param) => !base.has(param.name));
  const chosen = [...own, ...trained.filter((param) => base.has(param.name))].slice(0, MOST);
  const { gradients } = await lossOf(toy, stage, step, chosen);
  const slopes: Slope[] = [];
  for (const param of chosen) {
    const gradient = gradients.get(param);
    if (gradient !== undefined) slopes.push(await compareOne(toy, stage, step, param, gradient));
  }
  return slopes;
}

async function compareOne(
  toy: Toy,
  stage: Stage,
  step: number,
  param: Param,
  gradient: Float32Array,
): Promise<Slope> {
  const values = (await param.read()).slice();
  const scale = Math.max(length(values), 0.1 * Math.sqrt(values.length));
  const random = stream(toy.run.seed, "check", "direction", param.name);
  const signs = Float32Array.from(gradient, () => (random.uniform() < 0.5 ? -1 : 1));
  const norm = length(gradient);
  let excess = 0;
  let worst = { byGradient: norm, byDifferences: norm };
  for (const direction of [norm === 0 ? signs : gradient, signs]) {
    const byGradient = dot(gradient, direction) / length(direction);
    let best = Number.POSITIVE_INFINITY;
    let bestSlope = Number.NaN;
    for (const width of WIDTHS) {
      const h = (width * scale) / length(direction);
      const noise = ROUNDING / (width * scale);
      if (noise > NOISE * norm && Number.isFinite(best)) break;
      const at = async (sign: 1 | -1): Promise<number> => {
        param.load(values.map((value, i) => value + sign * h * (direction[i] as number)));
        return (await lossOf(toy, stage, step, [])).loss;
      };
      const slope = ((await at(1)) - (await at(-1))) / (2 * width * scale);
      const beyond = Math.abs(slope - byGradient) - RELATIVE * norm - noise;
      if (beyond < best) [best, bestSlope] = [beyond, slope];
      if (best <= 0) break;
    }
    if (best > excess) [excess, worst] = [best, { byGradient, byDifferences: bestSlope }];
  }
  param.load(values);
  return { param: param.name, gradient: norm, excess, worst };
}

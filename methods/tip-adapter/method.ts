// Tip-Adapter and Tip-Adapter-F (Zhang et al., ECCV 2022): a cache of the shots' features beside CLIP's zero-shot scores, as it
// is or with trained keys. Baseline card, section D. Scaled down: keys are features of the shots as they are, where the
// official code averages ten augmented views; -F trains for the task's budget. alpha and beta are chosen on validation.
import { z } from "zod";
import { type Calibration, defineMethod, type Method } from "#harness/method/contract.ts";
import { adamStateBytes, bytesOf, countOf, FLOAT_BYTES } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import { namedClasses } from "#harness/method/support.ts";
import { adamw } from "#harness/optim/adam.ts";
import { CacheHead } from "./cache-head.ts";
import { type Choice, chooseWeights } from "./grid.ts";

const config = z.strictObject({
  trained: z
    .boolean()
    .default(false)
    .describe("true for Tip-Adapter-F, which trains the cache's keys; official default both"),
  alpha: z
    .number()
    .min(0)
    .default(1.17)
    .describe("weight of the cache before the search, and while keys train; official 1.17"),
  beta: z
    .number()
    .positive()
    .default(1)
    .describe("sharpness of likeness before the search, and while keys train; official 1"),
  search: z
    .boolean()
    .default(true)
    .describe(
      "choose alpha (20 values to 5) and beta (200 values to 12) on validation pictures; official true",
    ),
  learningRate: learningRate(1e-3, "official code 1e-3 for the keys"),
});
type Config = z.infer<typeof config>;

/** Rows at length 1; `features` [items, width]. */
function unit(features: Float32Array, width: number): Float32Array {
  const out = new Float32Array(features.length);
  for (let from = 0; from < features.length; from += width) {
    let square = 0;
    for (let d = 0; d < width; d++) square += (features[from + d] as number) ** 2;
    for (let d = 0; d < width; d++) out[from + d] = (features[from + d] as number) / Math.sqrt(square);
  }
  return out;
}

/** Products of all rows of a and b, [items of a, items of b]. */
function products(a: Float32Array, b: Float32Array, width: number): Float32Array {
  const [rows, columns] = [a.length / width, b.length / width];
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += (a[i * width + d] as number) * (b[j * width + d] as number);
      out[i * columns + j] = sum;
    }
  }
  return out;
}

/** Chooses by validation pictures, whose scores by the texts alone and unit features are given. */
async function search(
  validation: Awaited<ReturnType<Calibration["outputs"]>>,
  head: CacheHead,
  classes: ArrayLike<number>,
): Promise<Choice> {
  const width = head.inFeatures;
  return chooseWeights({
    likeness: products(unit(validation.features, width), await head.keys.read(), width),
    scores: validation.scores,
    targets: validation.targets,
    classes,
    outputs: head.outFeatures,
  });
}

export const method: Method<Config> = defineMethod({
  id: "tip-adapter",
  title: "Tip-Adapter",
  kind: "baseline",
  paper: {
    title: "Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification",
    authors: "Zhang, Zhang, Fang, Gao, Li, Dai, Qiao, Li",
    year: 2022,
    venue: "ECCV 2022",
    url: "https://arxiv.org/abs/2207.09519",
  },
  fidelity: "official code",
  summary:
    "Keeps the shots' features and lets each vote for its class by likeness, beside the zero-shot scores; -F trains the kept features.",
  families: ["clip"],
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: null, finishKeeps: null, gradients: "exact" },
  supports: namedClasses("Tip-Adapter"),
  async setup({ model, calibration, note }, config) {
    for (const param of model.params()) param.trainable = false;
    const base = { parameters: countOf(model.params()), bytes: bytesOf(model.params()) };
    const train = await calibration.outputs("train");
    // Scores without the cache: the head still stands as it was.
    const validation = await calibration.outputs("validation");
    const width = model.head.module.inFeatures;
    const head = new CacheHead(model.head.module, {
      keys: unit(train.features, width),
      classes: train.targets,
      alpha: config.alpha,
      beta: config.beta,
    });
    head.keys.trainable = config.trained;
    model.head.module = head;
    const trainable = config.trained ? train.items * width : 0;
    const stored = train.items * width + 2;
    let finished = false;
    return {
      stages: [
        {
          name: config.trained ? "train" : "none",
          learningRate: config.learningRate,
          budgetShare: config.trained ? 1 : 0,
          // Official code: epsilon 1e-4.
          optimizer: adamw({ epsilon: 1e-4 }),
        },
      ],
      async finish() {
        if (finished) return;
        finished = true;
        if (!config.search) return;
        const { alpha, beta, accuracy } = await search(validation, head, train.targets);
        head.alpha = alpha;
        head.beta = beta;
        note(
          `alpha ${alpha.toFixed(3)}, beta ${beta.toFixed(3)}: ${(100 * accuracy).toFixed(1)} % of ${validation.items} validation pictures`,
        );
      },
      declared: {
        trainable,
        optimizerStateBytes: adamStateBytes(trainable),
        deployedParameters: base.parameters + stored,
        deployedBytes: base.bytes + FLOAT_BYTES * (stored + train.items),
      },
    };
  },
});

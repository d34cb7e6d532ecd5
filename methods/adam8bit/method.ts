// Full fine-tuning with 8-bit AdamW (Dettmers et al., ICLR 2022): both moments are stored as 8-bit codes in blocks.
// Baseline card, section C, after bitsandbytes. Emulated: codes are stored, the step itself runs in float32 on the host.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseDeployment } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import { IMAGE_RATES } from "#harness/method/image-presets.ts";
import { WORD_RATES } from "#harness/method/scratch-presets.ts";
import { adam8bit, adam8bitStateBytes } from "#harness/optim/adam8bit.ts";

const config = z.strictObject({
  learningRate: learningRate(5e-4, "equal to full fine-tuning on use-lite"),
  epsilon: z
    .number()
    .positive()
    .default(1e-8)
    .describe("added to the root of the second moment; baseline card 1e-8"),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "adam8bit",
  title: "8-bit AdamW",
  kind: "optimizer",
  paper: {
    title: "8-bit Optimizers via Block-wise Quantization",
    authors: "Dettmers, Lewis, Shleifer, Zettlemoyer",
    year: 2022,
    venue: "ICLR 2022",
    url: "https://arxiv.org/abs/2110.02861",
  },
  fidelity: "official code",
  summary:
    "Trains all weights with AdamW whose two moments are kept as 8-bit codes, a quarter of the usual state.",
  families: ["glue", "text", "ctr", "image", "clip", "lm"],
  config,
  presets: [
    { when: { backbone: "bert-base" }, set: { learningRate: 2e-5 }, source: "recipe of full fine-tuning" },
    ...IMAGE_RATES,
    ...WORD_RATES,
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model }, { learningRate, epsilon }) {
    for (const param of model.params()) param.trainable = true;
    return {
      stages: [{ name: "train", learningRate, budgetShare: 1, optimizer: adam8bit({ epsilon }) }],
      declared: {
        ...denseDeployment(model, countOf(model.params())),
        optimizerStateBytes: model.params().reduce((sum, param) => sum + adam8bitStateBytes(param.size), 0),
      },
    };
  },
});

// BitFit (Ben Zaken et al., ACL 2022): only the biases of linear maps and normalisations, and the head, are trained.
// Baseline card, section A, after the official code. Scaled down: the task's batch of 32 instead of 8, fewer epochs.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { denseDeployment, headSize } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import { freezeAllButHead } from "#harness/method/rewrite.ts";
import { isLinear } from "#harness/nn/linear.ts";

const config = z.strictObject({ learningRate: learningRate(1e-3, "official code 1e-3") });
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "bitfit",
  title: "BitFit",
  kind: "adapter",
  paper: {
    title: "BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models",
    authors: "Ben Zaken, Goldberg, Ravfogel",
    year: 2022,
    venue: "ACL 2022",
    url: "https://arxiv.org/abs/2106.10199",
  },
  fidelity: "official code",
  summary: "Freezes all weights and trains only biases, of linear maps and of normalisations, and the head.",
  families: ["glue", "text", "image", "clip", "lm"],
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model }, { learningRate }) {
    freezeAllButHead(model);
    let biases = 0;
    for (const { kind, module } of model.sites) {
      if (kind === "linear" && module !== model.head.module && isLinear(module) && module.bias !== null) {
        module.bias.trainable = true;
        biases += module.outFeatures;
      }
      if (kind === "norm") {
        // The official code picks by name: the shift of a normalisation is called `bias`, its gain `weight`.
        for (const param of module.params()) param.trainable = param.name.endsWith(".bias");
        biases += module.width;
      }
    }
    return {
      stages: [{ name: "train", learningRate, budgetShare: 1 }],
      declared: denseDeployment(model, biases + headSize(model)),
    };
  },
});

// Zero-shot: an image-text model as it is, its classes given by their names (Radford et al. 2021, section 3.1). The floor of
// few-shot methods. Baseline card, section D. Scaled down: one prompt a class, the task's own, as for every other arm.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { denseDeployment } from "#harness/method/costs.ts";
import { namedClasses } from "#harness/method/support.ts";

const config = z.strictObject({});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "zero-shot",
  title: "CLIP zero-shot",
  kind: "baseline",
  paper: {
    title: "Learning Transferable Visual Models From Natural Language Supervision",
    authors:
      "Radford, Kim, Hallacy, Ramesh, Goh, Agarwal, Sastry, Askell, Mishkin, Clark, Krueger, Sutskever",
    year: 2021,
    venue: "ICML 2021",
    url: "https://arxiv.org/abs/2103.00020",
  },
  fidelity: "paper",
  summary: "Trains nothing: a picture goes to the class whose text is nearest to it.",
  families: ["clip"],
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact" },
  supports: namedClasses("Zero-shot"),
  async setup({ model }) {
    for (const param of model.params()) param.trainable = false;
    return {
      stages: [{ name: "none", learningRate: 0, budgetShare: 0 }],
      declared: denseDeployment(model, 0),
    };
  },
});

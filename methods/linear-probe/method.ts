// Linear probe: the encoder stays frozen, in evaluation mode where it is deterministic, and only the head is trained.
// Baseline card, section A. Scaled down: features are computed in the loop, not cached, so that steps compare with other arms.
import { z } from "zod";
import { headGroup } from "#harness/method/adapter.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { denseDeployment, headSize } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import { freezeAllButHead } from "#harness/method/rewrite.ts";

const config = z.strictObject({
  learningRate: learningRate(3e-3, "middle of the baseline card's grid 1e-3, 3e-3, 1e-2"),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "linear-probe",
  title: "Linear probe",
  kind: "baseline",
  paper: null,
  fidelity: "paper",
  summary: "Keeps the pre-trained encoder frozen and trains only the task's head on its features.",
  families: ["glue", "text", "image", "clip"],
  config,
  presets: [],
  startsFrom: "pretrained",
  supports: () => ({ ok: true }),
  async setup({ model }, { learningRate }) {
    freezeAllButHead(model);
    const head = { ...headGroup(model, 1), weightDecay: 0 };
    return {
      stages: [{ name: "train", learningRate, budgetShare: 1, groups: [head] }],
      declared: denseDeployment(model, headSize(model)),
    };
  },
});

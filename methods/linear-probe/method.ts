// Linear probe: the encoder stays frozen, in evaluation mode where it is deterministic, and only the head is trained.
// Baseline card, section A. Scaled down: features are computed in the loop, not cached, so that steps compare with other arms.
// Click-through models have no pre-trained features: their first-order weights, one an id, train with the head, which is
// logistic regression on one-hot ids. Image-text models get a fresh head in the place of their text tower.
import { z } from "zod";
import { headGroup } from "#harness/method/adapter.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseDeployment, headSize } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import { freezeAllButHead } from "#harness/method/rewrite.ts";
import type { Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";

const config = z.strictObject({
  learningRate: learningRate(3e-3, "middle of the baseline card's grid 1e-3, 3e-3, 1e-2"),
});
type Config = z.infer<typeof config>;

/** Tables of one number an id: the linear part of a model of categories. Other models have none. */
const firstOrderTables = ({ sites }: Model): readonly Param[] =>
  sites.flatMap((site) => (site.kind === "embedding" && site.module.width === 1 ? site.module.params() : []));

export const method: Method<Config> = defineMethod({
  id: "linear-probe",
  title: "Linear probe",
  kind: "baseline",
  paper: null,
  fidelity: "paper",
  summary:
    "Keeps the pre-trained encoder frozen and trains only the task's head on its features; logistic regression on ids for click-through models.",
  families: ["glue", "text", "ctr", "image", "clip"],
  config,
  presets: [
    {
      when: { family: "ctr" },
      set: { learningRate: 1e-2 },
      source:
        "own measurement: lowest log loss on validation rows of movielens and frappe of 3e-3, 1e-2, 3e-2",
    },
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model, random }, { learningRate }) {
    // Classes that a text tower gives have no numbers to train: a map from the features takes its place.
    if (model.head.module.params().length === 0) model.freshHead?.(random("head"));
    freezeAllButHead(model);
    const tables = firstOrderTables(model);
    for (const table of tables) table.trainable = true;
    const head = headGroup(model, 1);
    const linear = { ...head, params: [...head.params, ...tables], weightDecay: 0 };
    return {
      stages: [{ name: "train", learningRate, budgetShare: 1, groups: [linear] }],
      declared: denseDeployment(model, headSize(model) + countOf(tables)),
    };
  },
});

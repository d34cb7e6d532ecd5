// The training stage after a compression step: the recipe of full fine-tuning over what the compression left.
import { z } from "zod";
import type { Model } from "#harness/nn/model.ts";
import type { Stage } from "./contract.ts";
import { adamStateBytes } from "./costs.ts";

/** Configuration field: how much training follows. */
export const recoverShare = (byDefault: number, source: string) =>
  z
    .number()
    .min(0)
    .max(4)
    .default(byDefault)
    .describe(`training after compression, in budgets of full fine-tuning; 0 for none; ${source}`);

/** The stage `recover`: trains every parameter, or with a share of 0 none. Masks stay frozen. */
export function recoverStage(model: Model, budgetShare: number, learningRate: number): Stage {
  for (const param of model.params()) param.trainable = budgetShare > 0 && param.storedAs !== "bool";
  return { name: "recover", learningRate, budgetShare };
}

/** Declared training costs of that stage when it trains `trainable` numbers. */
export const recoverCosts = (budgetShare: number, trainable: number) => {
  const trained = budgetShare > 0 ? trainable : 0;
  return { trainable: trained, optimizerStateBytes: adamStateBytes(trained) };
};

// Text models from scratch, by the id that a preset names. Their vocabulary is the task's own.
import { unknownName } from "#harness/failure/suggest.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import { BIGRU_PLACES, BidirectionalGru } from "./gru.ts";
import { SMALL_TRANSFORMER_PLACES, SmallTransformer } from "./small-transformer.ts";
import type { WordModelOptions } from "./word-parts.ts";

interface WordBackbone {
  readonly places: readonly LinearPlace[];
  make(options: WordModelOptions): Model;
}

const BACKBONES: ReadonlyMap<string, WordBackbone> = new Map<string, WordBackbone>([
  ["bigru", { places: BIGRU_PLACES, make: (options) => new BidirectionalGru(options) }],
  [
    "small-transformer",
    { places: SMALL_TRANSFORMER_PLACES, make: (options) => new SmallTransformer(options) },
  ],
]);

function backbone(id: string): WordBackbone {
  const found = BACKBONES.get(id);
  if (found === undefined)
    throw unknownName({ reason: "usage", kind: "backbone", name: id, known: [...BACKBONES.keys()] });
  return found;
}

/** Inputs `ids` and `mask` [B, T]; one score a class. */
export const wordBackbones = {
  places: (id: string): readonly LinearPlace[] => backbone(id).places,
  model: (id: string, options: WordModelOptions): Model => backbone(id).make(options),
};

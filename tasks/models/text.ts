// Text backbones by id: the tokenizer and the classifier that go together.

import type { JointText } from "#harness/data/tokenizers/joint.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { BERT_BACKBONES } from "./bert-backbones.ts";
import { SENTENCE_ENCODER_PLACES, SentenceEncoder } from "./sentence-encoder.ts";
import { readUseLiteTokenizer, readUseLiteWeights } from "./use-lite.ts";

export interface TextTokenizer {
  /** Token ids without special tokens; an empty text gives none. */
  encode(text: string): number[];
  /** Where the model reads all texts of a row as one sequence: that sequence with its marks, of at most `limit` ids. */
  join?(texts: readonly (readonly number[])[], limit: number): JointText;
}

interface TextBackbone {
  readonly places: readonly LinearPlace[];
  tokenizer(): Promise<TextTokenizer>;
  classifier(options: ModelOptions & { readonly texts: 1 | 2 }): Promise<Model>;
}

interface ModelOptions {
  /** Classes, or 1 for a value. */
  readonly outputs: number;
  readonly init: Stream;
}

const BACKBONES: ReadonlyMap<string, TextBackbone> = new Map<string, TextBackbone>([
  [
    "use-lite",
    {
      places: SENTENCE_ENCODER_PLACES,
      tokenizer: readUseLiteTokenizer,
      classifier: async (options) => new SentenceEncoder({ weights: await readUseLiteWeights(), ...options }),
    },
  ],
  ...BERT_BACKBONES,
]);

function backbone(id: string): TextBackbone {
  const found = BACKBONES.get(id);
  if (found === undefined) {
    throw new RankbenchError({
      reason: "unsupported",
      thing: `backbone ${id}`,
      problem: "its checkpoints cannot be loaded by this version",
      wanted: [...BACKBONES.keys()].join(", "),
      next: "choose another scale with --scale small",
    });
  }
  return found;
}

const forTexts = (texts: 1 | 2) => ({
  places: (id: string): readonly LinearPlace[] => backbone(id).places,
  tokenizer: (id: string): Promise<TextTokenizer> => backbone(id).tokenizer(),
  model: (id: string, options: ModelOptions): Promise<Model> =>
    backbone(id).classifier({ ...options, texts }),
});

/** Backbones for tasks on one text: inputs `ids` and `mask` [B, T], and `types` where the tokenizer joins texts. */
export const textBackbones = forTexts(1);

/**
 * The same backbones for pairs of texts: encoded one beside the other, inputs `ids` and `mask` [B, 2, T], or by a tokenizer
 * that joins them as one sequence, inputs `ids`, `mask` and `types` [B, T].
 */
export const pairBackbones = forTexts(2);

// Text backbones by id: the tokenizer and the classifier that go together.
import { RankbenchError } from "#harness/failure/error.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { SENTENCE_ENCODER_PLACES, SentenceEncoder } from "./sentence-encoder.ts";
import { readUseLiteTokenizer, readUseLiteWeights } from "./use-lite.ts";

export interface TextTokenizer {
  /** Token ids without special tokens; an empty text gives none. */
  encode(text: string): number[];
}

interface TextBackbone {
  readonly places: readonly LinearPlace[];
  tokenizer(): Promise<TextTokenizer>;
  classifier(options: { readonly outputs: number; readonly init: Stream }): Promise<Model>;
}

const BACKBONES: ReadonlyMap<string, TextBackbone> = new Map([
  [
    "use-lite",
    {
      places: SENTENCE_ENCODER_PLACES,
      tokenizer: readUseLiteTokenizer,
      classifier: async (options) => new SentenceEncoder({ weights: await readUseLiteWeights(), ...options }),
    },
  ],
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

export const textPlaces = (id: string): readonly LinearPlace[] => backbone(id).places;

export const textTokenizer = (id: string): Promise<TextTokenizer> => backbone(id).tokenizer();

export const textModel = (
  id: string,
  options: { readonly outputs: number; readonly init: Stream },
): Promise<Model> => backbone(id).classifier(options);

// What all language-modelling tasks do alike: tokens, windows, token loss, perplexity's parts. A task file gives the data:
// source, texts of the splits, tokenizer, presets, metrics. Models are handed in, so that this file knows none.
import type { DataSource, ResolvedSource } from "#harness/data/source.ts";
import { sequenceCrossEntropy, softmaxCrossEntropy } from "#harness/nn/losses.ts";
import type { Model } from "#harness/nn/model.ts";
import { reshape } from "#harness/nn/ops.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { ScalePreset, Task, TaskData } from "#harness/task/contract.ts";
import { generateText } from "./lm-generate.ts";
import { WindowSplit, windowData } from "./lm-split.ts";
import { type LmTokenizer, tokenText } from "./lm-tokens.ts";

/** Tokens of a window: the context of every model of the family, so that perplexities are of one windowing. */
export const CONTEXT = 128;

const TEMPERATURE = 0.8;
const GENERATED = 400;

/** Contiguous parts of one text, or texts that were published apart. */
export interface LmTexts {
  readonly train: string;
  readonly validation: string;
  readonly test: string;
}

/** Language models by the id that a preset names. */
export interface LmBackbones {
  places(id: string): readonly LinearPlace[];
  model(id: string, options: { readonly vocabulary: number; readonly init: Stream }): Model | Promise<Model>;
}

type Given = "id" | "title" | "description" | "version" | "metrics" | "floor" | "scales" | "evaluate";

export interface LmTaskSpec extends Pick<Task, Given> {
  readonly source: DataSource;
  readonly backbones: LmBackbones;
  /** Tokens of the model, however many the tokenizer has learnt. */
  readonly vocabulary: number;
  tokenizer(trainText: string): LmTokenizer;
  /** Texts of the real files, or of the embedded sample, which has the files' own form. */
  texts(source: ResolvedSource, preset: ScalePreset): Promise<LmTexts>;
}

export interface LmTaskData extends TaskData {
  readonly tokenizer: LmTokenizer;
}

/** Cuts `text` into parts of these shares of its characters, in order. */
export function cutText(text: string, shares: readonly [train: number, validation: number]): LmTexts {
  const [train, validation] = [shares[0], shares[0] + shares[1]].map((share) =>
    Math.floor(share * text.length),
  );
  return {
    train: text.slice(0, train),
    validation: text.slice(train, validation),
    test: text.slice(validation),
  };
}

/** The first `rows` windows of a split's tokens, all if null. */
const limit = (list: Int32Array, rows: number | null): number =>
  rows === null ? list.length : Math.min(list.length, rows * CONTEXT + 1);

/** The task: cross-entropy of each token given those before it in its window. */
export function lmTask(spec: LmTaskSpec): Task<LmTaskData> {
  const { source, backbones, vocabulary, tokenizer: makeTokenizer, texts, ...facts } = spec;
  return {
    ...facts,
    family: "lm",
    sources: [source],
    classes: null,
    outputs: vocabulary,
    predictionKind: "nats",
    loss: (scores, targets) => softmaxCrossEntropy(scores, reshape(targets, [targets.size])),
    // As many rows of scores as a training batch has.
    scoring: { batchSize: 16, score: sequenceCrossEntropy },
    async load({ preset, sources }) {
      const resolved = sources.get(source.id);
      if (resolved === undefined) throw new Error(`source ${source.id} was not resolved`);
      const parts = await texts(resolved, preset);
      const tokenizer = makeTokenizer(parts.train);
      if (tokenizer.size > vocabulary)
        throw new Error(`task ${facts.id}: ${tokenizer.size} tokens of ${vocabulary}`);
      const split = (text: string, rows: number | null) => {
        const { ids, characters } = tokenText(text, tokenizer);
        const end = limit(ids, rows);
        return new WindowSplit(
          { ids: ids.subarray(0, end), characters: characters.subarray(0, end) },
          CONTEXT,
        );
      };
      const data = windowData({
        train: split(parts.train, preset.trainRows),
        validation: split(parts.validation, preset.validationRows),
        test: split(parts.test, null),
      });
      return { ...data, tokenizer };
    },
    places: (preset) => backbones.places(preset.backbone),
    async model({ preset, init }) {
      return backbones.model(preset.backbone, { vocabulary, init });
    },
    generate: ({ data, random, forward }) =>
      generateText({
        tokenizer: data.tokenizer,
        vocabulary,
        context: CONTEXT,
        random,
        temperature: TEMPERATURE,
        characters: GENERATED,
        forward,
      }),
  };
}

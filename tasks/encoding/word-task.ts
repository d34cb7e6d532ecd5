// What text tasks on models from scratch do alike: words in place of a pre-trained model's pieces, a vocabulary of their own
// training rows, splits that share nothing, batches, model. A task file gives the data; backbones are handed in.
import type { DataSource, ResolvedSource } from "#harness/data/source.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { accuracy } from "#harness/stats/quality.ts";
import type { ScalePreset, Task, TaskData } from "#harness/task/contract.ts";
import { fileOf, sampleSplits, type TargetReader } from "./read-rows.ts";
import { type TextRow, type TextSplits, withoutCopies } from "./rows.ts";
import { TokenSplit, tokenData } from "./token-split.ts";
import {
  learnVocabulary,
  splitWords,
  type VocabularyLimits,
  type WordVocabulary,
} from "./word-vocabulary.ts";

/** Models of word ids, by the id that a preset names. Inputs `ids` and `mask` [B, T]. */
export interface WordBackbones {
  places(id: string): readonly LinearPlace[];
  model(
    id: string,
    options: { readonly vocabulary: number; readonly outputs: number; readonly init: Stream },
  ): Model;
}

type Given = "id" | "title" | "description" | "version" | "floor" | "scales";

export interface WordTaskSpec extends Pick<Task, Given> {
  readonly source: DataSource;
  readonly classes: readonly string[];
  readonly backbones: WordBackbones;
  /** The embedded sample: its file in the source, and what its labels mean. */
  readonly sample: { readonly file: string; readonly target: TargetReader };
  readonly vocabulary: VocabularyLimits;
  /** Longer texts are cut to their first words. */
  readonly maxWords: number;
  /** Splits from the real files. */
  rows(source: ResolvedSource, preset: ScalePreset): Promise<TextSplits>;
}

export interface WordTaskData extends TaskData {
  readonly vocabulary: WordVocabulary;
}

/** A row's text as the words that a model may read, a space between two. */
const cut = (rows: readonly TextRow[], maxWords: number): TextRow[] =>
  rows.map(({ texts: [text], target }) => ({
    texts: [splitWords(text).slice(0, maxWords).join(" ")],
    target,
  }));

/**
 * Splits as words, without rows whose words are those of a held-out row: texts that differ only behind the cut are one text
 * to a model. Texts that differ in a rare word are different ones, though both have the bucket's id there.
 */
export function wordSplits({ train, validation, test }: TextSplits, maxWords: number): TextSplits {
  const held = cut(test, maxWords);
  const tuned = withoutCopies(cut(validation, maxWords), held);
  return { train: withoutCopies(cut(train, maxWords), [...held, ...tuned]), validation: tuned, test: held };
}

const wordsOf = ({ texts: [text] }: TextRow): string[] => (text === "" ? [] : text.split(" "));

/** The task: cross-entropy over its classes, ranked by accuracy. */
export function wordTask(spec: WordTaskSpec): Task<WordTaskData> {
  const { source, classes, backbones, sample, vocabulary: limits, maxWords, rows, ...facts } = spec;
  const outputs = classes.length;
  return {
    ...facts,
    family: "text",
    sources: [source],
    metrics: ["accuracy"],
    classes,
    outputs,
    predictionKind: "logits",
    loss: softmaxCrossEntropy,
    evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, outputs) }),
    async load({ preset, sources }) {
      const resolved = sources.get(source.id);
      if (resolved === undefined) throw new Error(`source ${source.id} was not resolved`);
      const { train, validation, test } = wordSplits(
        resolved.variant === "sample"
          ? await sampleSplits(fileOf(resolved, sample.file), ["sentence"], sample.target)
          : await rows(resolved, preset),
        maxWords,
      );
      const vocabulary = learnVocabulary(train.map(wordsOf), limits);
      const split = (list: readonly TextRow[]) =>
        new TokenSplit({
          tokens: list.map((row) => [vocabulary.encode(wordsOf(row))]),
          targets: Int32Array.from(list, ({ target }) => target),
        });
      const data = tokenData({ train: split(train), validation: split(validation), test: split(test) });
      return { ...data, vocabulary };
    },
    places: (preset) => backbones.places(preset.backbone),
    async model({ preset, data, init }) {
      return backbones.model(preset.backbone, { vocabulary: data.vocabulary.size, outputs, init });
    },
  };
}

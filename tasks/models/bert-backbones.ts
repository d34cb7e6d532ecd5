// BERT and RoBERTa as backbones of text tasks: sizes, tokenizer with its marks, and the model of the published checkpoint.
import { readBytes } from "#harness/data/content.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import type { DataSource } from "#harness/data/source.ts";
import { type JointText, joinTexts, type Marks } from "#harness/data/tokenizers/joint.ts";
import { RobertaTokenizer } from "#harness/data/tokenizers/roberta-bpe.ts";
import { WordPieceTokenizer } from "#harness/data/tokenizers/wordpiece.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { BertClassifier, bertPlaces } from "./bert.ts";
import { type BertShape, parseBertCheckpoint } from "./bert-checkpoint.ts";
import {
  BERT_BASE,
  BERT_VOCABULARY_FILE,
  bertVocabulary,
  CHECKPOINT_FILE,
  gpt2Merges,
  MERGES_FILE,
  type Release,
  ROBERTA_BASE,
  releaseSource,
  VOCABULARY_FILE,
} from "./bert-sources.ts";

const BASE = { width: 768, ffnWidth: 3072, blocks: 12, heads: 12 } as const;

const BERT_BASE_SHAPE: BertShape = {
  ...BASE,
  vocabulary: 30_522,
  positions: 512,
  firstPosition: 0,
  types: 2,
  epsilon: 1e-12,
  pooler: "stored",
};

const ROBERTA_BASE_SHAPE: BertShape = {
  ...BASE,
  vocabulary: 50_265,
  positions: 514,
  firstPosition: 2,
  types: 1,
  epsilon: 1e-5,
  pooler: "fresh",
};

/** A tokenizer whose model reads the texts of a row as one sequence. */
export interface JointTokenizer {
  encode(text: string): number[];
  join(texts: readonly (readonly number[])[], limit: number): JointText;
}

const joint = (tokenizer: { readonly marks: Marks; encode(text: string): number[] }): JointTokenizer => ({
  encode: (text) => tokenizer.encode(text),
  join: (texts, limit) => joinTexts(texts, tokenizer.marks, limit),
});

async function fileOf(source: DataSource, name: string): Promise<{ bytes: Uint8Array; path: string }> {
  const file = (await resolveSource(source)).files.get(name);
  if (file === undefined) throw new Error(`source ${source.id} has no ${name}`);
  return { bytes: await readBytes(file), path: file.path };
}

async function textOf(source: DataSource, name: string): Promise<{ text: string; file: string }> {
  const { bytes, path } = await fileOf(source, name);
  return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), file: path };
}

/** BERT's uncased tokenizer with its published vocabulary. */
export async function readBertTokenizer(): Promise<JointTokenizer> {
  const { text } = await textOf(bertVocabulary, BERT_VOCABULARY_FILE);
  return joint(new WordPieceTokenizer(text.replace(/\n$/, "").split("\n")));
}

async function readRobertaTokenizer(): Promise<JointTokenizer> {
  const vocabulary = await textOf(releaseSource(ROBERTA_BASE), VOCABULARY_FILE);
  return joint(new RobertaTokenizer(vocabulary, await textOf(gpt2Merges, MERGES_FILE)));
}

interface BertBackbone {
  readonly places: readonly LinearPlace[];
  tokenizer(): Promise<JointTokenizer>;
  classifier(options: { readonly outputs: number; readonly init: Stream }): Promise<Model>;
}

const backbone = (
  release: Release,
  shape: BertShape,
  tokenizer: () => Promise<JointTokenizer>,
): BertBackbone => ({
  places: bertPlaces(shape),
  async tokenizer() {
    // Before any text is read: without a checkpoint there is nothing to read them for.
    releaseSource(release);
    return tokenizer();
  },
  async classifier({ outputs, init }) {
    const { bytes, path } = await fileOf(releaseSource(release), CHECKPOINT_FILE);
    return new BertClassifier({ weights: parseBertCheckpoint(bytes, path, shape), shape, outputs, init });
  },
});

/** By the id that a preset names. */
export const BERT_BACKBONES: readonly (readonly [string, BertBackbone])[] = [
  ["bert-base", backbone(BERT_BASE, BERT_BASE_SHAPE, readBertTokenizer)],
  ["roberta-base", backbone(ROBERTA_BASE, ROBERTA_BASE_SHAPE, readRobertaTokenizer)],
];

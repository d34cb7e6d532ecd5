// GLUE SST-2: is a sentence of a film review positive or negative?

import type { ResolvedSource } from "#harness/data/source.ts";
import { readTsv } from "#harness/data/tsv.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { accuracy } from "#harness/stats/quality.ts";
import type { ScalePreset, Task } from "#harness/task/contract.ts";
import { drawRows, withoutCopies } from "#tasks/encoding/rows.ts";
import { TokenSplit, tokenData } from "#tasks/encoding/token-split.ts";
import { textModel, textPlaces, textTokenizer } from "#tasks/models/text.ts";
import { SAMPLE_FILE, sst2Source } from "./sst2.source.ts";

interface Row {
  readonly sentence: string;
  readonly label: number;
}

interface Rows {
  readonly train: readonly Row[];
  readonly validation: readonly Row[];
  readonly test: readonly Row[];
}

function toRow(sentence: string, label: string, place: string): Row {
  if (label !== "0" && label !== "1") {
    throw new RankbenchError({
      reason: "data",
      thing: place,
      problem: "a label is neither 0 nor 1",
      field: "label",
      value: label,
    });
  }
  // Rows of the official files end in a space, which the tokenizer would turn into a token of its own.
  return { sentence: sentence.trim(), label: Number(label) };
}

/** The embedded sample: a split column instead of files. */
async function sampleRows(source: ResolvedSource): Promise<Rows> {
  const file = fileOf(source, SAMPLE_FILE);
  const rows = { train: [] as Row[], dev: [] as Row[], test: [] as Row[] };
  for await (const { cells } of readTsv(file, { columns: ["split", "label", "sentence"] })) {
    const { split, label, sentence } = cells;
    if (split !== "train" && split !== "dev" && split !== "test")
      throw new Error(`${SAMPLE_FILE}: split "${split}"`);
    rows[split].push(toRow(sentence, label, SAMPLE_FILE));
  }
  return { train: rows.train, validation: rows.dev, test: rows.test };
}

/** The real files: GLUE's dev set is the test split; validation is drawn from train, without copies of test sentences. */
async function realRows(source: ResolvedSource, preset: ScalePreset): Promise<Rows> {
  const read = async (name: string): Promise<Row[]> => {
    const rows: Row[] = [];
    for await (const { cells, line } of readTsv(fileOf(source, name), { columns: ["sentence", "label"] })) {
      rows.push(toRow(cells.sentence, cells.label, `file ${name}, line ${line}`));
    }
    return rows;
  };
  const test = await read("dev.tsv");
  const rest = withoutCopies(await read("train.tsv"), (row) => row.sentence, test);
  const drawn = [...drawRows(rest.length, "glue-sst2")]
    .map((i) => rest[i])
    .filter((row) => row !== undefined);
  const validation = drawn.slice(0, preset.validationRows);
  const train = withoutCopies(drawn.slice(preset.validationRows), (row) => row.sentence, validation);
  return { train: train.slice(0, preset.trainRows ?? train.length), validation, test };
}

function fileOf(source: ResolvedSource, name: string) {
  const file = source.files.get(name);
  if (file === undefined) throw new Error(`source ${source.id} has no file ${name}`);
  return file;
}

export const task: Task = {
  id: "glue-sst2",
  family: "glue",
  title: "GLUE SST-2",
  description: "Sentiment of a sentence from a film review: negative or positive.",
  version: 1,
  sources: [sst2Source],
  metrics: ["accuracy"],
  classes: ["negative", "positive"],
  outputs: 2,
  floor: { value: 0.821, what: "bag-of-words logistic regression on all 67,349 training rows" },
  predictionKind: "logits",
  scales: {
    smoke: {
      backbone: "use-lite",
      trainRows: null,
      validationRows: 100,
      sampleOnly: true,
      budget: {
        epochs: 1,
        batchSize: 32,
        warmupShare: 0.1,
        schedule: "linear",
        weightDecay: 0.01,
        clipNorm: 1,
        validations: 1,
      },
    },
    small: {
      backbone: "use-lite",
      trainRows: 14_000,
      validationRows: 2_000,
      sampleOnly: false,
      budget: {
        epochs: 1,
        batchSize: 32,
        warmupShare: 0.1,
        schedule: "linear",
        weightDecay: 0.01,
        clipNorm: 1,
        validations: 2,
      },
    },
    full: {
      // BERT-base as the papers train it on GLUE.
      backbone: "bert-base",
      trainRows: null,
      validationRows: 2_000,
      sampleOnly: false,
      budget: {
        epochs: 3,
        batchSize: 32,
        warmupShare: 0.1,
        schedule: "linear",
        weightDecay: 0.01,
        clipNorm: 1,
        validations: 5,
      },
    },
  },
  async load({ preset, sources }) {
    const source = sources.get(sst2Source.id);
    if (source === undefined) throw new Error(`source ${sst2Source.id} was not resolved`);
    const rows = source.variant === "sample" ? await sampleRows(source) : await realRows(source, preset);
    const tokenizer = await textTokenizer(preset.backbone);
    const split = (list: readonly Row[]) =>
      new TokenSplit({
        tokens: list.map((row) => tokenizer.encode(row.sentence)),
        labels: Int32Array.from(list, (row) => row.label),
      });
    return tokenData({
      train: split(rows.train),
      validation: split(rows.validation),
      test: split(rows.test),
    });
  },
  places: (preset) => textPlaces(preset.backbone),
  model: ({ preset, init }) => textModel(preset.backbone, { outputs: 2, init }),
  loss: softmaxCrossEntropy,
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, 2) }),
};

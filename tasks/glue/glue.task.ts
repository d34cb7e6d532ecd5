// What GLUE's tasks share: sentences or pairs in tab-separated files, the official development set as test, validation cut from
// the training set, the same models at the same scales. A task file gives the data: columns, labels, metrics, sizes.
import type { DataSource, ResolvedSource } from "#harness/data/source.ts";
import { f1, matthews } from "#harness/stats/classification.ts";
import { accuracy, predictedClasses } from "#harness/stats/quality.ts";
import { pearson, spearman } from "#harness/stats/ranking.ts";
import type { ScalePreset, Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { fileOf, type TargetReader, type TextColumns, tsvRows } from "#tasks/encoding/read-rows.ts";
import { cutValidation, type TextSplits } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { pairBackbones, textBackbones } from "#tasks/models/text.ts";

/** GLUE's metrics by id: from scores [size, outputs] and targets. */
const QUALITY = {
  accuracy,
  f1: (scores: Float32Array, targets: Int32Array | Float32Array, outputs: number) =>
    f1(predictedClasses(scores, outputs), targets),
  matthews: (scores: Float32Array, targets: Int32Array | Float32Array, outputs: number) =>
    matthews(predictedClasses(scores, outputs), targets),
  pearson,
  spearman,
};

type GlueMetric = keyof typeof QUALITY;

export interface GlueSpec extends Pick<Task, "title" | "description" | "classes" | "floor"> {
  /** `sst2`: the file's stem, and the id behind `glue-`. */
  readonly name: string;
  readonly source: DataSource;
  /** The embedded sample's file; its columns are those of `columns`, or `sampleTexts`. */
  readonly sampleFile: string;
  readonly sampleTexts?: TextColumns["texts"];
  readonly columns: TextColumns;
  readonly target: TargetReader;
  readonly maxTokens?: number;
  readonly metrics: readonly [GlueMetric, ...GlueMetric[]];
  readonly small: Parameters<typeof smallPreset>[0];
  /** BERT's setting. */
  readonly full: Parameters<typeof bertPreset>[0];
  /** Splits, where they are not `train.tsv` with the official `dev.tsv` as test. */
  rows?(source: ResolvedSource, preset: ScalePreset): Promise<TextSplits>;
}

/** The task, version 1, family `glue`. */
export function glueTask(spec: GlueSpec): Task {
  const { name, source, columns, target, metrics, maxTokens, small, full } = spec;
  const id = `glue-${name}`;
  const texts = spec.sampleTexts ?? columns.texts;
  const outputs = spec.classes?.length ?? 1;
  const official = async (files: ResolvedSource, preset: ScalePreset) => {
    const read = (file: string) => tsvRows(fileOf(files, file), columns, target);
    return cutValidation({ train: await read("train.tsv"), test: await read("dev.tsv") }, preset, id);
  };
  return textTask({
    id,
    family: "glue",
    title: spec.title,
    description: spec.description,
    version: 1,
    source,
    sample: { file: spec.sampleFile, texts, target },
    backbones: texts.length === 2 ? pairBackbones : textBackbones,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    metrics,
    classes: spec.classes,
    floor: spec.floor,
    scales: { smoke: SMOKE, small: smallPreset(small), full: bertPreset(full) },
    rows: spec.rows ?? official,
    evaluate: (scores, targets) =>
      Object.fromEntries(metrics.map((metric) => [metric, QUALITY[metric](scores, targets, outputs)])),
  });
}

// What all click-through tasks do alike: columns learned from training rows, encoded splits, one score a row. A task file
// gives the data: source, columns, splits, presets, metrics. Backbones are handed in, so that this file knows none.
import type { DataSource, ResolvedSource } from "#harness/data/source.ts";
import type { TableField } from "#harness/nn/field-embedding.ts";
import { sigmoidCrossEntropy } from "#harness/nn/losses.ts";
import type { Model } from "#harness/nn/model.ts";
import { reshape } from "#harness/nn/ops.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { ScalePreset, Task, TaskData } from "#harness/task/contract.ts";
import type { FieldSpec } from "./categorical-field.ts";
import { fitEncoder } from "./ctr-encoder.ts";
import type { CtrSplits } from "./ctr-rows.ts";
import { ctrData, encodeSplit } from "./ctr-split.ts";

/** Models of categorical rows, by the id that a preset names. */
export interface CtrBackbones {
  places(id: string): readonly LinearPlace[];
  model(id: string, options: { readonly fields: readonly TableField[]; readonly init: Stream }): Model;
}

type Given = "id" | "title" | "description" | "version" | "metrics" | "floor" | "scales" | "evaluate";

export interface CtrTaskSpec extends Pick<Task, Given> {
  readonly source: DataSource;
  readonly backbones: CtrBackbones;
  /** Columns, in the order of the rows' cells. */
  readonly fields: readonly FieldSpec[];
  /** Splits of the real files, or of the embedded sample, which has the files' own form. */
  rows(source: ResolvedSource, preset: ScalePreset): Promise<CtrSplits>;
}

/** Encoded splits, and the size of each column's table, known once its values have been learned. */
export interface CtrTaskData extends TaskData {
  readonly fields: readonly TableField[];
}

/** The task: log loss of one score a row, whose sigmoid is the predicted chance of a click. */
export function ctrTask(spec: CtrTaskSpec): Task<CtrTaskData> {
  const { source, backbones, fields, rows, ...facts } = spec;
  return {
    ...facts,
    family: "ctr",
    sources: [source],
    classes: null,
    outputs: 1,
    predictionKind: "scores",
    loss: (scores, targets) => sigmoidCrossEntropy(reshape(scores, targets.shape), targets),
    async load({ preset, sources }) {
      const resolved = sources.get(source.id);
      if (resolved === undefined) throw new Error(`source ${source.id} was not resolved`);
      const splits = await rows(resolved, preset);
      const encoder = await fitEncoder(fields, splits.train);
      const data = ctrData(
        {
          train: await encodeSplit(encoder, splits.train),
          validation: await encodeSplit(encoder, splits.validation),
          test: await encodeSplit(encoder, splits.test),
        },
        fields.length,
      );
      return { ...data, fields: encoder.fields };
    },
    places: (preset) => backbones.places(preset.backbone),
    async model({ preset, data, init }) {
      return backbones.model(preset.backbone, { fields: data.fields, init });
    },
  };
}

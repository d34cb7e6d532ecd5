// What all image tasks do alike: splits, scaling, batches, model, accuracy. A task file gives the data: source, rows,
// classes, augmentation, presets. Backbones are handed in, so that this file knows none.
import type { DataSource, ResolvedSource } from "#harness/data/source.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { Task, TaskData } from "#harness/task/contract.ts";
import { type Augmentation, halfScaling, type ImageInput, scalingOf } from "./image-input.ts";
import { cutImages, type ImageRows, type RemovedCopies } from "./image-rows.ts";
import { ImageSplit, imageData } from "./image-split.ts";

/** Models of images, by the id that a preset names. */
export interface ImageBackbones {
  places(id: string): readonly LinearPlace[];
  input(id: string): ImageInput;
  model(id: string, options: { readonly outputs: number; readonly init: Stream }): Promise<Model>;
}

type Given = "id" | "title" | "description" | "version" | "floor" | "scales" | "evaluate";

export interface ImageTaskSpec extends Pick<Task, Given> {
  readonly source: DataSource;
  readonly classes: readonly string[];
  readonly backbones: ImageBackbones;
  /** Of training images; null where a class would not survive it. */
  readonly augmentation: Augmentation | null;
  /** The name by which validation rows are drawn: tasks on one data set share it, and with it their splits. */
  readonly splitName: string;
  /** Images of the real files, or of the embedded sample, which has the files' own form. */
  rows(source: ResolvedSource): Promise<{ readonly train: ImageRows; readonly test: ImageRows }>;
}

export interface ImageTaskData extends TaskData {
  readonly removed: RemovedCopies;
}

/** The task: cross-entropy over the classes of an image, ranked by accuracy. */
export function imageTask(spec: ImageTaskSpec): Task<ImageTaskData> {
  const { source, backbones, augmentation, splitName, rows, ...facts } = spec;
  const outputs = spec.classes.length;
  return {
    ...facts,
    family: "image",
    sources: [source],
    metrics: ["accuracy"],
    outputs,
    predictionKind: "logits",
    loss: softmaxCrossEntropy,
    async load({ preset, sources }) {
      const resolved = sources.get(source.id);
      if (resolved === undefined) throw new Error(`source ${source.id} was not resolved`);
      const { removed, ...splits } = cutImages(await rows(resolved), preset, splitName);
      const input = backbones.input(preset.backbone);
      const scaling =
        input.scaling === "training" ? scalingOf(splits.train) : halfScaling(splits.train.channels);
      const split = (images: ImageRows, changes: Augmentation | null) =>
        new ImageSplit({ rows: images, input, scaling, augmentation: changes });
      const data = imageData(
        {
          train: split(splits.train, augmentation),
          validation: split(splits.validation, null),
          test: split(splits.test, null),
        },
        input,
      );
      return { ...data, removed };
    },
    places: (preset) => backbones.places(preset.backbone),
    model: ({ preset, init }) => backbones.model(preset.backbone, { outputs, init }),
  };
}

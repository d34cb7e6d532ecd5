// What all few-shot tasks on pictures do alike: pools, shots of the run's seed, splits, class texts, model. A task file
// gives the data: sources, pictures, class names, prompt, presets. Backbones are handed in, so that this file knows none.
import type { DataSource, ResolvedSource } from "#harness/data/source.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { ScalePreset, Task, TaskData } from "#harness/task/contract.ts";
import {
  ClipSplit,
  type Cropping,
  clipData,
  type PictureInput,
  type Pictures,
  pickPictures,
} from "./clip-split.ts";
import { drawShots, type ShotPool, type Shots } from "./shots.ts";

/** Image-text models, by the id that a preset names. */
export interface ClipBackbones {
  readonly input: PictureInput;
  places(named: boolean): readonly LinearPlace[];
  model(options: {
    readonly texts: readonly string[] | null;
    readonly outputs: number;
    readonly init: Stream;
  }): Promise<Model>;
}

/** Pictures that can be had, by name and label; only those that are drawn are read. */
export interface PicturePool extends ShotPool {
  /** The pictures at `positions`, in that order. */
  load(positions: readonly number[]): Promise<Pictures>;
}

/** What shots are drawn from, and the whole test set. No picture is in two of them. */
export interface PicturePools {
  readonly train: PicturePool;
  readonly validation: PicturePool;
  readonly test: PicturePool;
}

/** A pool of pictures that are there already. */
export const heldPool = (pictures: Pictures): PicturePool => ({
  names: pictures.names,
  labels: pictures.labels,
  load: async (positions) => pickPictures(pictures, positions),
});

/** Pools of pictures that are there already, without those that are copies of a test or a validation picture. */
export function distinctPools(pools: Record<"train" | "validation" | "test", Pictures>): PicturePools {
  const validation = withoutCopies(pools.validation, [pools.test]);
  const train = withoutCopies(pools.train, [pools.test, validation]);
  return { train: heldPool(train), validation: heldPool(validation), test: heldPool(pools.test) };
}

type Given = "id" | "title" | "description" | "version" | "floor" | "scales" | "evaluate" | "startsProcesses";

export interface ClipTaskSpec extends Pick<Task, Given> {
  readonly source: DataSource;
  readonly backbone: (id: string) => ClipBackbones;
  readonly classes: readonly string[];
  /** A class's text; null where the classes have no names. */
  readonly prompt: ((name: string) => string) | null;
  /** Names the draws of shots: tasks of other shot counts on the same data share it. */
  readonly dataSet: string;
  readonly shots: Shots;
  readonly cropping: Cropping;
  /** Pictures of the real files, or of the embedded sample, which has the files' own form. */
  pictures(source: ResolvedSource, input: PictureInput): Promise<PicturePools>;
}

/** Pictures of `pool` of which no picture of `others` is a copy, byte by byte. */
function withoutCopies(pool: Pictures, others: readonly Pictures[]): Pictures {
  const bytes = (from: Pictures) => {
    const size = from.side ** 2 * 3;
    const all = Buffer.from(from.pixels.buffer, from.pixels.byteOffset, from.pixels.byteLength);
    return from.names.map((_, at) => all.toString("latin1", at * size, (at + 1) * size));
  };
  const held = new Set(others.flatMap(bytes));
  const kept = [...bytes(pool).entries()].flatMap(([at, picture]) => (held.has(picture) ? [] : [at]));
  return kept.length === pool.names.length ? pool : pickPictures(pool, kept);
}

/** The task: cross-entropy over the classes of a picture, ranked by accuracy. */
export function clipTask(spec: ClipTaskSpec): Task {
  const { source, backbone, classes, prompt, dataSet, shots, cropping, pictures, ...facts } = spec;
  const texts = prompt === null ? null : classes.map(prompt);
  const of = (preset: ScalePreset) => backbone(preset.backbone);
  return {
    ...facts,
    family: "clip",
    sources: [source],
    metrics: ["accuracy"],
    classes,
    outputs: classes.length,
    ...(texts === null ? {} : { zeroShot: true }),
    predictionKind: "logits",
    loss: softmaxCrossEntropy,
    async load({ preset, sources, seed }): Promise<TaskData> {
      const resolved = sources.get(source.id);
      if (resolved === undefined) throw new Error(`source ${source.id} was not resolved`);
      const { input } = of(preset);
      const { train, validation, test } = await pictures(resolved, input);
      const drawn = drawShots({ train, validation, classes, shots, dataSet, seed });
      const all = test.names.map((_, at) => at);
      const data = clipData(
        {
          train: new ClipSplit(await train.load(drawn.train), input, cropping),
          validation: new ClipSplit(await validation.load(drawn.validation), input, null),
          test: new ClipSplit(await test.load(all), input, null),
        },
        input,
      );
      return { ...data, notes: drawn.notes };
    },
    places: (preset) => of(preset).places(texts !== null),
    model: ({ preset, init }) => of(preset).model({ texts, outputs: classes.length, init }),
  };
}

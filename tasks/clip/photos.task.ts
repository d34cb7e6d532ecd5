// Few-shot tasks on photographs: OpenAI's CLIP at `full`, as papers on few-shot CLIP train it, and a sample that shows that
// everything works. Each data set's file gives its classes, prompt and archive.
import type { DataSource } from "#harness/data/source.ts";
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { CLIP_SMOKE, clipFull } from "#tasks/encoding/clip-presets.ts";
import { clipTask } from "#tasks/encoding/clip-task.ts";
import type { Shots } from "#tasks/encoding/shots.ts";
import { clipBackbone } from "#tasks/models/clip.ts";
import { type PhotoArchive, photoPictures } from "./photos.pictures.ts";

export interface PhotoSet {
  /** `eurosat`: the task is `clip-eurosat-4shot`. */
  readonly name: string;
  readonly title: string;
  /** What the pictures show, and what the classes are, in a few words. */
  readonly what: string;
  readonly source: DataSource;
  readonly archive: PhotoArchive;
  /** As the split writes them. */
  readonly classes: readonly string[];
  /** CLIP's own template for the data set, as CoOp has it. */
  prompt(name: string): string;
}

/** The task `clip-<name>-<shots>shot`. */
export function photoTask(set: PhotoSet, shots: Shots): Task {
  const { name, title, what, source, archive, classes, prompt } = set;
  return clipTask({
    id: `clip-${name}-${shots}shot`,
    title: `${title}, ${shots} ${shots === 1 ? "shot" : "shots"}`,
    description: `${what}, one of ${classes.length}, learned from ${shots} ${shots === 1 ? "picture" : "pictures"} a class; CoOp's split.`,
    version: 1,
    source,
    startsProcesses: true,
    backbone: clipBackbone,
    classes,
    prompt: (spoken) => prompt(spoken.replaceAll("_", " ")),
    dataSet: name,
    shots,
    cropping: { least: 0.08, mirror: true },
    floor: {
      value: 1 / classes.length,
      what: "guessing; the method zero-shot is the floor that counts",
    },
    scales: { smoke: CLIP_SMOKE, full: clipFull(classes.length, shots) },
    pictures: (resolved) => photoPictures(resolved, classes, archive),
    evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, classes.length) }),
  });
}

// The emoji tasks: which classes, how many shots. Each task file names one of them.
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { CLIP_SMALL, CLIP_SMOKE } from "#tasks/encoding/clip-presets.ts";
import { clipTask } from "#tasks/encoding/clip-task.ts";
import type { Shots } from "#tasks/encoding/shots.ts";
import { clipBackbone } from "#tasks/models/clip.ts";
import { BASE_CLASSES, NOVEL_CLASSES } from "./emoji.classes.ts";
import { emojiPrompt } from "./emoji.prompt.ts";
import { openmojiPictures } from "./openmoji.pictures.ts";
import { openmojiSource } from "./openmoji.source.ts";

const KINDS = {
  base: {
    classes: BASE_CLASSES,
    seen: "Pre-training saw these classes in other drawing styles",
    version: 1,
  },
  novel: {
    classes: NOVEL_CLASSES,
    seen: "Pre-training saw no picture of these classes",
    version: 1,
  },
} as const;

/** The task `clip-openmoji-<kind>-<shots>shot`. `floor` is the probe on the same net before pre-training. */
export function openmojiTask(kind: keyof typeof KINDS, shots: Shots, floor: number): Task {
  const { classes, seen, version } = KINDS[kind];
  return clipTask({
    id: `clip-openmoji-${kind}-${shots}shot`,
    title: `OpenMoji ${kind} classes, ${shots} ${shots === 1 ? "shot" : "shots"}`,
    description: `The class of an emoji drawn in OpenMoji's outlines, one of ${classes.length}, learned from ${shots} ${shots === 1 ? "drawing" : "drawings"} a class. ${seen}, and none of OpenMoji's drawings.`,
    version,
    source: openmojiSource,
    startsProcesses: true,
    backbone: clipBackbone,
    classes: classes.map(({ name }) => name),
    prompt: emojiPrompt,
    dataSet: `openmoji-${kind}`,
    shots,
    cropping: { least: 0.6, mirror: true },
    floor: {
      value: floor,
      what: "linear probe on the same net before any pre-training, mean of 3 draws of shots and starts",
    },
    scales: { smoke: CLIP_SMOKE, small: CLIP_SMALL },
    pictures: (source, { side }) => openmojiPictures(source, classes, side),
    evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, classes.length) }),
  });
}

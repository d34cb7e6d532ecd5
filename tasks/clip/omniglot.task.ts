// The Omniglot tasks: 50 characters that no word names, so that there is a head and no text tower. Each task file names a
// number of shots.
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { CLIP_SMALL, CLIP_SMOKE, withoutTexts } from "#tasks/encoding/clip-presets.ts";
import { clipTask } from "#tasks/encoding/clip-task.ts";
import type { Shots } from "#tasks/encoding/shots.ts";
import { clipBackbone } from "#tasks/models/clip.ts";
import { CHARACTERS, omniglotPictures } from "./omniglot.pictures.ts";
import { omniglotSource } from "./omniglot.source.ts";

const ID = "clip-omniglot";

/** The task `clip-omniglot-<shots>shot`. `floor` is the probe on the same net before pre-training. */
export function omniglotTask(shots: Shots, floor: number): Task {
  return clipTask({
    id: `${ID}-${shots}shot`,
    title: `Omniglot, ${CHARACTERS} characters, ${shots} ${shots === 1 ? "shot" : "shots"}`,
    description: `Which of ${CHARACTERS} characters of eight alphabets was drawn by hand, learned from ${shots} ${shots === 1 ? "drawing" : "drawings"} a character. Pre-training saw neither drawings by hand nor these characters, and they have no names.`,
    version: 1,
    source: omniglotSource,
    backbone: clipBackbone,
    classes: Array.from({ length: CHARACTERS }, (_, at) => `character ${at + 1}`),
    prompt: null,
    dataSet: "omniglot",
    shots,
    // A mirrored character is another one.
    cropping: { least: 0.7, mirror: false },
    floor: {
      value: floor,
      what: "linear probe on the same net before any pre-training, mean of 3 draws of shots and starts",
    },
    scales: { smoke: withoutTexts(CLIP_SMOKE), small: withoutTexts(CLIP_SMALL) },
    pictures: (source, { side }) => omniglotPictures(source, side),
    evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, CHARACTERS) }),
  });
}

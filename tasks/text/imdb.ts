// IMDB: is a whole film review positive or negative?
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf, fileOf, jsonlRows } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { textBackbones } from "#tasks/models/text.ts";
import { imdbSource, SAMPLE_FILE } from "./imdb.source.ts";

const target = classOf(["0", "1"]);

/** Line breaks are the only markup of the reviews. */
const withoutBreaks = (text: string) => text.replace(/(?:<br\s*\/?>\s*)+/gi, " ");

export const task: Task = textTask({
  id: "text-imdb",
  family: "text",
  title: "IMDB reviews (part)",
  description:
    "Sentiment of a film review, read from its beginning: negative or positive. A tenth of the official training reviews and a twenty-fifth of the test reviews.",
  version: 1,
  source: imdbSource,
  sample: { file: SAMPLE_FILE, texts: ["sentence"], target },
  backbones: textBackbones,
  metrics: ["accuracy"],
  classes: ["negative", "positive"],
  // The bag of words reads whole reviews, the encoder at most 128 tokens of each.
  floor: { value: 0.882, what: "bag-of-words logistic regression on the same 2,500 training reviews" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: null, validationRows: 250, epochs: 1 }),
  },
  async rows(source, preset) {
    const read = (name: string) => jsonlRows(fileOf(source, name), target, withoutBreaks);
    return cutValidation(
      { train: await read("train.jsonl"), test: await read("test.jsonl") },
      preset,
      "text-imdb",
    );
  },
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, 2) }),
});

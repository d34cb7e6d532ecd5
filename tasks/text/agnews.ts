// AG News: which of four topics is a news article about?
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { textBackbones } from "#tasks/models/text.ts";
import { agnewsArticles, TOPICS } from "./agnews.articles.ts";
import { agnewsSource, SAMPLE_FILE } from "./agnews.source.ts";

export const task: Task = textTask({
  id: "text-agnews",
  family: "text",
  title: "AG News",
  description:
    "Topic of a news article from its title and first lines: world, sports, business, or science and technology.",
  version: 1,
  source: agnewsSource,
  sample: { file: SAMPLE_FILE, texts: ["sentence"], target: classOf(["0", "1", "2", "3"]) },
  backbones: textBackbones,
  // Half of the texts have at most 47 tokens; a step at 96 costs three times one at 32.
  maxTokens: 64,
  metrics: ["accuracy"],
  classes: TOPICS,
  floor: { value: 0.882, what: "bag-of-words logistic regression on the mirror's 10,001 training rows" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: 6_000, validationRows: 1_000, epochs: 1 }),
    full: bertPreset({ validationRows: 1_000, epochs: 3 }),
  },
  rows: async (source, preset) => cutValidation(await agnewsArticles(source), preset, "text-agnews"),
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, TOPICS.length) }),
});

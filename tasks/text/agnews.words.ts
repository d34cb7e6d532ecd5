// AG News for models that learn their own words: what its tasks share. Source, articles and split are those of text-agnews.

import { classOf } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { WORD_VOCABULARY } from "#tasks/encoding/word-presets.ts";
import type { WordTaskSpec } from "#tasks/encoding/word-task.ts";
import { wordBackbones } from "#tasks/models/word-backbones.ts";
import { agnewsArticles, TOPICS } from "./agnews.articles.ts";
import { agnewsSource, SAMPLE_FILE } from "./agnews.source.ts";

export const AGNEWS_WORDS = {
  source: agnewsSource,
  sample: { file: SAMPLE_FILE, target: classOf(["0", "1", "2", "3"]) },
  backbones: wordBackbones,
  vocabulary: WORD_VOCABULARY,
  // Card 01; one article in twenty is longer.
  maxWords: 64,
  classes: TOPICS,
  floor: { value: 0.882, what: "bag-of-words logistic regression on the mirror's 10,001 training rows" },
  rows: async (source, preset) => cutValidation(await agnewsArticles(source), preset, "text-agnews"),
} satisfies Partial<WordTaskSpec>;

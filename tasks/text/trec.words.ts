// TREC's six classes for models that learn their own words: what its tasks share. Source, questions and split are those of
// text-trec.
import { classOf, type TargetReader } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { WORD_VOCABULARY } from "#tasks/encoding/word-presets.ts";
import type { WordTaskSpec } from "#tasks/encoding/word-task.ts";
import { wordBackbones } from "#tasks/models/word-backbones.ts";
import { COARSE, coarseOf, trecQuestions } from "./trec.questions.ts";
import { SAMPLE_FILE, trecSource } from "./trec.source.ts";

const classes = classOf(COARSE.map(([label]) => label));
const target: TargetReader = (label, place) => classes(coarseOf(label), place);

export const TREC_WORDS = {
  source: trecSource,
  sample: { file: SAMPLE_FILE, target },
  backbones: wordBackbones,
  vocabulary: WORD_VOCABULARY,
  maxWords: 48,
  classes: COARSE.map(([, name]) => name),
  floor: { value: 0.878, what: "bag-of-words logistic regression on the 5,452 training questions" },
  rows: async (source, preset) => cutValidation(await trecQuestions(source, target), preset, "text-trec"),
} satisfies Partial<WordTaskSpec>;

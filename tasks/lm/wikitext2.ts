// WikiText-2 in byte pairs learnt from its training text: a LLaMA from scratch.
import type { Task } from "#harness/task/contract.ts";
import { lmFromScratch, lmSmoke } from "#tasks/encoding/lm-presets.ts";
import { type LmTaskData, lmTask } from "#tasks/encoding/lm-task.ts";
import { bytePairTokens } from "#tasks/encoding/lm-tokens.ts";
import { lmBackbones } from "#tasks/models/lm.ts";
import { evaluatePerplexity, PERPLEXITY_METRICS } from "./perplexity.metrics.ts";
import { wikitextSource } from "./wikitext2.source.ts";
import { wikitextTexts } from "./wikitext2.texts.ts";

const VOCABULARY = 2048;

export const task: Task<LmTaskData> = lmTask({
  id: "lm-wikitext2",
  title: "WikiText-2, byte pairs",
  description:
    "The next token of Wikipedia articles from those before it in a window of 128; 2,048 byte-pair tokens of 3 characters on average, learnt from the training text, so perplexities are not those of papers, which count words.",
  version: 1,
  source: wikitextSource,
  backbones: lmBackbones,
  vocabulary: VOCABULARY,
  tokenizer: (text) => bytePairTokens(text, VOCABULARY),
  metrics: PERPLEXITY_METRICS,
  floor: {
    value: 81.1,
    what: "token pairs counted in the mirror's training text (the validation file's first 90 %), smoothed by 100 counts of single tokens (single tokens alone: 483)",
  },
  scales: {
    smoke: lmSmoke(6),
    // As many windows as a copy without the training file has: 150 batches an epoch.
    small: lmFromScratch({ backbone: "llama-d128-l4", trainRows: 2_416, validationRows: 200, epochs: 5 }),
    full: lmFromScratch({ backbone: "llama-d192-l6", trainRows: null, validationRows: 1_000, epochs: 3 }),
  },
  texts: wikitextTexts,
  evaluate: evaluatePerplexity,
});

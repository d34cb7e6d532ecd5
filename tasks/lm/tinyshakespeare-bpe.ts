// Tiny Shakespeare in byte pairs learnt from its training part: a LLaMA of 0.9 M weights from scratch.
import type { Task } from "#harness/task/contract.ts";
import { lmFromScratch, lmSmoke } from "#tasks/encoding/lm-presets.ts";
import { type LmTaskData, lmTask } from "#tasks/encoding/lm-task.ts";
import { bytePairTokens } from "#tasks/encoding/lm-tokens.ts";
import { lmBackbones } from "#tasks/models/lm.ts";
import { evaluatePerplexity, PERPLEXITY_METRICS } from "./perplexity.metrics.ts";
import { tinyshakespeareSource } from "./tinyshakespeare.source.ts";
import { tinyshakespeareTexts } from "./tinyshakespeare.texts.ts";

const VOCABULARY = 1024;

export const task: Task<LmTaskData> = lmTask({
  id: "lm-tinyshakespeare-bpe",
  title: "Tiny Shakespeare, byte pairs",
  description:
    "The next token of Shakespeare's plays from those before it in a window of 128; 1,024 byte-pair tokens of 2.4 characters on average, learnt from the training text.",
  version: 1,
  source: tinyshakespeareSource,
  backbones: lmBackbones,
  vocabulary: VOCABULARY,
  tokenizer: (text) => bytePairTokens(text, VOCABULARY),
  metrics: PERPLEXITY_METRICS,
  floor: {
    value: 61.3,
    what: "token pairs counted in the training text, smoothed by 100 counts of single tokens (single tokens alone: 303)",
  },
  scales: {
    smoke: lmSmoke(6),
    // 200 batches an epoch: 800 steps.
    small: lmFromScratch({ backbone: "llama-d128-l4", trainRows: null, validationRows: 200, epochs: 4 }),
    full: lmFromScratch({ backbone: "llama-d192-l6", trainRows: null, validationRows: 200, epochs: 12 }),
  },
  texts: tinyshakespeareTexts,
  evaluate: evaluatePerplexity,
});

// Tiny Shakespeare, character by character: a LLaMA of 0.8 M weights from scratch.
import type { Task } from "#harness/task/contract.ts";
import { lmFromScratch, lmSmoke } from "#tasks/encoding/lm-presets.ts";
import { type LmTaskData, lmTask } from "#tasks/encoding/lm-task.ts";
import { BYTE_TOKENS } from "#tasks/encoding/lm-tokens.ts";
import { lmBackbones } from "#tasks/models/lm.ts";
import { evaluatePerplexity, PERPLEXITY_METRICS } from "./perplexity.metrics.ts";
import { tinyshakespeareSource } from "./tinyshakespeare.source.ts";
import { tinyshakespeareTexts } from "./tinyshakespeare.texts.ts";

export const task: Task<LmTaskData> = lmTask({
  id: "lm-tinyshakespeare-char",
  title: "Tiny Shakespeare, characters",
  description:
    "The next character of Shakespeare's plays from those before it in a window of 128; tokens are bytes, which in this text are its 65 characters.",
  version: 1,
  source: tinyshakespeareSource,
  backbones: lmBackbones,
  vocabulary: BYTE_TOKENS.size,
  tokenizer: () => BYTE_TOKENS,
  metrics: PERPLEXITY_METRICS,
  floor: {
    value: 12.1,
    what: "character pairs counted in the training text, smoothed by 100 counts of single characters (single characters alone: 28.9)",
  },
  scales: {
    smoke: lmSmoke(2),
    // 490 batches an epoch: 600 steps.
    small: lmFromScratch({ backbone: "llama-d128-l4", trainRows: null, validationRows: 500, epochs: 1.225 }),
    full: lmFromScratch({ backbone: "llama-d192-l6", trainRows: null, validationRows: 500, epochs: 6 }),
  },
  texts: tinyshakespeareTexts,
  evaluate: evaluatePerplexity,
});

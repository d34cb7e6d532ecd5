// TREC questions with a small transformer from scratch: for methods that shape a transformer from its first step on.
import type { Task } from "#harness/task/contract.ts";
import { wordSmall, wordSmoke } from "#tasks/encoding/word-presets.ts";
import { wordTask } from "#tasks/encoding/word-task.ts";
import { TREC_WORDS } from "./trec.words.ts";

export const task: Task = wordTask({
  ...TREC_WORDS,
  id: "text-trec-transformer",
  title: "TREC questions, transformer from scratch",
  description:
    "The kind of answer that a question wants, six classes. Transformer of two blocks with words of its own, all of it trained from random numbers.",
  version: 1,
  scales: {
    smoke: wordSmoke("small-transformer"),
    small: wordSmall({ backbone: "small-transformer", validationRows: 500, epochs: 10 }),
  },
});

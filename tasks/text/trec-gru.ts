// TREC questions with a bidirectional GRU from scratch.
import type { Task } from "#harness/task/contract.ts";
import { wordSmall, wordSmoke } from "#tasks/encoding/word-presets.ts";
import { wordTask } from "#tasks/encoding/word-task.ts";
import { TREC_WORDS } from "./trec.words.ts";

export const task: Task = wordTask({
  ...TREC_WORDS,
  id: "text-trec-gru",
  title: "TREC questions, GRU from scratch",
  description:
    "The kind of answer that a question wants, six classes. Bidirectional GRU with words of its own, all of it trained from random numbers.",
  version: 1,
  scales: {
    smoke: wordSmoke("bigru"),
    small: wordSmall({ backbone: "bigru", validationRows: 500, epochs: 10 }),
  },
});

// AG News with a bidirectional GRU from scratch, the model that pooling by attention is about (card 01).
import type { Task } from "#harness/task/contract.ts";
import { wordSmall, wordSmoke } from "#tasks/encoding/word-presets.ts";
import { wordTask } from "#tasks/encoding/word-task.ts";
import { AGNEWS_WORDS } from "./agnews.words.ts";

export const task: Task = wordTask({
  ...AGNEWS_WORDS,
  id: "text-agnews-gru",
  title: "AG News, GRU from scratch",
  description:
    "Topic of a news article from its title and first lines. Bidirectional GRU with words of its own, all of it trained from random numbers. On the mirror's 9,000 articles it stays below the floor, a bag of words: not a board to separate methods by.",
  version: 1,
  scales: {
    smoke: wordSmoke("bigru"),
    small: wordSmall({ backbone: "bigru", validationRows: 1_000, epochs: 3 }),
  },
});

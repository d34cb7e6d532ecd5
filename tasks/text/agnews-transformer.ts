// AG News with a small transformer from scratch: for methods that shape a transformer from its first step on.
import type { Task } from "#harness/task/contract.ts";
import { wordSmall, wordSmoke } from "#tasks/encoding/word-presets.ts";
import { wordTask } from "#tasks/encoding/word-task.ts";
import { AGNEWS_WORDS } from "./agnews.words.ts";

export const task: Task = wordTask({
  ...AGNEWS_WORDS,
  id: "text-agnews-transformer",
  title: "AG News, transformer from scratch",
  description:
    "Topic of a news article from its title and first lines. Transformer of two blocks with words of its own, all of it trained from random numbers. On the mirror's 9,000 articles it stays below the floor, a bag of words: not a board to separate methods by.",
  version: 1,
  scales: {
    smoke: wordSmoke("small-transformer"),
    small: wordSmall({ backbone: "small-transformer", validationRows: 1_000, epochs: 3 }),
  },
});

// What families of tasks are called where people read.
import type { Family } from "#harness/task/contract.ts";

const NAMES: Readonly<Record<Family, string>> = {
  glue: "GLUE sentences",
  text: "text classification",
  ctr: "click-through rates",
  image: "images",
  clip: "images by words (CLIP)",
  lm: "language models",
};

/** The id itself where this checkout does not have the family. */
export const familyName = (id: string): string =>
  Object.entries(NAMES).find(([family]) => family === id)?.[1] ?? id;

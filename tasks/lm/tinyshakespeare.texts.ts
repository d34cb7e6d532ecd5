// The usual split of Tiny Shakespeare: the first 90 % of the characters train. The rest is halved into validation and test.
import type { ResolvedSource } from "#harness/data/source.ts";
import { readText } from "#harness/data/text.ts";
import { cutText, type LmTexts } from "#tasks/encoding/lm-task.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";

export const tinyshakespeareTexts = async (source: ResolvedSource): Promise<LmTexts> =>
  cutText(await readText(fileOf(source, "input.txt")), [0.9, 0.05]);

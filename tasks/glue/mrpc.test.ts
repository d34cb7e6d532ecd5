// MRPC's reader on the real files; what all tasks promise is tasks.test.ts's matter.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mirrorFolders } from "#harness/data/folders.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import { readLines } from "#harness/data/text.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { mrpcPairs } from "./mrpc.pairs.ts";
import { mrpcSource } from "./mrpc.source.ts";

const MIRRORED = mirrorFolders().some((folder) =>
  existsSync(join(folder, "glue/MRPC/msr_paraphrase_train.txt.gz")),
);

describe.skipIf(!MIRRORED)("MRPC on the real files (skipped where no mirror has them)", () => {
  it("has 3,668 training, 408 development and 1,725 test pairs, although 185 lines have an odd number of quotes", async () => {
    const source = await resolveSource(mrpcSource, { download: false });
    let odd = 0;
    for await (const { text } of readLines(fileOf(source, "msr_paraphrase_train.txt")))
      if ((text.split('"').length - 1) % 2 === 1) odd++;
    expect(odd).toBe(185);
    const { train, validation, test } = await mrpcPairs(source);
    expect([train.length, validation.length, test.length]).toEqual([3_668, 408, 1_725]);
    // GLUE: 68 % of the training pairs (2,474) and 279 of the development pairs are paraphrases.
    const positives = [train, validation].map((rows) => rows.filter(({ target }) => target === 1).length);
    expect(positives).toEqual([2_474, 279]);
    expect(train[0]?.texts[0]).toBe(
      'Amrozi accused his brother , whom he called " the witness " , of deliberately distorting his evidence .',
    );
  });
});

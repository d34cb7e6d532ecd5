// QNLI's pairs out of the official archive; what all tasks promise is tasks.test.ts's matter.
import { zipSync } from "fflate";
import { expect, it } from "vitest";
import type { ResolvedSource } from "#harness/data/source.ts";
import { failureOf } from "#harness/data/testing/failure.ts";
import { scratchFolder } from "#harness/data/testing/scratch.ts";
import type { ScalePreset } from "#harness/task/contract.ts";
import { qnliPairs } from "./qnli.pairs.ts";
import { QNLI_FILE } from "./qnli.source.ts";
import { task } from "./qnli.ts";

const scratch = scratchFolder();

const table = (name: string, rows: number) =>
  [
    "index\tquestion\tsentence\tlabel",
    ...Array.from(
      { length: rows },
      (_, i) =>
        `${i}\tWhich ${name} is "${i}?\tIt is ${name} ${i}.\t${i % 2 === 0 ? "entailment" : "not_entailment"}`,
    ),
  ].join("\n");

const sourceAt = (path: string, part: boolean): ResolvedSource => ({
  id: "glue-qnli",
  variant: part ? "mirror" : "official",
  files: new Map([
    [QNLI_FILE, { name: QNLI_FILE, variant: "official", path, packing: "none", part, sha256: "", bytes: 0 }],
  ]),
  fingerprint: "",
  notice: null,
});

const preset = (scale: "small" | "full"): ScalePreset => {
  const found = task.scales[scale];
  if (found === undefined) throw new Error(`no scale ${scale}`);
  return found;
};

it("takes the development file of the archive or of a mirror at small, and everything of the archive at full", async () => {
  const dev = table("dev", 1_600);
  const archive = await scratch.put(
    "QNLIv2.zip",
    zipSync({
      "QNLI/train.tsv": Buffer.from(table("train", 6_000)),
      "QNLI/dev.tsv": Buffer.from(dev),
      "QNLI/test.tsv": Buffer.from("no labels"),
    }),
  );
  const mirror = await scratch.put("dev.tsv", dev);
  const small = await qnliPairs(sourceAt(archive, false), preset("small"));
  expect(small).toEqual(await qnliPairs(sourceAt(mirror, true), preset("small")));
  expect([small.test.length, small.validation.length, small.train.length]).toEqual([1_000, 400, 200]);
  const full = await qnliPairs(sourceAt(archive, false), preset("full"));
  expect([full.test.length, full.validation.length, full.train.length]).toEqual([1_600, 5_000, 1_000]);
  expect((await failureOf(qnliPairs(sourceAt(mirror, true), preset("full")))).parts).toMatchObject({
    reason: "data",
    value: QNLI_FILE,
  });
  const lacking = await scratch.put("lacking.zip", zipSync({ "QNLI/train.tsv": Buffer.from("x") }));
  expect((await failureOf(qnliPairs(sourceAt(lacking, false), preset("small")))).parts.wanted).toBe(
    "QNLI/dev.tsv",
  );
});

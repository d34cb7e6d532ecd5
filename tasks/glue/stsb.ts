// GLUE STS-B: how alike is the meaning of two sentences?
import { pearson, spearman } from "#harness/stats/ranking.ts";
import type { Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { fileOf, shareOf, tsvRows } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { pairBackbones } from "#tasks/models/text.ts";
import { SAMPLE_FILE, stsbSource } from "./stsb.source.ts";

const COLUMNS = { label: "score", texts: ["sentence1", "sentence2"] } as const;
// Divided by 5, so that a fresh head starts near the targets; both correlations are the same for any positive factor.
const target = shareOf(0, 5);

export const task: Task = textTask({
  id: "glue-stsb",
  family: "glue",
  title: "GLUE STS-B",
  description:
    "How alike two sentences are in meaning, from 0 (unrelated) to 5 (equivalent), predicted as a share of 5.",
  version: 1,
  source: stsbSource,
  sample: { file: SAMPLE_FILE, texts: COLUMNS.texts, target },
  backbones: pairBackbones,
  metrics: ["pearson", "spearman"],
  classes: null,
  floor: {
    value: 0.65,
    what: "share of common words (Jaccard, lower case) of the two sentences, no training: 0.6498 on the test pairs",
  },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: null, validationRows: 575, epochs: 2 }),
    full: bertPreset({ validationRows: 575, epochs: 3 }),
  },
  async rows(source, preset) {
    const read = (name: string) => tsvRows(fileOf(source, name), COLUMNS, target);
    return cutValidation(
      { train: await read("train.tsv"), test: await read("dev.tsv") },
      preset,
      "glue-stsb",
    );
  },
  evaluate: (scores, targets) => ({
    pearson: pearson(scores, targets),
    spearman: spearman(scores, targets),
  }),
});

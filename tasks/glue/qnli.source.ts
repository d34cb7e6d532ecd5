// QNLI of GLUE: its development set, and an embedded stand-in. No checked copy of the training file (25 MB) was to be had,
// and a file is never read without a known checksum, so the task works on the development set alone.
import type { DataSource } from "#harness/data/source.ts";
import { GLUE_HOMEPAGE, GLUE_PAPER } from "./archive.source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "qnli.sample.tsv";

const DEV = {
  sha256: "ac19409dcb04631eaaa094bdebdcf621086bc352503dfb6a1a648b614986f4fd",
  bytes: 1_367_342,
  rows: 5_463,
} as const;

export const qnliSource: DataSource = {
  id: "glue-qnli",
  title: "QNLI (questions of SQuAD with sentences, GLUE release), development set only",
  licence: "CC BY-SA 4.0 (from SQuAD 1.1)",
  redistributable: true,
  citation: `Rajpurkar et al. 2016, SQuAD; ${GLUE_PAPER}`,
  homepage: GLUE_HOMEPAGE,
  files: [
    {
      name: "dev.tsv",
      ...DEV,
      official: {
        url: "https://dl.fbaipublicfiles.com/glue/data/QNLIv2.zip",
        sha256: "e634e78627a29adaecd4f955359b22bf5e70f2cbd93b493f2d624138a0c0e5f5",
        bytes: 10_627_589,
        packing: { kind: "zip", entry: "QNLI/dev.tsv" },
      },
      mirror: {
        path: "glue/QNLI/dev.tsv.gz",
        packing: "gzip",
        sha256: "3b4c8c8dd44ca8f5e25b84652aaf4f86b375e4146370e0874e2709306918fce8",
        bytes: 517_921,
        // Stated so that listings call it a part: the mirror has this file whole and none of the others.
        content: DEV,
      },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./qnli.sample.tsv", import.meta.url) },
  },
};

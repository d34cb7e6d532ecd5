// QNLI of GLUE: the official archive, a mirror's copy of its development file, and an embedded stand-in. The hash of the archive as
// a whole is all that is recorded, so the archive itself is the file.
import type { DataSource } from "#harness/data/source.ts";
import { GLUE_HOMEPAGE, GLUE_PAPER } from "./archive.source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "qnli.sample.tsv";

export const QNLI_FILE = "QNLIv2.zip";

/** As TensorFlow Datasets records it. */
const ARCHIVE = {
  sha256: "e634e78627a29adaecd4f955359b22bf5e70f2cbd93b493f2d624138a0c0e5f5",
  bytes: 10_627_589,
} as const;

export const qnliSource: DataSource = {
  id: "glue-qnli",
  title: "QNLI (questions of SQuAD with sentences, GLUE release)",
  licence: "CC BY-SA 4.0 (from SQuAD 1.1)",
  redistributable: true,
  citation: `Rajpurkar et al. 2016, SQuAD; ${GLUE_PAPER}`,
  homepage: GLUE_HOMEPAGE,
  files: [
    {
      name: QNLI_FILE,
      ...ARCHIVE,
      official: {
        url: `https://dl.fbaipublicfiles.com/glue/data/${QNLI_FILE}`,
        packing: { kind: "none" },
        ...ARCHIVE,
      },
      mirror: {
        path: "glue/QNLI/dev.tsv.gz",
        packing: "gzip",
        sha256: "3b4c8c8dd44ca8f5e25b84652aaf4f86b375e4146370e0874e2709306918fce8",
        bytes: 517_921,
        content: {
          sha256: "ac19409dcb04631eaaa094bdebdcf621086bc352503dfb6a1a648b614986f4fd",
          bytes: 1_367_342,
          rows: 5_463,
        },
      },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./qnli.sample.tsv", import.meta.url) },
  },
};

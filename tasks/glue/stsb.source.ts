// STS-B of GLUE: where the files are, and their embedded stand-in.
import type { DataSource } from "#harness/data/source.ts";
import { GLUE_HOMEPAGE, GLUE_PAPER, glueFiles } from "./archive.source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "stsb.sample.tsv";

const ARCHIVE = {
  archive: "STS-B",
  folder: "STS-B",
  sha256: "e60a6393de5a8b5b9bac5020a1554b54e3691f9d600b775bd131e613ac179c85",
  bytes: 802_872,
} as const;

export const stsbSource: DataSource = {
  id: "glue-stsb",
  title: "STS-B (Semantic Textual Similarity Benchmark, GLUE release)",
  licence:
    "by origin of the sentences, several of them non-commercial or share-alike; see LICENSE.txt of the archive",
  redistributable: false,
  citation: `Cer et al. 2017, SemEval-2017 Task 1; ${GLUE_PAPER}`,
  homepage: GLUE_HOMEPAGE,
  files: glueFiles(ARCHIVE, [
    {
      name: "train.tsv",
      sha256: "41c4d978b6162abdcada7e49a982211954cca5459c228db478af333124b257a2",
      bytes: 984_099,
      rows: 5_749,
      mirror: {
        sha256: "973cad77bfe119f27b81b0d846d3a1e713c67b649b0c3d8aa65059fac9da1019",
        bytes: 273_121,
      },
    },
    {
      name: "dev.tsv",
      sha256: "fe7dc0632a5033562f3cadff991f6e8d9b9b6311861660e78c3c82eb7db67f59",
      bytes: 276_928,
      rows: 1_500,
      mirror: {
        sha256: "53018193fc2d2729ec6f2ae83aa9ea8ad2c379ba8511d293d763cfbe26eb26f2",
        bytes: 85_499,
      },
    },
  ]),
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./stsb.sample.tsv", import.meta.url) },
  },
};

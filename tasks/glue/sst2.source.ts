// SST-2 of GLUE: where the files are, and their embedded stand-in.
import type { DataSource } from "#harness/data/source.ts";
import { GLUE_HOMEPAGE, GLUE_PAPER, glueFiles } from "./archive.source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "sst2.sample.tsv";

const ARCHIVE = {
  archive: "SST-2",
  folder: "SST-2",
  sha256: "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa",
  bytes: 7_439_277,
} as const;

export const sst2Source: DataSource = {
  id: "glue-sst2",
  title: "SST-2 (Stanford Sentiment Treebank, two classes, GLUE release)",
  licence: "none stated by its authors; used for research",
  redistributable: false,
  citation: `Socher et al. 2013, Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank; ${GLUE_PAPER}`,
  homepage: GLUE_HOMEPAGE,
  files: glueFiles(ARCHIVE, [
    {
      name: "train.tsv",
      sha256: "48eac26399f8456935f81dd9e3a745c1430adb6c62e233ccfe22db4a0d15d1d1",
      bytes: 3_806_081,
      rows: 67_349,
      mirror: {
        sha256: "7d35c8190bf12e4b0ff3b42954bf65412256bc4ff7042608512e9e664ed64bc7",
        bytes: 1_445_059,
      },
    },
    {
      name: "dev.tsv",
      sha256: "54a9c12c77e402fc14d6a66a506f24d999f596b0176eb777c972cccc2f9cc4b0",
      bytes: 94_931,
      rows: 872,
      mirror: {
        sha256: "2b362b78d36eccad2d3304110e76d95a56654f860a5913f91fe4b12546d439b4",
        bytes: 38_132,
      },
    },
  ]),
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./sst2.sample.tsv", import.meta.url) },
  },
};

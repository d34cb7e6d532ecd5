// RTE of GLUE: where the files are, and their embedded stand-in.
import type { DataSource } from "#harness/data/source.ts";
import { GLUE_HOMEPAGE, GLUE_PAPER, glueFiles } from "./archive.source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "rte.sample.tsv";

const ARCHIVE = {
  archive: "RTE",
  folder: "RTE",
  sha256: "6bf86de103ecd335f3441bd43574d23fef87ecc695977a63b82d5efb206556ee",
  bytes: 697_150,
} as const;

export const rteSource: DataSource = {
  id: "glue-rte",
  title: "RTE (Recognizing Textual Entailment 1, 2, 3 and 5, GLUE release)",
  licence: "none stated; used for research",
  redistributable: false,
  citation: `Dagan et al. 2006; Bar Haim et al. 2006; Giampiccolo et al. 2007; Bentivogli et al. 2009; ${GLUE_PAPER}`,
  homepage: GLUE_HOMEPAGE,
  files: glueFiles(ARCHIVE, [
    {
      name: "train.tsv",
      sha256: "41e3a9b063433392343fad9e962cf2f58b681c78d8f71592f4186f0837246c5c",
      bytes: 846_226,
      rows: 2_490,
      mirror: {
        sha256: "3f4a66dd8d382ac6beb61407eb492fec84d8fb5b16f7d6d7eb07fb33133286c0",
        bytes: 335_731,
      },
    },
    {
      name: "dev.tsv",
      sha256: "80230dfa1347282e7b532b06a1004a76a710087541189bf874223ddf0e3819fb",
      bytes: 90_343,
      rows: 277,
      mirror: {
        sha256: "9d327343959fd4f4a9ea7e5e419a641ad4e45b3d4f65c42c796ae8198200cbb6",
        bytes: 37_468,
      },
    },
  ]),
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./rte.sample.tsv", import.meta.url) },
  },
};

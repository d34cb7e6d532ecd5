// CoLA of GLUE: where the files are, and their embedded stand-in.
import type { DataSource } from "#harness/data/source.ts";
import { GLUE_HOMEPAGE, GLUE_PAPER, glueFiles } from "./archive.source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "cola.sample.tsv";

const ARCHIVE = {
  archive: "CoLA",
  folder: "CoLA",
  sha256: "f212fcd832b8f7b435fb991f101abf89f96b933ab400603bf198960dfc32cbff",
  bytes: 376_971,
} as const;

export const colaSource: DataSource = {
  id: "glue-cola",
  title: "CoLA (Corpus of Linguistic Acceptability, GLUE release)",
  licence: "none stated; sentences quoted from linguistics papers, used for research",
  redistributable: false,
  citation: `Warstadt et al. 2019, Neural Network Acceptability Judgments; ${GLUE_PAPER}`,
  homepage: GLUE_HOMEPAGE,
  files: glueFiles(ARCHIVE, [
    {
      name: "train.tsv",
      sha256: "cb368ebeb9f27d7ad03720d27ddc95687a311bdb100781a2fe59a5f5b1bc0624",
      bytes: 428_590,
      rows: 8_551,
      mirror: {
        sha256: "a1208d9681949aa1869ae83503ba7cc147337c4a7e5e1c4d256215655c2b467f",
        bytes: 107_391,
      },
    },
    {
      name: "dev.tsv",
      sha256: "8c013e21dc39957cac37378d87bebe225b694a0d5fe13eded66c2856628833fd",
      bytes: 53_717,
      rows: 1_043,
      mirror: {
        sha256: "6e0f6affc5e5e722ad60572e4420eb58aef2edbcbf554ba35289d590af34cb82",
        bytes: 17_629,
      },
    },
  ]),
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./cola.sample.tsv", import.meta.url) },
  },
};

// MRPC: the two files of the Microsoft corpus, the ids of GLUE's development pairs, and an embedded stand-in.
import type { DataSource } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "mrpc.sample.tsv";

export const mrpcSource: DataSource = {
  id: "glue-mrpc",
  title: "MRPC (Microsoft Research Paraphrase Corpus, split of GLUE)",
  licence: "Microsoft Research, for research use",
  redistributable: false,
  citation:
    "Dolan and Brockett 2005, Automatically Constructing a Corpus of Sentential Paraphrases; Wang et al. 2019, GLUE",
  homepage: "https://www.microsoft.com/en-us/download/details.aspx?id=52398",
  files: [
    {
      name: "msr_paraphrase_train.txt",
      sha256: "60a9b09084528f0673eedee2b69cb941920f0b8cd0eeccefc464a98768457f89",
      bytes: 1_047_044,
      rows: 4_076,
      official: {
        url: "https://dl.fbaipublicfiles.com/senteval/senteval_data/msr_paraphrase_train.txt",
        packing: { kind: "none" },
      },
      mirror: {
        path: "glue/MRPC/msr_paraphrase_train.txt.gz",
        packing: "gzip",
        sha256: "5bba8c6db7986599e472e0ef5cd19d7113dc320079acc7a492551f5adad1a2bf",
        bytes: 361_979,
      },
    },
    {
      name: "msr_paraphrase_test.txt",
      sha256: "a04e271090879aaba6423d65b94950c089298587d9c084bf9cd7439bd785f784",
      bytes: 441_275,
      rows: 1_725,
      official: {
        url: "https://dl.fbaipublicfiles.com/senteval/senteval_data/msr_paraphrase_test.txt",
        packing: { kind: "none" },
      },
      mirror: {
        path: "glue/MRPC/msr_paraphrase_test.txt.gz",
        packing: "gzip",
        sha256: "3926fd1d960356ea3a33f318021cad3071e8f10fe8855902f0501c62d5714258",
        bytes: 154_743,
      },
    },
    {
      name: "dev_ids.tsv",
      sha256: "971d7767d81b997fd9060ade0ec23c4fc31cbb226a55d1bd4a1bac474eb81dc7",
      bytes: 6_222,
      rows: 408,
      official: {
        url: "https://dl.fbaipublicfiles.com/glue/data/mrpc_dev_ids.tsv",
        packing: { kind: "none" },
      },
      mirror: {
        path: "glue/MRPC/dev_ids.tsv.gz",
        packing: "gzip",
        sha256: "30f90fbdc73f147dfcaf564a9a986a5b1d10d05fd590f289859c79ae90394fb0",
        bytes: 3_024,
      },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./mrpc.sample.tsv", import.meta.url) },
  },
};

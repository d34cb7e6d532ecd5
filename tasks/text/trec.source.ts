// TREC questions, shared by the tasks of 6 and of 50 classes, and an embedded stand-in with both kinds of label.
import type { DataSource } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "trec.sample.tsv";

export const trecSource: DataSource = {
  id: "text-trec",
  title: "TREC question classification",
  licence: "none stated by its authors; used for research",
  redistributable: false,
  citation: "Li and Roth 2002, Learning Question Classifiers",
  homepage: "https://cogcomp.seas.upenn.edu/Data/QA/QC/",
  files: [
    {
      name: "train_5500.label",
      sha256: "9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3",
      bytes: 335_858,
      rows: 5_452,
      official: {
        url: "https://cogcomp.seas.upenn.edu/Data/QA/QC/train_5500.label",
        packing: { kind: "none" },
      },
      mirror: {
        path: "sentence-cls/TREC/train_5500.label.gz",
        packing: "gzip",
        sha256: "e66d18cf5e6be7fc67a15ec7675d56801d9bc1ad7f7c7d0bef3f5c50840da9da",
        bytes: 114_871,
      },
    },
    {
      name: "TREC_10.label",
      sha256: "033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e",
      bytes: 23_354,
      rows: 500,
      official: { url: "https://cogcomp.seas.upenn.edu/Data/QA/QC/TREC_10.label", packing: { kind: "none" } },
      mirror: {
        path: "sentence-cls/TREC/TREC_10.label.gz",
        packing: "gzip",
        sha256: "c2935194eaf115d2e3d1fb748293c05f2fc8f6ddf288aa32947cb0fdde548e2f",
        bytes: 7_693,
      },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./trec.sample.tsv", import.meta.url) },
  },
};

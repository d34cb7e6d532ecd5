// IMDB reviews: the part that a mirror keeps, and an embedded stand-in. The official archive is a tar file of 50,000 files,
// which the data layer does not unpack.
import type { DataSource } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "imdb.sample.tsv";

// Content of what the mirror holds, stated twice so that it is called a part of the data set.
const TRAIN = {
  sha256: "f4fcf70159920ae4ec97a985ad4137fffd156cc28f77027c76b3b15c48308894",
  bytes: 3_422_648,
  rows: 2_500,
} as const;

const TEST = {
  sha256: "3491cb5f559814f3fe586e1241798c322a6b64c7f9b613f2d20ae0b16a728d3e",
  bytes: 1_402_688,
  rows: 1_000,
} as const;

export const imdbSource: DataSource = {
  id: "text-imdb",
  title: "IMDB reviews (first 1,250 training and 500 test reviews of each class)",
  licence: "none stated by its authors; used for research",
  redistributable: false,
  citation: "Maas et al. 2011, Learning Word Vectors for Sentiment Analysis",
  homepage: "https://ai.stanford.edu/~amaas/data/sentiment/",
  files: [
    {
      name: "train.jsonl",
      ...TRAIN,
      mirror: {
        path: "imdb-subset/train.jsonl.gz",
        packing: "gzip",
        sha256: "9e8b5a17ae9b3f84f7c1043eb874035fa7e7591ee0575e09320d9747a5b67926",
        bytes: 1_345_129,
        content: TRAIN,
      },
    },
    {
      name: "test.jsonl",
      ...TEST,
      mirror: {
        path: "imdb-subset/test.jsonl.gz",
        packing: "gzip",
        sha256: "54a0ad89dc7bda9bda43915e49e56c2c84cc0300876c5bc01af1ab5073fdac4b",
        bytes: 552_382,
        content: TEST,
      },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./imdb.sample.tsv", import.meta.url) },
  },
};

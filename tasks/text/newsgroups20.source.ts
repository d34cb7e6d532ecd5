// 20 Newsgroups: the part that a mirror keeps, and an embedded stand-in. The official archive is a tar file of 18,846 files,
// which the data layer does not unpack.
import type { DataSource } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "newsgroups20.sample.tsv";

// Content of what the mirror holds, stated twice so that it is called a part of the data set.
const TRAIN = {
  sha256: "33b7f964dce8f653804a8b588bd5dfd667b1d6524471842183c5ce9de047aa59",
  bytes: 7_212_726,
  rows: 3_000,
} as const;

const TEST = {
  sha256: "343625c47c53c576b5a6b4b65821f33f7326a576b42a113a28f007927cabf737",
  bytes: 2_843_697,
  rows: 1_500,
} as const;

export const newsgroups20Source: DataSource = {
  id: "text-newsgroups20",
  title: "20 Newsgroups by date (first 150 training and 75 test posts of each group)",
  licence: "none stated; public Usenet posts, used for research",
  redistributable: false,
  citation: "Lang 1995, NewsWeeder: Learning to Filter Netnews",
  homepage: "https://qwone.com/~jason/20Newsgroups/",
  files: [
    {
      name: "train.jsonl",
      ...TRAIN,
      mirror: {
        path: "newsgroups20-subset/train.jsonl.gz",
        packing: "gzip",
        sha256: "9e96a69d040a536a7db9a709da331cecf6d8e8affed7b14494271d7538448ea4",
        bytes: 2_890_353,
        content: TRAIN,
      },
    },
    {
      name: "test.jsonl",
      ...TEST,
      mirror: {
        path: "newsgroups20-subset/test.jsonl.gz",
        packing: "gzip",
        sha256: "2748bd96c29ea92a1dd5b95b6bd211afc2937ea2e94a696f41ad5edcc373b654",
        bytes: 1_114_114,
        content: TEST,
      },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./newsgroups20.sample.tsv", import.meta.url) },
  },
};

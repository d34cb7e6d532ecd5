// AG News: the official files; of the training file a mirror has a part in another form (10,001 rows, no titles). And an
// embedded stand-in.
import type { DataSource } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "agnews.sample.tsv";

export const agnewsSource: DataSource = {
  id: "text-agnews",
  title: "AG News (four topics, 120,000 + 7,600 articles)",
  licence: "non-commercial research use",
  redistributable: false,
  citation: "Zhang et al. 2015, Character-level Convolutional Networks for Text Classification",
  homepage: "https://github.com/mhjabreel/CharCnn_Keras",
  files: [
    {
      name: "train.csv",
      sha256: "76a0a2d2f92b286371fe4d4044640910a04a803fdd2538e0f3f29a5c6f6b672e",
      bytes: 29_470_338,
      rows: 120_000,
      official: {
        url: "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/train.csv",
        packing: { kind: "none" },
      },
      mirror: {
        path: "ag-news/train-10k-subset.tsv.gz",
        packing: "gzip",
        sha256: "e2533320ed9a2fcf42f5f62a8e18139c6190273a13b4805dde8bd76109600bc5",
        bytes: 827_147,
        content: {
          sha256: "7a0811e0006080bf4de17752c5466450ff3db778be71bc5bcf3c4e99b5f0803d",
          bytes: 2_030_410,
          rows: 10_001,
        },
      },
    },
    {
      name: "test.csv",
      sha256: "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699",
      bytes: 1_857_427,
      rows: 7_600,
      official: {
        url: "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/test.csv",
        packing: { kind: "none" },
      },
      mirror: {
        path: "ag-news/test.csv.gz",
        packing: "gzip",
        sha256: "a0687337e1d12c4c6e06e96e5ffaf0cdbfc59a2a20614bd7598a4f4b167b6eec",
        bytes: 749_484,
      },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./agnews.sample.tsv", import.meta.url) },
  },
};

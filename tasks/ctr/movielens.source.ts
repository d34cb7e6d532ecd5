// MovieLens 100K: three files of GroupLens' archive, and their embedded stand-in in the same form.
import type { DataSource, OfficialCopy } from "#harness/data/source.ts";

const official = (name: string): OfficialCopy => ({
  url: "https://files.grouplens.org/datasets/movielens/ml-100k.zip",
  sha256: "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
  bytes: 4_924_029,
  packing: { kind: "zip", entry: `ml-100k/${name}` },
});

export const movielensSource: DataSource = {
  id: "ctr-movielens",
  title: "MovieLens 100K (100,000 ratings of 1,682 films by 943 users)",
  licence: "GroupLens: research use, no commercial use, no redistribution without permission",
  redistributable: false,
  citation: "Harper and Konstan 2015, The MovieLens Datasets: History and Context",
  homepage: "https://grouplens.org/datasets/movielens/100k/",
  files: [
    {
      name: "u.data",
      sha256: "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
      bytes: 1_979_173,
      rows: 100_000,
      official: official("u.data"),
      mirror: {
        path: "ctr-movielens-100k/u.data.gz",
        packing: "gzip",
        sha256: "c3fe59d9f784f19e1715f710845ac12970203e783301a9404cd615780b838694",
        bytes: 828_235,
      },
    },
    {
      name: "u.item",
      sha256: "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
      bytes: 236_344,
      rows: 1_682,
      official: official("u.item"),
      mirror: {
        path: "ctr-movielens-100k/u.item.gz",
        packing: "gzip",
        sha256: "fddc64e52bb5d3b3bcb81b69c5d76b2688dbab87f6c564ba448a00b1f45d7e64",
        bytes: 46_477,
      },
    },
    {
      name: "u.user",
      sha256: "f120e114da2e8cf314fd28f99417c94ae9ddf1cb6db8ce0e4b5995d40e90e62c",
      bytes: 22_628,
      rows: 943,
      official: official("u.user"),
      mirror: { path: "ctr-movielens-100k/u.user", packing: "none" },
    },
  ],
  sample: {
    licence: "MIT, made by scripts/samples/ctr.ts",
    files: {
      "u.data": new URL("./movielens.sample.ratings.tsv", import.meta.url),
      "u.item": new URL("./movielens.sample.items.txt", import.meta.url),
      "u.user": new URL("./movielens.sample.users.txt", import.meta.url),
    },
  },
};

// IMDB reviews: the official archive, the part that a mirror keeps, and an embedded stand-in. The hash of the archive as a whole
// is all that is recorded, so the archive itself is the file.
import type { DataSource, MirrorCopy, SourceFile } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "imdb.sample.tsv";

const ARCHIVE = {
  sha256: "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
  bytes: 84_125_825,
} as const;

/** The archive, once for each half that is read from it; a mirror has the first reviews of each half in lines of JSON. */
export const IMDB_FILES = { train: "train-aclImdb_v1.tar.gz", test: "test-aclImdb_v1.tar.gz" } as const;

const half = (name: keyof typeof IMDB_FILES, mirror: MirrorCopy): SourceFile => ({
  name: IMDB_FILES[name],
  ...ARCHIVE,
  rows: 25_000,
  official: {
    url: "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    packing: { kind: "none" },
    ...ARCHIVE,
  },
  mirror,
});

export const imdbSource: DataSource = {
  id: "text-imdb",
  title: "IMDB reviews (Large Movie Review Dataset 1.0, 25,000 + 25,000 labelled reviews)",
  licence: "none stated by its authors; used for research",
  redistributable: false,
  citation: "Maas et al. 2011, Learning Word Vectors for Sentiment Analysis",
  homepage: "https://ai.stanford.edu/~amaas/data/sentiment/",
  files: [
    half("train", {
      path: "imdb-subset/train.jsonl.gz",
      packing: "gzip",
      sha256: "9e8b5a17ae9b3f84f7c1043eb874035fa7e7591ee0575e09320d9747a5b67926",
      bytes: 1_345_129,
      content: {
        sha256: "f4fcf70159920ae4ec97a985ad4137fffd156cc28f77027c76b3b15c48308894",
        bytes: 3_422_648,
        rows: 2_500,
      },
    }),
    half("test", {
      path: "imdb-subset/test.jsonl.gz",
      packing: "gzip",
      sha256: "54a0ad89dc7bda9bda43915e49e56c2c84cc0300876c5bc01af1ab5073fdac4b",
      bytes: 552_382,
      content: {
        sha256: "3491cb5f559814f3fe586e1241798c322a6b64c7f9b613f2d20ae0b16a728d3e",
        bytes: 1_402_688,
        rows: 1_000,
      },
    }),
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./imdb.sample.tsv", import.meta.url) },
  },
};

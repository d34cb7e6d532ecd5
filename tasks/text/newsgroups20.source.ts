// 20 Newsgroups by date: the official archive, the part that a mirror keeps, and an embedded stand-in. The hash of the archive as
// a whole is all that is recorded (of the copy at figshare), so the archive itself is the file.
import type { DataSource, MirrorCopy, SourceFile } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "newsgroups20.sample.tsv";

const SHA256 = "8f1b2514ca22a5ade8fbb9cfa5727df95fa587f4c87b786e15c759fa66d95610";
/** As downloads report it; nothing is refused for it. */
const BYTES = 14_464_277;

/** The archive, once for each half that is read from it; a mirror has the first posts of each group in lines of JSON. */
export const NEWSGROUP_FILES = {
  train: "train-20news-bydate.tar.gz",
  test: "test-20news-bydate.tar.gz",
} as const;

const half = (name: keyof typeof NEWSGROUP_FILES, rows: number, mirror: MirrorCopy): SourceFile => ({
  name: NEWSGROUP_FILES[name],
  sha256: SHA256,
  bytes: BYTES,
  rows,
  official: {
    url: "https://ndownloader.figshare.com/files/5975967",
    packing: { kind: "none" },
    sha256: SHA256,
  },
  mirror,
});

export const newsgroups20Source: DataSource = {
  id: "text-newsgroups20",
  title: "20 Newsgroups by date (11,314 + 7,532 posts)",
  licence: "none stated; public Usenet posts, used for research",
  redistributable: false,
  citation: "Lang 1995, NewsWeeder: Learning to Filter Netnews",
  homepage: "https://qwone.com/~jason/20Newsgroups/",
  files: [
    half("train", 11_314, {
      path: "newsgroups20-subset/train.jsonl.gz",
      packing: "gzip",
      sha256: "9e96a69d040a536a7db9a709da331cecf6d8e8affed7b14494271d7538448ea4",
      bytes: 2_890_353,
      content: {
        sha256: "33b7f964dce8f653804a8b588bd5dfd667b1d6524471842183c5ce9de047aa59",
        bytes: 7_212_726,
        rows: 3_000,
      },
    }),
    half("test", 7_532, {
      path: "newsgroups20-subset/test.jsonl.gz",
      packing: "gzip",
      sha256: "2748bd96c29ea92a1dd5b95b6bd211afc2937ea2e94a696f41ad5edcc373b654",
      bytes: 1_114_114,
      content: {
        sha256: "343625c47c53c576b5a6b4b65821f33f7326a576b42a113a28f007927cabf737",
        bytes: 2_843_697,
        rows: 1_500,
      },
    }),
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./newsgroups20.sample.tsv", import.meta.url) },
  },
};

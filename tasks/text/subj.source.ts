// SUBJ: two files, one a class, and an embedded stand-in. No checksum of the official archive as a whole is recorded anywhere:
// its two entries are held to those of the mirror's copies. The sizes agree with the record of NLTK's data index, whose
// unpacked package (1,303,352 bytes) is these two files and the authors' notes.
import type { DataSource, OfficialCopy } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "subj.sample.tsv";

const official = (entry: string): OfficialCopy => ({
  url: "https://www.cs.cornell.edu/people/pabo/movie-review-data/rotten_imdb.tar.gz",
  packing: { kind: "tar.gz", entry },
});

export const subjSource: DataSource = {
  id: "text-subj",
  title: "SUBJ (subjectivity data set 1.0)",
  licence: "none stated by its authors; used for research",
  redistributable: false,
  citation: "Pang and Lee 2004, A Sentimental Education",
  homepage: "https://www.cs.cornell.edu/people/pabo/movie-review-data/",
  files: [
    {
      name: "subj.objective",
      sha256: "5ddc9b44dc60d64d651347fcd7bdd489b0c70661e3f768215c16eea36f51204a",
      bytes: 669_456,
      rows: 5_000,
      official: official("plot.tok.gt9.5000"),
      mirror: {
        path: "sentence-cls/SUBJ/subj.objective.gz",
        packing: "gzip",
        sha256: "6b44269c13da27a771604e1ebf5ab8cb2f884cba4057cfde4148b50b51a0e31d",
        bytes: 267_627,
      },
    },
    {
      name: "subj.subjective",
      sha256: "73a2dcf8dc3cbcc7f068a70ef9f021c86b2a8e4dac81566b7fd015b3e938f2c5",
      bytes: 630_790,
      rows: 5_000,
      official: official("quote.tok.gt9.5000"),
      mirror: {
        path: "sentence-cls/SUBJ/subj.subjective.gz",
        packing: "gzip",
        sha256: "1d87207595c13d6bff22e7efd0817eb0091f4a2a0b6b4b48379319159133296a",
        bytes: 249_355,
      },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./subj.sample.tsv", import.meta.url) },
  },
};

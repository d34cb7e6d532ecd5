// Criteo display advertising: 8,000 rows of the first day, in the original form, and their embedded stand-in. The official
// archive is a tar file of 4.5 GB, which the data layer does not unpack.
import type { Content, DataSource, SourceFile } from "#harness/data/source.ts";

const part = (name: string, content: Required<Content>, stored: Omit<Content, "rows">): SourceFile => ({
  name,
  ...content,
  // Content stated again, so that it is called a part of the data set.
  mirror: { path: `ctr-criteo-sample/${name}.gz`, packing: "gzip", ...stored, content },
});

export const criteoSource: DataSource = {
  id: "ctr-criteo",
  title: "Criteo Display Advertising (8,000 rows of the first day)",
  licence: "CC BY-NC-SA 4.0 and the terms of the Kaggle challenge",
  redistributable: false,
  citation: "Criteo Labs 2014, Display Advertising Challenge",
  homepage: "https://ailab.criteo.com/ressources/",
  files: [
    part(
      "train.txt",
      {
        sha256: "2b0614035f6c931dc4ac2c1a1a26fa954f2b9231703f3a77bcdd53d9d9f29872",
        bytes: 1_744_474,
        rows: 7_200,
      },
      { sha256: "26f53069b65ee2088d59d084767e9216ba6c8f41b8b728a8702791224bb7ed17", bytes: 621_098 },
    ),
    part(
      "dev.txt",
      {
        sha256: "7ac8a164e43a9903be3d43e640bcd464cfa0d96d7a652ec8ef8a33fe97cac6b9",
        bytes: 98_922,
        rows: 409,
      },
      { sha256: "44be1d5b609d16f1d7422cc60ea3a780cdcd4e104d3a49dfa496254e4eeba59a", bytes: 36_744 },
    ),
    part(
      "test.txt",
      {
        sha256: "3a7a78b694945482aede520e68300b0e2748603363072822cfbbb9f72d0dfd9a",
        bytes: 95_122,
        rows: 391,
      },
      { sha256: "8fc553ff2b10e70800c500761d3310fae6b9f3975b1baceabbff7334235c9062", bytes: 35_219 },
    ),
  ],
  sample: {
    licence: "MIT, made by scripts/samples/ctr.ts",
    files: {
      "train.txt": new URL("./criteo.sample.train.txt", import.meta.url),
      "dev.txt": new URL("./criteo.sample.dev.txt", import.meta.url),
      "test.txt": new URL("./criteo.sample.test.txt", import.meta.url),
    },
  },
};

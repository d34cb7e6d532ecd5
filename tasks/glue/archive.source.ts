// Files of GLUE's zip archives as source files: one archive a task, its entries in a folder of the task's name.
import type { MirrorCopy, OfficialCopy, SourceFile } from "#harness/data/source.ts";

const HOST = "https://dl.fbaipublicfiles.com/glue/data";

export const GLUE_HOMEPAGE = "https://gluebenchmark.com/tasks";
export const GLUE_PAPER = "Wang et al. 2019, GLUE";

interface Archive {
  /** `SST-2`; the archive is `<archive>.zip` of GLUE's host. */
  readonly archive: string;
  /** Folder inside the archive and in a mirror. */
  readonly folder: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Content of an entry, and the mirror's gzip copy of it. */
interface Entry extends Required<Pick<SourceFile, "name" | "sha256" | "bytes" | "rows">> {
  readonly mirror: Required<Pick<MirrorCopy, "sha256" | "bytes">>;
}

/** The entries of a GLUE archive. Checksums of archives are those that TensorFlow Datasets records. */
export function glueFiles(from: Archive, entries: readonly Entry[]): SourceFile[] {
  return entries.map(({ mirror, ...content }): SourceFile => {
    const official: OfficialCopy = {
      url: `${HOST}/${from.archive}.zip`,
      sha256: from.sha256,
      bytes: from.bytes,
      packing: { kind: "zip", entry: `${from.folder}/${content.name}` },
    };
    return {
      ...content,
      official,
      mirror: { path: `glue/${from.folder}/${content.name}.gz`, packing: "gzip", ...mirror },
    };
  });
}

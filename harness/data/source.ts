// What a data source is, and what a resolved one is: plain data. Which file is used is decided in locate.ts and
// resolve.ts; what its rows mean is known to the task alone.
import { createHash } from "node:crypto";

/** Where data came from. Official files and whole mirror copies with equal content count as the same data. */
export type DataVariant = "official" | "mirror" | "sample";

/** An unpacked file: what a reader sees. */
export interface Content {
  /** SHA-256 of the unpacked bytes, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Size of the unpacked bytes. */
  readonly bytes: number;
  /** Data rows (no header), where the file has rows. */
  readonly rows?: number;
}

/** How an official file is wrapped. Archives name the entry that holds this file: `SST-2/train.tsv`. */
export type Packing =
  | { readonly kind: "none" }
  | { readonly kind: "gzip" }
  | { readonly kind: "zip" | "tar.gz"; readonly entry: string };

/** A folder whose files with names ending in `suffix` are one content: their tar archive (folder.ts). */
export interface FolderPacking {
  readonly kind: "folder";
  readonly suffix: string;
}

/** How a copy lies on disk. */
export type StoredPacking = "none" | "gzip" | FolderPacking;

export interface OfficialCopy {
  /** http(s) address. Files that name one address (entries of a zip) share one download. */
  readonly url: string;
  readonly packing: Packing;
  /** SHA-256 of what the address serves; without it the content's own hash is the only check. */
  readonly sha256?: string;
  /** Size of what the address serves. */
  readonly bytes?: number;
}

export interface MirrorCopy {
  /** Path below a mirror folder, with `/`: `glue/SST-2/train.tsv.gz`. */
  readonly path: string;
  readonly packing: "none" | "gzip";
  /** SHA-256 and size of the file as stored. Only `verify` looks at them: a repacked copy of equal content is as good. */
  readonly sha256?: string;
  readonly bytes?: number;
  /** Given when the mirror holds only a part (or another form) of the official file: what it holds. */
  readonly content?: Content;
}

/** A file of an installed package that this project depends on: its authors' own copy, there without any download. */
export interface PackageCopy {
  /** Name of the package: `@iconify-json/openmoji`. */
  readonly name: string;
  /** Version whose file has this content; package.json pins it. */
  readonly version: string;
  /** Path inside the package, with `/`. */
  readonly path: string;
  readonly packing: StoredPacking;
}

export interface SourceFile extends Content {
  /** Name by which the task asks for it: `train.tsv`. Unique in its source. */
  readonly name: string;
  readonly official?: OfficialCopy;
  /** Looked for before everything else. */
  readonly package?: PackageCopy;
  /** A copy of the whole file as others distribute it (a Debian package's folder), looked for before `mirror`. */
  readonly wholeMirror?: Omit<MirrorCopy, "content">;
  readonly mirror?: MirrorCopy;
}

/** Small files that ship with the project, so that everything runs without data; never ranked. */
export interface Sample {
  readonly licence: string;
  /** Files by name, each the address of a file beside the task: `new URL("./sst2.sample.tsv", import.meta.url)`. In gzip if it ends in `.gz`. */
  readonly files: Readonly<Record<string, URL>>;
}

export interface DataSource {
  /** Lower-case id, a folder name of the cache: `glue-sst2`. */
  readonly id: string;
  readonly title: string;
  readonly licence: string;
  /** Whether its licence lets others pass the files on. */
  readonly redistributable: boolean;
  readonly citation: string;
  readonly homepage: string;
  readonly files: readonly SourceFile[];
  readonly sample?: Sample;
}

/** A file on this machine whose content was hashed and found right. Read it with `openBytes` or a reader. */
export interface ResolvedFile extends Content {
  readonly name: string;
  readonly variant: DataVariant;
  readonly path: string;
  readonly packing: StoredPacking;
  /** True for a mirror copy that is only a part, or another form, of the official file. */
  readonly part: boolean;
}

/** Why the sample is used: shown on the first and the last line of a command that uses it. */
export interface SampleNotice {
  readonly kind: "sample";
  readonly source: string;
  readonly reason: "requested" | "offline" | "unreachable" | "no-source";
  /** One sentence for people. */
  readonly message: string;
}

export interface ResolvedSource {
  readonly id: string;
  /** `official` if all files are, `mirror` if any file is a mirror's, `sample` for the sample. */
  readonly variant: DataVariant;
  readonly files: ReadonlyMap<string, ResolvedFile>;
  /** See `fingerprint`. */
  readonly fingerprint: string;
  /** Present exactly when the variant is `sample`. */
  readonly notice: SampleNotice | null;
}

/**
 * What identifies data in a run's identity: 12 hexadecimal digits over the sorted content hashes, so that it does not
 * matter where files came from; `sample-` and 12 digits for a sample, which never shares an identity with real data.
 */
export function fingerprint(contents: Iterable<{ readonly sha256: string }>, variant: DataVariant): string {
  const hashes = [...contents].map(({ sha256 }) => sha256).sort();
  const digits = createHash("sha256").update(hashes.join("\n")).digest("hex").slice(0, 12);
  return variant === "sample" ? `sample-${digits}` : digits;
}

/** Variant of a whole source from those of its files. */
export function combinedVariant(variants: Iterable<DataVariant>): DataVariant {
  const all = new Set(variants);
  if (all.has("sample")) return "sample";
  return all.has("mirror") ? "mirror" : "official";
}

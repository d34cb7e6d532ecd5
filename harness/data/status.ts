// What resolution would use, told without reading data and without network: for listings, and for the identity of a run
// before its data is there.
import { defaultPlaces, type Places, packageName, preferredCopy } from "./locate.ts";
import { type Fallback, resolveSample } from "./sample.ts";
import {
  type Content,
  combinedVariant,
  type DataSource,
  type DataVariant,
  fingerprint,
  type SampleNotice,
} from "./source.ts";

export interface FileStatus extends Content {
  readonly name: string;
  /** `download`: not here yet, the official address offers it. `missing`: nobody does (or downloads are forbidden). */
  readonly where: "package" | "cache" | "mirror" | "download" | "sample" | "missing";
  /** Path on this machine, the official address for `download`, null for `missing`. */
  readonly at: string | null;
  /** Name and version of the package that the file is read from: `vega-datasets 3.2.1`; null for any other place. */
  readonly package: string | null;
  readonly part: boolean;
  /** What is plainly wrong with the copy, from its size alone; `verify` reads it. */
  readonly damage: string | null;
}

export interface SourceStatus {
  readonly id: string;
  readonly title: string;
  readonly licence: string;
  readonly redistributable: boolean;
  readonly homepage: string;
  /** What would be used; null when there is nothing at all. */
  readonly variant: DataVariant | null;
  /** See `fingerprint`; null when there is nothing at all. */
  readonly fingerprint: string | null;
  /** True when `resolveSource` would go to the network: a missing one would turn the variant into `sample`. */
  readonly needsDownload: boolean;
  /** Bytes to download, where the source says; null where it does not. 0 when nothing is needed. */
  readonly downloadBytes: number | null;
  readonly files: readonly FileStatus[];
  readonly notice: SampleNotice | null;
}

async function filesOf(source: DataSource, places: Places): Promise<FileStatus[]> {
  const files: FileStatus[] = [];
  for (const file of source.files) {
    const { name, sha256, bytes, rows, official } = file;
    const whole = { sha256, bytes, ...(rows === undefined ? {} : { rows }) };
    const copy = await preferredCopy(source, file, places);
    if (copy !== undefined) {
      const wrongSize = copy.packing === "none" && copy.storedBytes !== copy.content.bytes;
      const damage = wrongSize ? `${copy.storedBytes} bytes instead of ${copy.content.bytes}` : null;
      const { place: where, path: at, part, content } = copy;
      files.push({ name, where, at, package: packageName(copy), part, damage, ...content });
    } else if (official !== undefined && !places.offline) {
      files.push({
        name,
        where: "download",
        at: official.url,
        package: null,
        part: false,
        damage: null,
        ...whole,
      });
    } else {
      files.push({ name, where: "missing", at: null, package: null, part: false, damage: null, ...whole });
    }
  }
  return files;
}

/** Bytes of all addresses that must be downloaded, each once; null as soon as one is not known. */
function bytesToDownload(source: DataSource, files: readonly FileStatus[]): number | null {
  const wanted = new Map<string, number | undefined>();
  for (const { name, where } of files) {
    const official = source.files.find((file) => file.name === name)?.official;
    if (where === "download" && official !== undefined) wanted.set(official.url, official.bytes);
  }
  let total = 0;
  for (const bytes of wanted.values()) {
    if (bytes === undefined) return null;
    total += bytes;
  }
  return total;
}

const VARIANT_OF = {
  package: "official",
  cache: "official",
  download: "official",
  mirror: "mirror",
  sample: "sample",
  missing: "sample",
} as const;

/** Cheap: file names and sizes, and the hash of the sample where that is what would be used. Throws only `storage` errors. */
export async function sourceStatus(
  source: DataSource,
  options: { readonly sampleOnly?: boolean; readonly places?: Places } = {},
): Promise<SourceStatus> {
  const { sampleOnly = false, places = defaultPlaces() } = options;
  const { id, title, redistributable, homepage } = source;
  const files = sampleOnly ? [] : await filesOf(source, places);
  const missing = files.find((file) => file.where === "missing");
  if (!sampleOnly && missing === undefined) {
    const variant = combinedVariant(files.map((file) => VARIANT_OF[file.where]));
    const needsDownload = files.some((file) => file.where === "download");
    return {
      id,
      title,
      licence: source.licence,
      redistributable,
      homepage,
      variant,
      fingerprint: fingerprint(files, variant),
      needsDownload,
      downloadBytes: bytesToDownload(source, files),
      files,
      notice: null,
    };
  }
  const shared = { id, title, homepage, needsDownload: false, downloadBytes: 0 } as const;
  if (source.sample === undefined) {
    return {
      ...shared,
      licence: source.licence,
      redistributable,
      variant: null,
      fingerprint: null,
      files,
      notice: null,
    };
  }
  const offered = source.files.find((file) => file.name === missing?.name)?.official !== undefined;
  const fallback: Fallback = sampleOnly
    ? { reason: "requested" }
    : offered
      ? { reason: "offline" }
      : { reason: "no-source", ...(missing === undefined ? {} : { detail: missing.name }) };
  const sample = await resolveSample(source, fallback);
  return {
    ...shared,
    licence: source.sample.licence,
    redistributable: true,
    variant: "sample",
    fingerprint: sample.fingerprint,
    files: [...sample.files.values()].map(({ name, path, sha256, bytes }) => ({
      name,
      where: "sample",
      at: path,
      package: null,
      part: true,
      damage: null,
      sha256,
      bytes,
    })),
    notice: sample.notice,
  };
}

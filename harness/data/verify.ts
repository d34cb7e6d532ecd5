// Reads and hashes every stored copy of a source, used or not, and tells what each one is. Changes nothing.
import { RankbenchError } from "#harness/failure/error.ts";
import { hashContent } from "./content.ts";
import { type Copy, copies, defaultPlaces, type Places, packageName } from "./locate.ts";
import type { DataSource } from "./source.ts";

export interface Verification {
  readonly file: string;
  readonly place: "package" | "cache" | "mirror";
  readonly path: string;
  /** Name and version of the package that the file is read from; null for any other place. */
  readonly package: string | null;
  readonly part: boolean;
  /** `repacked`: right content, but the stored gzip differs from the recorded one. Fully usable. */
  readonly state: "whole" | "repacked" | "damaged";
  readonly expected: string;
  /** SHA-256 of the unpacked bytes; null when they could not be unpacked. */
  readonly got: string | null;
  readonly bytes: number | null;
  /** Data rows that this content holds, where recorded. */
  readonly rows: number | null;
  /** What is wrong with a damaged file, else null. */
  readonly problem: string | null;
}

async function check(name: string, copy: Copy): Promise<Verification> {
  const { place, path, part, content } = copy;
  const shared = {
    file: name,
    place,
    path,
    package: packageName(copy),
    part,
    expected: content.sha256,
    rows: content.rows ?? null,
  };
  let got: { readonly sha256: string; readonly bytes: number };
  try {
    got = await hashContent(copy);
  } catch (error) {
    if (!(error instanceof RankbenchError) || error.parts.reason !== "data") throw error;
    return { ...shared, state: "damaged", got: null, bytes: null, problem: error.parts.problem };
  }
  const found = { ...shared, got: got.sha256, bytes: got.bytes };
  if (got.sha256 !== content.sha256) {
    return {
      ...found,
      state: "damaged",
      problem: `the content is not the recorded one (${got.bytes} bytes, recorded ${content.bytes})`,
    };
  }
  const packed = copy.storedSha256;
  const repacked = packed !== undefined && (await hashContent({ path, packing: "none" })).sha256 !== packed;
  return { ...found, state: repacked ? "repacked" : "whole", problem: null };
}

/** One entry a stored copy, in the order in which copies are preferred; none when nothing is stored. Throws `storage` errors only. */
export async function verifySource(
  source: DataSource,
  options: { readonly places?: Places } = {},
): Promise<Verification[]> {
  const places = options.places ?? defaultPlaces();
  const results: Verification[] = [];
  for (const file of source.files) {
    for (const copy of await copies(source, file, places)) results.push(await check(file.name, copy));
  }
  return results;
}

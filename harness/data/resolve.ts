// From a source to checked files: cache, mirror folders, official download, embedded sample, in that order. A copy that
// exists but is damaged stops everything: another source is never taken in its place without a word.
import { checkContent } from "./content.ts";
import { type FetchOptions, fetchOfficial } from "./fetch-official.ts";
import { type Copy, defaultPlaces, type Places, preferredCopy } from "./locate.ts";
import { resolveSample } from "./sample.ts";
import {
  combinedVariant,
  type DataSource,
  fingerprint,
  type OfficialCopy,
  type ResolvedFile,
  type ResolvedSource,
  type SourceFile,
} from "./source.ts";

export interface ResolveOptions extends FetchOptions {
  /** Use the sample even where real data is there (scale `smoke`). */
  readonly sampleOnly?: boolean;
  /** False in a worker: its supervisor has downloaded already, and a network that comes back must not change the data. Default true. */
  readonly download?: boolean;
  readonly places?: Places;
}

const variantOf = (copy: Copy) => (copy.place === "mirror" ? "mirror" : "official");

const resolved = (file: SourceFile, copy: Copy): ResolvedFile => ({
  name: file.name,
  variant: variantOf(copy),
  path: copy.path,
  packing: copy.packing,
  part: copy.part,
  ...copy.content,
});

type Missing = SourceFile & { readonly official: OfficialCopy };
const isOffered = (file: SourceFile): file is Missing => file.official !== undefined;

/** Sources of a task by their id, each resolved in its turn. */
export async function resolveSources(
  sources: readonly DataSource[],
  options: ResolveOptions = {},
): Promise<Map<string, ResolvedSource>> {
  const found = new Map<string, ResolvedSource>();
  for (const source of sources) found.set(source.id, await resolveSource(source, options));
  return found;
}

/**
 * Finds, downloads if need be, and checks every file of the source. Without network (and without a copy) the result is
 * the sample, with a notice. Throws `data` errors (damaged copy, wrong download, nothing to be had) and `storage` errors.
 */
export async function resolveSource(
  source: DataSource,
  options: ResolveOptions = {},
): Promise<ResolvedSource> {
  const { sampleOnly = false, download = true, places = defaultPlaces(), ...fetching } = options;
  if (sampleOnly) return resolveSample(source, { reason: "requested" });

  const found = new Map<string, Copy>();
  const missing: SourceFile[] = [];
  for (const file of source.files) {
    const copy = await preferredCopy(source, file, places);
    if (copy === undefined) missing.push(file);
    else found.set(file.name, copy);
  }
  // A damaged copy is told before anything is downloaded.
  for (const copy of found.values()) await checkContent(copy, copy.content);

  if (missing.length > 0) {
    const unoffered = missing.find((file) => !isOffered(file));
    if (unoffered !== undefined)
      return resolveSample(source, { reason: "no-source", detail: unoffered.name });
    if (places.offline || !download)
      return resolveSample(source, { reason: places.offline ? "offline" : "unreachable" });
    const unreachable = await fetchOfficial(source, missing.filter(isOffered), places, fetching);
    if (unreachable !== undefined) {
      return resolveSample(source, {
        reason: "unreachable",
        detail: `${new URL(unreachable.url).host}: ${unreachable.detail}`,
      });
    }
    for (const file of missing) {
      const copy = await preferredCopy(source, file, places);
      if (copy !== undefined) found.set(file.name, copy);
    }
  }

  const files = new Map<string, ResolvedFile>();
  for (const file of source.files) {
    const copy = found.get(file.name);
    if (copy === undefined)
      throw new Error(`data ${source.id}: ${file.name} vanished from the cache while it was resolved`);
    files.set(file.name, resolved(file, copy));
  }
  const variant = combinedVariant([...files.values()].map((file) => file.variant));
  return { id: source.id, variant, files, fingerprint: fingerprint(files.values(), variant), notice: null };
}

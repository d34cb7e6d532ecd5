// The embedded sample of a source as resolved data, with the notice that goes with it. Samples are small: they are
// hashed whenever they are looked at.
import { fileURLToPath } from "node:url";
import { RankbenchError } from "#harness/failure/error.ts";
import { hashContent } from "./content.ts";
import {
  type DataSource,
  fingerprint,
  type ResolvedFile,
  type ResolvedSource,
  type SampleNotice,
} from "./source.ts";

/** Why real data was not used; `detail` is the address that did not answer or the file that nobody offers. */
export interface Fallback {
  readonly reason: SampleNotice["reason"];
  readonly detail?: string;
}

function explain(source: DataSource, { reason, detail }: Fallback): string {
  const because: Record<SampleNotice["reason"], string> = {
    requested: "this scale always uses the sample",
    offline: "no copy is on this machine and RANKBENCH_OFFLINE forbids downloads",
    unreachable: `no copy is on this machine and there is no network (${detail ?? "no answer"})`,
    "no-source": `no copy is on this machine and nothing offers ${detail ?? "its files"} for download`,
  };
  return `${source.title}: the embedded sample is used, not the real data: ${because[reason]}. Results are marked "sample" and never ranked.`;
}

/** The sample of `source`. Throws a `data` error that says how to get real data when the source has none. */
export async function resolveSample(source: DataSource, fallback: Fallback): Promise<ResolvedSource> {
  const { sample } = source;
  if (sample === undefined) {
    throw new RankbenchError({
      reason: "data",
      thing: `data ${source.id}`,
      problem: `it is not on this machine, cannot be downloaded now (${fallback.reason}${fallback.detail === undefined ? "" : `: ${fallback.detail}`}) and has no embedded sample`,
      wanted: `the files ${source.files.map(({ name }) => name).join(", ")}; see ${source.homepage}`,
      next: "connect to a network, or put copies in a mirror folder and name it in RANKBENCH_MIRRORS",
    });
  }
  const files = new Map<string, ResolvedFile>();
  for (const [name, url] of Object.entries(sample.files)) {
    const path = fileURLToPath(url);
    const stored = { path, packing: path.endsWith(".gz") ? ("gzip" as const) : ("none" as const) };
    files.set(name, { name, variant: "sample", ...stored, ...(await hashContent(stored)), part: true });
  }
  return {
    id: source.id,
    variant: "sample",
    files,
    fingerprint: fingerprint(files.values(), "sample"),
    notice: {
      kind: "sample",
      source: source.id,
      reason: fallback.reason,
      message: explain(source, fallback),
    },
  };
}

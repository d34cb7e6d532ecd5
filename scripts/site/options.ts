// Command line of `pnpm site` and `pnpm site:build`.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "#harness/data/folders.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { normaliseBase } from "../../site/src/lib/address.ts";

export interface SiteOptions {
  /** Folder that holds `results/runs`. */
  readonly from: string;
  /** Folder that gets the pages; it is emptied first. */
  readonly out: string;
  /** With a slash at both ends. */
  readonly base: string;
  readonly port: number;
}

export const USAGE = `usage: pnpm site:build [--base /path] [--out FOLDER] [--from FOLDER]
       pnpm site [--port N] and the same
  --base   path of the site below its host (RANKBENCH_SITE_BASE; default /)
  --out    folder for the pages, emptied first (default dist/site)
  --from   folder that holds results/runs (default: this checkout)
  --port   where to serve on 127.0.0.1 (default 4321; 0 takes a free one)`;

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new RankbenchError({
    reason: "usage",
    thing: "site",
    problem: "not a port",
    field: "--port",
    value: text,
    wanted: "a whole number from 0 to 65535",
  });
}

/** Reads the words after the script's name; null when help was asked for. */
export function parseSiteOptions(words: readonly string[], env = process.env): SiteOptions | null {
  const { values } = readWords(words);
  if (values.help === true) return null;
  const root = projectRoot();
  return {
    from: resolve(values.from ?? root),
    out: resolve(values.out ?? `${root}/dist/site`),
    base: normaliseBase(values.base ?? env.RANKBENCH_SITE_BASE ?? "/"),
    port: portOf(values.port ?? "4321"),
  };
}

function readWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        base: { type: "string" },
        out: { type: "string" },
        from: { type: "string" },
        port: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (cause) {
    throw new RankbenchError({
      reason: "usage",
      thing: "site",
      problem: cause instanceof Error ? cause.message : String(cause),
      wanted: USAGE,
      cause,
    });
  }
}

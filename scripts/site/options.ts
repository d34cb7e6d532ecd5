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
  /** `https://host`; null where it is not known. */
  readonly origin: string | null;
  readonly port: number;
}

export const USAGE = `usage: pnpm site:build [--base /path] [--origin https://host] [--out FOLDER] [--from FOLDER]
       pnpm site [--port N] and the same
  --base   path of the site below its host (RANKBENCH_SITE_BASE; default /)
  --origin scheme and host (RANKBENCH_SITE_ORIGIN); without it addresses are relative and there is no sitemap
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

/** Scheme and host without a path; null for an empty text. */
function originOf(text: string): string | null {
  if (text === "") return null;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (url !== undefined && plain && /^https?:$/.test(url.protocol)) return url.origin;
  throw new RankbenchError({
    reason: "usage",
    thing: "site",
    problem: "not the origin of a site",
    field: "--origin",
    value: text,
    wanted: "scheme and host without a path, such as https://example.org",
    next: "give the path with --base",
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
    origin: originOf(values.origin ?? env.RANKBENCH_SITE_ORIGIN ?? ""),
    port: portOf(values.port ?? "4321"),
  };
}

function readWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        base: { type: "string" },
        origin: { type: "string" },
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

// Builds the site: record files into a database in memory, then Astro in this same process, which reads that database.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { openStore } from "#harness/store/database.ts";
import { syncWithFiles } from "#harness/store/sync.ts";
import { readCheckout } from "../../site/src/model/checkout.ts";
import { setSite } from "../../site/src/model/current.ts";
import { openSite } from "../../site/src/model/site.ts";
import type { SiteOptions } from "./options.ts";

export interface SiteReport {
  readonly runs: number;
  readonly boards: number;
  readonly methods: number;
}

/** The output folder is emptied, so it must be new, empty or an earlier build. */
function checkOut(out: string): void {
  if (!existsSync(out)) return;
  const names = readdirSync(out);
  if (names.length === 0 || (names.includes("index.html") && names.includes("methodology"))) return;
  throw new RankbenchError({
    reason: "usage",
    thing: `folder ${out}`,
    problem: "it holds other things than a site, and would be emptied",
    field: "--out",
    value: out,
    wanted: "a folder that does not exist, is empty, or holds an earlier build",
    next: "name another folder with --out",
  });
}

/** Writes the site to `options.out`. `warn` hears of record files that cannot be used; they are left out. */
export async function buildSite(options: SiteOptions, warn: (text: string) => void): Promise<SiteReport> {
  checkOut(options.out);
  const store = openStore(":memory:");
  try {
    const { refused } = await syncWithFiles(store, options.from);
    for (const { error } of refused) warn(`warning: ${error.message}`);
    const site = openSite(store, await readCheckout(), options.base);
    setSite(site);
    process.env.ASTRO_TELEMETRY_DISABLED = "1";
    const { build } = await import("astro");
    await build({
      root: join(projectRoot(), "site"),
      outDir: options.out,
      base: options.base,
      logLevel: "warn",
    });
    return { runs: site.runIds.length, boards: site.boards.length, methods: site.methods.length };
  } finally {
    store.close();
  }
}

// Builds the site: record files into a database in memory, then Astro in this same process, which reads that database;
// then what was built is checked: links, weights, and the sitemap of it.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { recordPath } from "#harness/record/file.ts";
import { readTrust } from "#harness/record/trust.ts";
import { openStore, type Store } from "#harness/store/database.ts";
import { listRuns } from "#harness/store/query.ts";
import { syncWithFiles } from "#harness/store/sync.ts";
import { readCheckout } from "../../site/src/model/checkout.ts";
import { readClaims } from "../../site/src/model/claims.ts";
import { setSite } from "../../site/src/model/current.ts";
import { openSite } from "../../site/src/model/site.ts";
import { checkLinks, type PageLinks, pageLinks, textKeeper } from "./check-links.ts";
import { collectGarbage } from "./collect-garbage.ts";
import type { SiteOptions } from "./options.ts";
import { sitemap } from "./sitemap.ts";
import { checkWeights, Scales, type Weight } from "./weights.ts";

export interface SiteReport {
  readonly runs: number;
  readonly boards: number;
  readonly methods: number;
  readonly weights: readonly Weight[];
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

/** Puts a folder in the place of another, which may be on another disk. */
function moveFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    cpSync(from, to, { recursive: true });
  }
}

/** The whole database beside the tables, compact and without a log. */
function writeDatabase(store: Store, out: string): void {
  const file = join(out, "data", "rankbench.sqlite");
  mkdirSync(join(out, "data"), { recursive: true });
  rmSync(file, { force: true });
  store.sqlite.prepare("vacuum into ?").run(file);
}

/** The record of each run beside its page, byte for byte as its file has it. */
function copyRecords(store: Store, from: string, out: string): void {
  mkdirSync(join(out, "runs"), { recursive: true });
  for (const run of listRuns(store)) {
    const file = recordPath(from, { id: run.id, identity: run });
    copyFileSync(file, join(out, "runs", `${run.id}.json`));
  }
}

/** Reads every page once for its links and its weight. */
function readPages(out: string, base: string): { readonly links: PageLinks[]; readonly weights: Weight[] } {
  const scales = new Scales(out, base);
  const keep = textKeeper();
  const names = readdirSync(out, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".html"))
    .sort();
  const links: PageLinks[] = [];
  for (const name of names) {
    const markup = readFileSync(join(out, name), "utf8");
    links.push(pageLinks(name, markup, keep));
    scales.put(name, markup, keep);
  }
  return { links, weights: scales.weights() };
}

/** Writes the site to `options.out`. `warn` hears of record files that cannot be used; they are left out. */
export async function buildSite(options: SiteOptions, warn: (text: string) => void): Promise<SiteReport> {
  const { out, base, origin, from } = options;
  checkOut(out);
  // In a file: in memory, ten thousand runs would take a third of a gigabyte.
  const working = mkdtempSync(join(tmpdir(), "rankbench-site-"));
  const store = openStore(join(working, "site.sqlite"));
  const stopCollecting = collectGarbage();
  try {
    const { refused } = await syncWithFiles(store, from);
    for (const { error } of refused) warn(`warning: ${error.message}`);
    const checkout = { ...(await readCheckout()), trust: await readTrust(from) };
    const site = openSite(store, checkout, { base, origin, claims: await readClaims(checkout, warn) });
    setSite(site);
    process.env.ASTRO_TELEMETRY_DISABLED = "1";
    const { build } = await import("astro");
    const within = `${out}${sep}`.startsWith(`${process.cwd()}${sep}`);
    // Astro keeps the code of pages in the output folder, or for one outside the working directory in a folder that all
    // builds would share.
    const made = within ? out : join(process.cwd(), ".rankbench", `site-${process.pid}`);
    try {
      await build({ root: join(projectRoot(), "site"), outDir: made, base, logLevel: "warn" });
      if (made !== out) moveFolder(made, out);
    } finally {
      if (made !== out) rmSync(made, { recursive: true, force: true });
    }
    writeDatabase(store, out);
    copyRecords(store, from, out);
    const { links, weights } = readPages(out, base);
    checkLinks(out, base, links);
    checkWeights(weights);
    if (origin !== null) {
      const pages = links.map(({ name }) => name);
      writeFileSync(join(out, "sitemap.xml"), sitemap(origin, base, pages));
      writeFileSync(join(out, "robots.txt"), `User-agent: *\nSitemap: ${origin}${base}sitemap.xml\n`);
    }
    return { runs: site.runIds.length, boards: site.boards.length, methods: site.methods.length, weights };
  } finally {
    stopCollecting();
    store.close();
    rmSync(working, { recursive: true, force: true });
  }
}

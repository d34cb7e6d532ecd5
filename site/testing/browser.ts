// A built fixture site in a real browser: builds once, serves under a base path, opens pages and hears their complaints.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { type Served, serve } from "#scripts/site/static-server.ts";
import { writeFixture } from "./fixture.ts";

export const BASE = "/rank-board/";
export const ORIGIN = "https://example.org";
export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const hasBrowser = existsSync(CHROMIUM);
const ROOT = join(import.meta.dirname, "..", "..");

export interface BuiltSite {
  /** Folder of the pages. */
  readonly out: string;
  /** Names of all pages, sorted. */
  pages(): string[];
  html(name: string): string;
  /** Address below the base of the run page for which `fits` holds. */
  runWhere(fits: (text: string) => boolean): string;
  remove(): void;
}

/** Writes the fixture's records and builds the site by the command that readers use. */
export async function buildFixture(): Promise<BuiltSite> {
  const folder = mkdtempSync(join(tmpdir(), "rankbench-site-"));
  const out = join(folder, "site");
  await writeFixture(folder);
  const words = ["--from", folder, "--out", out, "--base", "/rank-board", "--origin", ORIGIN];
  await promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/site/build.ts", ...words], {
    cwd: ROOT,
  });
  const pages = (): string[] =>
    readdirSync(out, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".html"))
      .sort();
  const html = (name: string): string => readFileSync(join(out, name), "utf8");
  return {
    out,
    pages,
    html,
    runWhere(fits) {
      const found = pages().find((name) => name.startsWith("runs/") && fits(html(name)));
      if (found === undefined) throw new Error("no such run page");
      return found.replace(/index\.html$/, "");
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Visits {
  readonly address: string;
  /** Opens a page and hears every complaint and every request of it. */
  open<T>(
    path: string,
    options: BrowserContextOptions,
    work: (page: Page, complaints: string[]) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

export async function visits(site: BuiltSite): Promise<Visits> {
  const served: Served = await serve(site.out, BASE, 0);
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  return {
    address: served.address,
    async open(path, options, work) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      page.setDefaultTimeout(45_000);
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("request", (request) => {
        if (!request.url().startsWith(served.address)) complaints.push(`request to ${request.url()}`);
      });
      try {
        await page.goto(`${served.address}${path}`);
        return await work(page, complaints);
      } finally {
        await context.close();
      }
    },
    async close() {
      await browser.close();
      await served.close();
    },
  };
}

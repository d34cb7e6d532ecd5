// The built site in a real browser: policy, accessibility, widths, and the five journeys of its readers. The site is built
// once from a generated results folder under a base path; the build itself follows every link and weighs every page.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import Database from "better-sqlite3";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatRecord, parseRecord } from "#harness/record/format.ts";
import {
  BASE,
  type BuiltSite,
  buildFixture,
  CHROMIUM,
  hasBrowser,
  ORIGIN,
  type Visits,
  visits,
} from "./testing/browser.ts";
import { fixtureRecords, MARKUP } from "./testing/fixture.ts";
import { BOARD, describeJourneys, rowOf } from "./testing/journeys.ts";

let site: BuiltSite;
beforeAll(async () => {
  site = await buildFixture();
}, 300_000);
afterAll(() => site?.remove());

describe("the files of the site", () => {
  it("hold no inline script or style, load nothing from elsewhere, and name themselves for readers and machines", () => {
    for (const name of site.pages()) {
      const { document } = parseHTML(site.html(name));
      const scripts = [...document.querySelectorAll("script")];
      expect(
        scripts.every((script) => script.getAttribute("src") !== null && script.textContent === ""),
      ).toBe(true);
      expect(
        document.querySelectorAll("style, [style], img, iframe, [onclick], [onerror]").length,
        name,
      ).toBe(0);
      const loaded = [...document.querySelectorAll("[src], link[rel=stylesheet], link[rel=icon]")].map(
        (element) => element.getAttribute("src") ?? element.getAttribute("href") ?? "",
      );
      expect(
        loaded.filter((address) => !address.startsWith(BASE)),
        name,
      ).toEqual([]);
      expect(document.title.length > 8 && document.querySelectorAll("h1").length === 1, name).toBe(true);
      const meta = (key: string) => document.querySelector(`meta[${key}]`)?.getAttribute("content") ?? "";
      expect(meta('name="description"').length, name).toBeGreaterThan(20);
      expect(meta('property="og:image"'), name).toMatch(
        /^https:\/\/example\.org\/rank-board\/og\/[a-z0-9-]+\.png$/,
      );
      const canonical = document.querySelector("link[rel=canonical]")?.getAttribute("href");
      const path = name.replace(/index\.html$/, "");
      expect(canonical ?? null, name).toBe(name === "404.html" ? null : `${ORIGIN}${BASE}${path}`);
    }
  });

  it("have a sitemap of all pages, a feed that XML readers take, and pictures that are equal at each build", async () => {
    const map = readFileSync(join(site.out, "sitemap.xml"), "utf8");
    expect([...map.matchAll(/<loc>/g)].length).toBe(site.pages().length - 1);
    const feed = readFileSync(join(site.out, "feed.xml"), "utf8");
    expect(feed.match(/<entry>/g)?.length).toBeGreaterThan(5);
    expect(feed).not.toContain(MARKUP);
    const picture = readFileSync(join(site.out, "og", "glue-sst2-small.png"));
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([1200, 630]);
  });

  it("have each run's record byte for byte as its file has it", () => {
    const records = fixtureRecords(() => ({}));
    const page = site.pages().filter((name) => name.startsWith("runs/"));
    expect(page.length).toBe(records.length);
    for (const name of page) {
      const id = name.split("/")[1] ?? "";
      const text = readFileSync(join(site.out, "runs", `${id}.json`), "utf8");
      expect(formatRecord(parseRecord(text, id))).toBe(text);
    }
  });

  it("give the whole database, from which an independent query gets the numbers that the board shows", () => {
    const database = new Database(join(site.out, "data", "rankbench.sqlite"), { readonly: true });
    const found = database
      .prepare<[], { method: string; mean: number; n: number }>(
        `select method, avg(value) as mean, count(value) as n from runs join metrics on metrics.run = runs.key
         where task = 'glue-sst2' and spec = 'cpu-2core' and data = 'sst2:0f3a' and split = 'test' and metric = 'accuracy'
           and value is not null group by method, config_hash`,
      )
      .all();
    database.close();
    const { document } = parseHTML(site.html(`${BOARD}index.html`));
    const at = [...document.querySelectorAll("thead th")].findIndex(
      (head) => head.getAttribute("data-column") === "accuracy",
    );
    const lines = [...document.querySelectorAll("[data-board] tbody tr:not([data-floor])")];
    let compared = 0;
    for (const line of lines) {
      const cell = line.children[at];
      const value = cell?.getAttribute("data-value") ?? null;
      if (value === null) continue;
      const method = line.id.replace(/-[0-9a-f]{8}(-stale)?$/, "");
      const same = found.filter((row) => row.method === method && Math.abs(row.mean - Number(value)) < 1e-12);
      expect(same.length, line.id).toBe(1);
      expect(cell?.textContent, line.id).toContain(`${(100 * (same[0]?.mean ?? 0)).toFixed(1)} %`);
      expect(line.children[2]?.textContent, line.id).toBe(String(same[0]?.n));
      compared++;
    }
    expect(compared).toBe(found.length);
  });
});

describe.skipIf(!hasBrowser)(
  `the site in a browser${hasBrowser ? "" : ` (skipped: no ${CHROMIUM}; set CHROMIUM)`}`,
  () => {
    let browser: Visits;
    beforeAll(async () => {
      browser = await visits(site);
    });
    afterAll(() => browser?.close());

    const comparison = (): string =>
      `compare/?board=glue-sst2-small&rows=${rowOf(site, "galore")},${rowOf(site, "svd")}`;
    const crashed = (): string => site.runWhere((text) => text.includes("SIGSEGV"));

    const types = (): string[] => [
      "",
      "boards/",
      BOARD,
      "methods/",
      "methods/lora/",
      "methods/gone-method/",
      site.runWhere((text) => text.includes("GaLore on")),
      crashed(),
      comparison(),
      "profiles/",
      "claims/",
      "methodology/",
      "submit/",
      "data/",
      "changes/",
    ];

    it("loads each page type without a complaint, and axe finds nothing, in dark not in its colours", async () => {
      const visit = (path: string, colorScheme: "light" | "dark", run: string) =>
        browser.open(path, { colorScheme }, async (page, complaints) => {
          if (path.startsWith("compare/")) await page.locator("[data-result] table").first().waitFor();
          await page.evaluate(axe.source);
          const found = (await page.evaluate(run)) as {
            violations: { id: string; nodes: { html: string }[] }[];
          };
          const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
          expect(told, `${path} ${colorScheme}`).toEqual([]);
          expect(complaints, path).toEqual([]);
        });
      for (const path of types()) await visit(path, "light", "axe.run()");
      // In the dark only colours differ; these pages have all of them.
      for (const path of ["", BOARD, "methods/lora/", crashed(), comparison()])
        await visit(path, "dark", "axe.run({ runOnly: ['color-contrast'] })");
    }, 180_000);

    it("fits screens of 360 and 3840 pixels: tables and plots scroll by themselves", async () => {
      await browser.open("", { viewport: { width: 360, height: 740 } }, async (page) => {
        for (const width of [360, 3840]) {
          await page.setViewportSize({ width, height: 900 });
          for (const path of types()) {
            await page.goto(`${browser.address}${path}`);
            const wide = await page.evaluate("document.documentElement.scrollWidth");
            expect(wide, `${path} at ${width}`).toBeLessThanOrEqual(width);
          }
        }
      });
    }, 120_000);

    it("shows text of records as text", async () => {
      await browser.open(crashed(), {}, async (page) => {
        expect(await page.locator(".warning").textContent()).toContain(MARKUP);
        expect(await page.title()).toMatch(/^LoRA on GLUE SST-2/);
      });
      await browser.open(
        site.runWhere((text) => text.includes('id="generated"')),
        {},
        async (page) => {
          expect(await page.locator(".generated").textContent()).toContain(MARKUP);
        },
      );
    });

    describeJourneys(() => ({ site, browser }));
  },
);

// The built site in a real browser: links, policy, accessibility, and a reader's way through a board. The site is built
// once from a generated results folder under a base path.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import axe from "axe-core";
import { parseHTML } from "linkedom";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileFor, type Served, serve } from "#scripts/site/static-server.ts";
import { MARKUP, writeFixture } from "./testing/fixture.ts";

const BASE = "/rank-board/";
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ROOT = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "rankbench-site-"));
const out = join(folder, "site");

beforeAll(async () => {
  await writeFixture(folder);
  const words = [
    "--import",
    "tsx",
    "scripts/site/build.ts",
    "--from",
    folder,
    "--out",
    out,
    "--base",
    "/rank-board",
  ];
  await promisify(execFile)(process.execPath, words, { cwd: ROOT });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pages = (): string[] =>
  readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html"))
    .sort();
const html = (name: string): string => readFileSync(join(out, name), "utf8");

/** The page of the run for which `fits` holds. */
function runWhere(fits: (text: string) => boolean): string {
  const found = pages().find((name) => name.startsWith("runs/") && fits(html(name)));
  if (found === undefined) throw new Error("no such run page");
  return found.replace(/index\.html$/, "");
}

describe("the files of the site", () => {
  it("link to each other with the base once, to pages and places that are there", () => {
    let checked = 0;
    const anchors = new Map<string, Set<string>>();
    const anchorsOf = (file: string): Set<string> => {
      const known = anchors.get(file);
      if (known !== undefined) return known;
      const { document } = parseHTML(readFileSync(file, "utf8"));
      const found = new Set([...document.querySelectorAll("[id]")].map((element) => element.id));
      anchors.set(file, found);
      return found;
    };
    for (const name of pages()) {
      const { document } = parseHTML(html(name));
      const targets = [...document.querySelectorAll("[href], [src]")].map(
        (element) => element.getAttribute("href") ?? element.getAttribute("src") ?? "",
      );
      for (const target of targets.filter((each) => !each.startsWith("https://"))) {
        const [path = "", anchor] = target.split("#");
        expect(
          path === "" || (path.startsWith(BASE) && !path.slice(BASE.length).includes("rank-board")),
          `${name}: ${target}`,
        ).toBe(true);
        expect(path.includes("//"), `${name}: ${target}`).toBe(false);
        const file = path === "" ? join(out, name) : fileFor(out, BASE, decodeURI(path));
        expect(file, `${name}: ${target}`).not.toBeNull();
        if (anchor !== undefined && file !== null)
          expect(anchorsOf(file).has(anchor), `${name}: ${target}`).toBe(true);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(1000);
  });

  it("hold no inline script or style and load nothing from elsewhere", () => {
    for (const name of pages()) {
      const { document } = parseHTML(html(name));
      const scripts = [...document.querySelectorAll("script")];
      expect(
        scripts.every((script) => script.getAttribute("src") !== null && script.textContent === ""),
      ).toBe(true);
      expect(document.querySelectorAll("style, [style], img, iframe").length, name).toBe(0);
      const loaded = [...document.querySelectorAll("[src], link[href]")].map(
        (element) => element.getAttribute("src") ?? element.getAttribute("href") ?? "",
      );
      expect(
        loaded.filter((address) => !address.startsWith(BASE)),
        name,
      ).toEqual([]);
      expect(document.title.length > 8 && document.querySelectorAll("h1").length === 1, name).toBe(true);
    }
  });

  it("keep a board and its script light", () => {
    const packed = (name: string) => gzipSync(readFileSync(join(out, name))).length;
    const assets = readdirSync(join(out, "assets")).map((name) => `assets/${name}`);
    const total = [...assets, "boards/glue-sst2-small/index.html"].reduce(
      (sum, name) => sum + packed(name),
      0,
    );
    expect(total).toBeLessThan(60_000);
    expect(
      assets.filter((name) => name.endsWith(".js")).reduce((sum, name) => sum + packed(name), 0),
    ).toBeLessThan(10_000);
  });
});

const present = existsSync(CHROMIUM);

describe.skipIf(!present)(
  `the site in a browser${present ? "" : ` (skipped: no ${CHROMIUM}; set CHROMIUM)`}`,
  () => {
    let browser: Browser;
    let served: Served;
    beforeAll(async () => {
      served = await serve(out, BASE, 0);
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    });
    afterAll(async () => {
      await browser?.close();
      await served?.close();
    });

    /** Opens a page and hears every complaint and every request of it. */
    async function open<T>(
      path: string,
      options: BrowserContextOptions,
      work: (page: Page, complaints: string[]) => Promise<T>,
    ): Promise<T> {
      const context = await browser.newContext(options);
      const page = await context.newPage();
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
    }

    const types = (): string[] => [
      "",
      "boards/",
      "boards/glue-sst2-small/",
      "methods/",
      "methods/lora/",
      "methods/gone-method/",
      runWhere((text) => text.includes("GaLore on")),
      runWhere((text) => text.includes("SIGSEGV")),
      "methodology/",
      "data/",
    ];

    it("loads each page type without a complaint, and axe finds nothing, in dark not in its colours", async () => {
      const visit = (path: string, colorScheme: "light" | "dark", run: string) =>
        open(path, { colorScheme }, async (page, complaints) => {
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
      const failed = runWhere((text) => text.includes("SIGSEGV"));
      for (const path of ["", "boards/glue-sst2-small/", "methods/lora/", failed]) {
        await visit(path, "dark", "axe.run({ runOnly: ['color-contrast'] })");
      }
    }, 120_000);

    it("fits a screen of 360 pixels: tables and plots scroll by themselves", async () => {
      for (const path of types()) {
        await open(path, { viewport: { width: 360, height: 740 } }, async (page) => {
          expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(360);
        });
      }
    });

    it("shows text of records as text", async () => {
      await open(
        runWhere((text) => text.includes("SIGSEGV")),
        {},
        async (page) => {
          expect(await page.locator(".warning").textContent()).toContain(MARKUP);
          expect(await page.title()).toMatch(/^LoRA on GLUE SST-2/);
        },
      );
    });

    const shownRows =
      "[...document.querySelectorAll('[data-board] tbody tr:not([hidden]):not([data-floor])')].map((row) => row.id)";
    const shownPoints =
      "[...document.querySelectorAll('[data-scale]:not([hidden]) .point:not(.away)')].map((point) => point.dataset.row)";
    const state = async (page: Page) => ({
      rows: (await page.evaluate(shownRows)) as string[],
      points: (await page.evaluate(shownPoints)) as string[],
      scales: (await page.evaluate(
        "[...document.querySelectorAll('[data-scale]:not([hidden])')].map((each) => each.dataset.scale)",
      )) as string[],
    });

    it("keeps a view in the address: it can be sent, survives a reload, and Back undoes it", async () => {
      await open("boards/glue-sst2-small/", {}, async (page) => {
        const before = await state(page);
        for (const kind of ["baseline", "compression", "optimizer", "parametrisation", "unknown"]) {
          const box = page.locator(`input[value="${kind}"]`);
          if ((await box.count()) > 0) await box.uncheck();
        }
        const adapters = await state(page);
        await page.locator('th[data-column="deployed-bytes"] button').click();
        await page.locator('th[data-column="parameters-trainable"] button').click();
        await page.locator("select[name=axis]").selectOption("log");
        const chosen = await state(page);
        expect(new URL(page.url()).search).toBe("?sort=parameters-trainable&kind=adapter&axis=log");
        expect(chosen.rows[0]).toMatch(/^vera-/);
        expect(chosen.rows.every((id) => /^(lora|dora|vera|bitfit|sora|svfit)-/.test(id))).toBe(true);
        expect(new Set(chosen.points.map((id) => id)).size).toBeLessThan(new Set(before.points).size);
        expect(new Set(chosen.scales)).toEqual(new Set(["log"]));
        expect(await page.locator("[data-count]").textContent()).toMatch(
          /^\d+ of \d+ rows shown, \d+ hidden$/,
        );
        const address = page.url().slice(served.address.length);
        await open(address, {}, async (other) => expect(await state(other)).toEqual(chosen));
        await page.reload();
        expect(await state(page)).toEqual(chosen);
        await page.goBack();
        await page.goBack();
        await page.goBack();
        expect(await state(page)).toEqual(adapters);
      });
    });

    it("drops nonsense from the address, and an empty table says why and offers the way back", async () => {
      await open(
        "boards/glue-sst2-small/?sort=nonsense&axis=cubic&kind=adapter",
        {},
        async (page, complaints) => {
          expect(new URL(page.url()).search).toBe("?kind=adapter");
          expect((await state(page)).rows.length).toBeGreaterThan(3);
          await page.locator("input[name=q]").fill("no such method");
          expect((await state(page)).rows).toEqual([]);
          await page.locator("[data-empty] [data-reset]").click();
          expect((await state(page)).rows.length).toBeGreaterThan(12);
          expect(new URL(page.url()).search).toBe("");
          expect(complaints).toEqual([]);
        },
      );
    });

    it("reads without JavaScript: all rows and plots, no dead controls", async () => {
      await open("boards/glue-sst2-small/", { javaScriptEnabled: false }, async (page) => {
        expect(await page.locator("[data-board] tbody tr").count()).toBeGreaterThan(15);
        expect(await page.locator("figure svg:visible").count()).toBe(4);
        expect(await page.locator("button:visible, input:visible, select:visible").count()).toBe(0);
      });
    });

    it("is used by keyboard: skip link, sorting by Enter, points that tell their numbers", async () => {
      await open("boards/glue-sst2-small/", {}, async (page) => {
        await page.keyboard.press("Tab");
        expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
        await page.locator('th[data-column="deployed-bytes"] button').focus();
        await page.keyboard.press("Enter");
        expect(await page.locator('th[data-column="deployed-bytes"]').getAttribute("aria-sort")).toBe(
          "ascending",
        );
        const point = page.locator(".point:visible").first();
        await point.focus();
        expect(await point.getAttribute("aria-label")).toMatch(/: Accuracy \d+\.\d % .*n = \d/);
      });
    });
  },
);

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { brokenLinks, checkLinks, pageLinks, textKeeper } from "./check-links.ts";
import { sitemap } from "./sitemap.ts";
import { checkWeights, kindOf, Scales } from "./weights.ts";

const folder = mkdtempSync(join(tmpdir(), "rankbench-links-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "boards"));
const HOME =
  '<a href="/b/boards/">x</a><a href="/b/boards/#top">x</a><a href="#here">x</a><p id="here"></p><a href="https://elsewhere.example">x</a><a href="/b/boards/?x=1&amp;y=2">x</a>';
const BOARDS = '<h1 id="top"></h1><a href="/b/">home</a><a href="/b/nothing/">x</a><a href="/b/#gone">x</a>';
writeFileSync(join(folder, "index.html"), HOME);
writeFileSync(join(folder, "boards", "index.html"), BOARDS);

describe("the check of a built site", () => {
  const pages = [
    pageLinks("index.html", HOME, textKeeper()),
    pageLinks("boards/index.html", BOARDS, textKeeper()),
  ];

  it("finds links to pages and places that are not there, and no others", () => {
    expect(brokenLinks(folder, "/b/", pages)).toEqual([
      "boards/index.html: /b/nothing/",
      "boards/index.html: /b/#gone",
    ]);
    expect(() => checkLinks(folder, "/b/", pages)).toThrow(
      /2 links lead nowhere: boards\/index.html: \/b\/nothing\//,
    );
    expect(brokenLinks(folder, "/other/", pages.slice(0, 1)).length).toBe(3);
  });

  it("weighs a page with its style sheets and scripts, and refuses one beyond its budget by name", () => {
    writeFileSync(join(folder, "a.css"), "p{}".repeat(1000));
    const noise = Array.from({ length: 40_000 }, (_, i) =>
      (Math.sin(i * 12.9898) * 43758.5453).toFixed(12),
    ).join("");
    writeFileSync(join(folder, "a.js"), noise);
    const weigh = (name: string, markup: string) => {
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      writeFileSync(join(folder, name), markup);
      const scales = new Scales(folder, "/b/");
      scales.put(name, markup, textKeeper());
      return scales.weights();
    };
    const light = weigh("submit/index.html", '<link rel="stylesheet" href="/b/a.css">');
    expect(light[0]?.css).toBeGreaterThan(20);
    expect(() => checkWeights(light)).not.toThrow();
    const heavy = weigh("runs/x/index.html", '<script type="module" src="/b/a.js"></script>');
    expect(heavy[0]?.js).toBeGreaterThan(60_000);
    expect(() => checkWeights([...light, ...heavy])).toThrow(/runs\/x\/index.html/);
    expect([kindOf("index.html"), kindOf("boards/x/index.html"), kindOf("404.html")]).toEqual([
      "home",
      "boards",
      "other",
    ]);
  });

  it("maps every page but the one for missing pages", () => {
    const map = sitemap("https://example.org", "/b/", ["index.html", "boards/index.html", "404.html"]);
    expect([...map.matchAll(/<loc>([^<]*)</g)].map(([, address]) => address)).toEqual([
      "https://example.org/b/",
      "https://example.org/b/boards/",
    ]);
  });
});

// Follows every link of a built site to a page, file or place inside it. Addresses of other hosts are not asked for.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { RankbenchError } from "#harness/failure/error.ts";
import { fileFor } from "./static-server.ts";

/** What a page says of itself: its file below the site's folder, what it links to, and its anchors. */
export interface PageLinks {
  readonly name: string;
  readonly targets: readonly string[];
  readonly anchors: ReadonlySet<string>;
}

const UNESCAPE: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&#38;": "&",
  "&quot;": '"',
  "&#39;": "'",
};
const unescaped = (text: string): string =>
  text.replace(/&(?:amp|#38|quot|#39);/g, (each) => UNESCAPE[each] ?? each);

/**
 * Keeps one copy of each text that is cut out of pages. A piece of a string may hold the whole of it in memory: those of ten
 * thousand pages would take half a gigabyte.
 */
export function textKeeper(): (piece: string) => string {
  const kept = new Map<string, string>();
  return (piece) => {
    const known = kept.get(piece);
    if (known !== undefined) return known;
    const copy = Buffer.from(piece).toString();
    kept.set(copy, copy);
    return copy;
  };
}

/** Links and anchors of a page's markup. Astro escapes attributes, so that a quote always ends one. */
export function pageLinks(name: string, markup: string, keep: (piece: string) => string): PageLinks {
  const targets = new Set<string>();
  const anchors = new Set<string>();
  for (const [, attribute, value = ""] of markup.matchAll(/\s(href|src|id)="([^"]*)"/g)) {
    const text = keep(unescaped(value));
    if (attribute === "id") anchors.add(text);
    else targets.add(text);
  }
  return { name, targets: [...targets], anchors };
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

/** `PAGE: TARGET` for every link that leads nowhere. */
export function brokenLinks(folder: string, base: string, pages: readonly PageLinks[]): string[] {
  const byFile = new Map(pages.map((page) => [join(folder, page.name), page]));
  const known = new Map<string, string | null>();
  const fileOf = (path: string): string | null => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const file = fileFor(folder, base, path);
    known.set(path, file);
    return file;
  };
  return pages.flatMap(({ name, targets }) =>
    targets
      .filter((target) => !/^(?:https?:|mailto:)/.test(target))
      .filter((target) => {
        const [address = "", anchor] = target.split("#");
        const path = address.replace(/\?.*$/, "");
        const file = path === "" ? join(folder, name) : fileOf(path);
        if (file === null || !isFile(file)) return true;
        return anchor !== undefined && anchor !== "" && byFile.get(file)?.anchors.has(anchor) === false;
      })
      .map((target) => `${name}: ${target}`),
  );
}

const SHOWN = 10;

/** Refuses a site with a broken link. */
export function checkLinks(folder: string, base: string, pages: readonly PageLinks[]): void {
  const broken = brokenLinks(folder, base, pages);
  if (broken.length === 0) return;
  throw new RankbenchError({
    reason: "internal",
    thing: `site in ${folder}`,
    problem: `${broken.length} links lead nowhere: ${broken.slice(0, SHOWN).join("; ")}`,
    field: "href",
    wanted: "every internal link to lead to a page, a file or a place of the site",
    next: "correct the page that holds the link",
  });
}

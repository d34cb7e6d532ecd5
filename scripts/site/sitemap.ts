// The sitemap (sitemaps.org, protocol 0.9) of a built site.
import { draw, markup } from "../../site/src/draw/node.ts";

/** One file takes so many addresses. */
const MOST = 50_000;

/** Addresses of all pages but the one for missing ones, in order; beyond the protocol's limit the first ones. */
export function sitemap(origin: string, base: string, pages: readonly string[]): string {
  const addresses = pages
    .filter((name) => name.endsWith("index.html"))
    .map((name) => `${origin}${base}${name.replace(/index\.html$/, "")}`)
    .sort()
    .slice(0, MOST);
  const node = draw(
    "urlset",
    { xmlns: "http://www.sitemaps.org/schemas/sitemap/0.9" },
    ...addresses.map((address) => draw("url", {}, draw("loc", {}, address))),
  );
  return `<?xml version="1.0" encoding="utf-8"?>\n${markup(node)}\n`;
}

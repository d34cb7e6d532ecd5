// Astro's settings. Output folder and base path come from the build script; no page may hold inline scripts or styles, so
// that the strict Content-Security-Policy of the layout holds.
import { defineConfig } from "astro/config";

/**
 * Statistics that pages share with the harness stand beside others that draw random numbers, whose streams start from a
 * hash of Node's. The browser's bundle leaves those out; a page that drew random numbers all the same would fail here.
 */
const noHashesInBrowser = {
  name: "no-hashes-in-the-browser",
  enforce: "pre" as const,
  resolveId: (source: string, _: string | undefined, { ssr }: { readonly ssr?: boolean | undefined }) =>
    source === "node:crypto" && ssr !== true ? "\0no-hashes" : null,
  load: (id: string) =>
    id === "\0no-hashes"
      ? "export function createHash() { throw new Error('no streams of random numbers in the browser'); }"
      : null,
};

export default defineConfig({
  output: "static",
  trailingSlash: "always",
  build: { format: "directory", inlineStylesheets: "never", assets: "assets" },
  cacheDir: "../.rankbench/site-cache",
  devToolbar: { enabled: false },
  vite: {
    plugins: [noHashesInBrowser],
    build: { assetsInlineLimit: 0 },
    cacheDir: "../.rankbench/site-vite",
  },
});

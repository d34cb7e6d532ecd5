// Astro's settings. Output folder and base path come from the build script; no page may hold inline scripts or styles, so
// that the strict Content-Security-Policy of the layout holds.
import { defineConfig } from "astro/config";

export default defineConfig({
  output: "static",
  trailingSlash: "always",
  build: { format: "directory", inlineStylesheets: "never", assets: "assets" },
  cacheDir: "../.rankbench/site-cache",
  devToolbar: { enabled: false },
  vite: { build: { assetsInlineLimit: 0 }, cacheDir: "../.rankbench/site-vite" },
});

// Pictures of each page type in light, dark and at phone width, for a person to look at:
//   node --import tsx scripts/site/screenshots.ts FOLDER-OF-A-BUILD BASE OUT [PAGE...]
import { mkdir, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { normaliseBase } from "../../site/src/lib/address.ts";
import { serve } from "./static-server.ts";

const VIEWS = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "light" },
} as const;

const SLICE = 1400;

const [folder, baseText, out, ...asked] = process.argv.slice(2);
if (folder === undefined || baseText === undefined || out === undefined) {
  console.error("usage: screenshots.ts FOLDER-OF-A-BUILD BASE OUT [PAGE...]");
  process.exit(2);
}
const base = normaliseBase(baseText);
const first = async (kind: string): Promise<string[]> => {
  const names = await readdir(join(folder, kind), { withFileTypes: true });
  const name = names.find((entry) => entry.isDirectory())?.name;
  return name === undefined ? [] : [`${kind}/${name}/`];
};
const pages =
  asked.length > 0
    ? asked
    : [
        "",
        "boards/",
        ...(await first("boards")),
        "methods/",
        ...(await first("methods")),
        ...(await first("runs")),
        "compare/",
        "profiles/",
        "claims/",
        "methodology/",
        "submit/",
        "data/",
        "changes/",
        "no-such-page/",
      ];
await mkdir(out, { recursive: true });
const served = await serve(resolve(folder), base, 0);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
for (const [name, options] of Object.entries(VIEWS)) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  // The machine may be busy with runs.
  page.setDefaultTimeout(120_000);
  for (const path of pages) {
    await page.goto(`${served.address}${path}`, { waitUntil: "networkidle" });
    const stem = `${path === "" ? "home" : path.replace(/\/?(?:\?.*)?$/, "").replaceAll("/", "-")}-${name}`;
    const { width } = options.viewport;
    const height = Number(await page.evaluate("document.documentElement.scrollHeight"));
    // Tall pages come in slices: a picture of thousands of lines is shrunk until nothing can be judged on it.
    for (let top = 0, slice = 1; top < height; top += SLICE, slice++) {
      const clip = { x: 0, y: top, width, height: Math.min(SLICE, height - top) };
      const file = `${stem}-${slice}.png`;
      await page.screenshot({ path: join(out, file), fullPage: true, clip });
      console.log(file);
    }
  }
  await context.close();
}
await browser.close();
await served.close();

// Pictures that mini-CLIP is pre-trained on: every emoji of the table in four free drawing styles. Packages lie in a folder
// outside this repository; OpenMoji is left out, because the tasks are made of it.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { renderSvgs } from "#harness/data/svg.ts";
import type { EmojiRow } from "#tasks/encoding/concepts.ts";
import { type IconSet, iconOf, parseIconSet, svgOf } from "#tasks/encoding/icon-set.ts";

/** Package, version and licence of each style. */
export const STYLES = [
  { name: "fluent", package: "@iconify-json/fluent-emoji-flat", version: "1.2.6", licence: "MIT" },
  { name: "noto", package: "@iconify-json/noto", version: "1.2.9", licence: "Apache-2.0" },
  { name: "twemoji", package: "@iconify-json/twemoji", version: "1.2.5", licence: "CC BY 4.0" },
  { name: "emojione", package: "@iconify-json/emojione", version: "1.2.3", licence: "CC BY 4.0" },
] as const;

export interface Picture {
  readonly style: string;
  readonly row: EmojiRow;
  /** [64, 64, 4] bytes, premultiplied. */
  readonly rgba: Uint8Array;
}

interface StyleFiles {
  readonly set: IconSet;
  readonly byCode: Readonly<Record<string, string>>;
}

async function readStyle(folder: string, style: (typeof STYLES)[number]): Promise<StyleFiles> {
  const load = createRequire(join(resolve(folder), "package.json"));
  const { version } = load(`${style.package}/package.json`) as { version: string };
  if (version !== style.version)
    throw new Error(`${style.package}: wanted ${style.version}, found ${version}`);
  const file = load.resolve(`${style.package}/icons.json`);
  const set = parseIconSet(await readFile(file, "utf8"), file);
  let byCode: Record<string, string> = {};
  try {
    byCode = load(`${style.package}/chars.json`) as Record<string, string>;
  } catch {
    // Emojione has no table of code points: the names of other styles are tried.
  }
  return { set, byCode };
}

/** Every picture that could be drawn, style by style in the order of the table. */
export async function readPictures(
  folder: string,
  rows: readonly EmojiRow[],
  size: number,
): Promise<readonly Picture[]> {
  const styles = await Promise.all(STYLES.map((style) => readStyle(folder, style)));
  const names = (row: EmojiRow) => styles.map(({ byCode }) => iconOf(byCode, row.code));
  const out: Picture[] = [];
  for (const [index, { name }] of STYLES.entries()) {
    const style = styles[index];
    if (style === undefined) continue;
    const drawings = rows.flatMap((row) => {
      const own = iconOf(style.byCode, row.code);
      const tried = own === undefined ? names(row) : [own];
      const svg = tried.map((icon) => (icon === undefined ? null : svgOf(style.set, icon)));
      const found = svg.find((each) => each !== null);
      return found ? [{ row, svg: found }] : [];
    });
    const rendered = await renderSvgs(drawings.map(({ svg }) => ({ svg, width: size })));
    for (const [at, { row }] of drawings.entries()) {
      const picture = rendered[at];
      if (picture?.height === size) out.push({ style: name, row, rgba: picture.rgba });
    }
  }
  return out;
}

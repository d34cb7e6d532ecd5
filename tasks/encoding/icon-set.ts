// Icons of an Iconify package as SVG drawings, found by code point. Which package, and what its icons mean, is the caller's.
import { RankbenchError } from "#harness/failure/error.ts";

interface Icon {
  readonly body: string;
  readonly width?: number;
  readonly height?: number;
}

export interface IconSet {
  readonly prefix: string;
  readonly icons: Readonly<Record<string, Icon>>;
  readonly width?: number;
  readonly height?: number;
}

/** Iconify's own default side of an icon. */
const SIDE = 16;

/** `icons.json` of an Iconify package. Throws a `data` error for anything else. */
export function parseIconSet(text: string, file: string): IconSet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const set = value as Partial<IconSet> | null;
  if (typeof set?.prefix !== "string" || typeof set.icons !== "object" || set.icons === null)
    throw new RankbenchError({
      reason: "data",
      thing: `file ${file}`,
      problem: "it is no icon set",
      wanted: "icons.json of an Iconify package: an object with `prefix` and `icons`",
      next: "install the packages again",
    });
  return set as IconSet;
}

/** The drawing of an icon as an SVG document, or null where the set has none of that name. */
export function svgOf(set: IconSet, name: string): string | null {
  const icon = Object.hasOwn(set.icons, name) ? set.icons[name] : undefined;
  if (typeof icon?.body !== "string") return null;
  const width = icon.width ?? set.width ?? SIDE;
  const height = icon.height ?? set.height ?? SIDE;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${icon.body}</svg>`;
}

/** Name of the icon for a code: sets differ in whether they write the variation selector fe0f. */
export const iconOf = (byCode: Readonly<Record<string, string>>, code: string): string | undefined =>
  byCode[code] ?? byCode[code.replaceAll("-fe0f", "")];

// OpenMoji's drawings as the npm package of Iconify ships them, and an embedded stand-in of the same form.
import type { DataSource } from "#harness/data/source.ts";

const PACKAGE = { name: "@iconify-json/openmoji", version: "1.2.29", packing: "none" } as const;

export const ICONS_FILE = "icons.json";
/** Code points to names of icons. */
export const CODES_FILE = "chars.json";

export const openmojiSource: DataSource = {
  id: "clip-openmoji",
  title: "OpenMoji drawings",
  licence: "CC BY-SA 4.0, OpenMoji; read from the installed package, never copied",
  redistributable: true,
  citation: "HfG Schwaebisch Gmuend, OpenMoji: the open-source emoji and icon project",
  homepage: "https://openmoji.org",
  files: [
    {
      name: ICONS_FILE,
      sha256: "7075331faab544067dbff4236471dd378bb5410aa05799a8a343c9ebf5c5984c",
      bytes: 9_079_991,
      package: { ...PACKAGE, path: "icons.json" },
    },
    {
      name: CODES_FILE,
      sha256: "8583c4c65723c22c043a50a27038c43d3d12de336ad409872b23356f4c3e3825",
      bytes: 215_789,
      package: { ...PACKAGE, path: "chars.json" },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: {
      [ICONS_FILE]: new URL("./openmoji.sample.icons.json", import.meta.url),
      [CODES_FILE]: new URL("./openmoji.sample.chars.json", import.meta.url),
    },
  },
};

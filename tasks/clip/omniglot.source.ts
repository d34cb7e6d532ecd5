// The two small background sets of Omniglot as their author publishes them, and embedded made-up characters of the same form.
import type { DataSource } from "#harness/data/source.ts";

/** Archives of PNG files `<set>/<alphabet>/<character>/<drawing>.png`. */
export const OMNIGLOT_ARCHIVES = ["images_background_small1.zip", "images_background_small2.zip"] as const;

const [FIRST, SECOND] = OMNIGLOT_ARCHIVES;
const address = (name: string) => `https://github.com/brendenlake/omniglot/raw/master/python/${name}`;

export const omniglotSource: DataSource = {
  id: "clip-omniglot",
  title: "Omniglot, small background sets",
  licence: "MIT, Brenden Lake",
  redistributable: true,
  citation: "Lake, Salakhutdinov and Tenenbaum 2015, Human-level concept learning",
  homepage: "https://github.com/brendenlake/omniglot",
  files: [
    {
      name: FIRST,
      sha256: "f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4",
      bytes: 1_319_022,
      rows: 2_720,
      official: { url: address(FIRST), packing: { kind: "none" } },
      mirror: { path: `omniglot/${FIRST}`, packing: "none" },
    },
    {
      name: SECOND,
      sha256: "3ccaa407515a8778e5d0861875af38b17e418f301ad5bb3b5a6b65d901a41c7f",
      bytes: 1_580_917,
      rows: 3_120,
      official: { url: address(SECOND), packing: { kind: "none" } },
      mirror: { path: `omniglot/${SECOND}`, packing: "none" },
    },
  ],
  sample: {
    licence: "MIT, written for this project",
    files: {
      [FIRST]: new URL("./omniglot.sample.1.zip", import.meta.url),
      [SECOND]: new URL("./omniglot.sample.2.zip", import.meta.url),
    },
  },
};

// EuroSAT (Helber et al. 2019): satellite pictures of land use.

import { photoSource } from "./photos.source.ts";
import type { PhotoSet } from "./photos.task.ts";

const ARCHIVE = "EuroSAT.zip";

export const eurosat: PhotoSet = {
  name: "eurosat",
  title: "EuroSAT",
  what: "The use of the land on a satellite picture",
  source: photoSource(
    {
      id: "clip-eurosat",
      title: "EuroSAT, RGB",
      licence: "MIT; Sentinel-2 data are free under the Copernicus terms",
      redistributable: true,
      citation: "Helber et al. 2019, EuroSAT: A Novel Dataset and Deep Learning Benchmark for Land Use",
      homepage: "https://github.com/phelber/EuroSAT",
    },
    {
      name: ARCHIVE,
      url: "http://madm.dfki.de/files/sentinel/EuroSAT.zip",
      sha256: "8ebea626349354c5328b142b96d0430e647051f26efc2dc974c843f25ecf70bd",
      bytes: 94_280_567,
    },
    {
      name: "split_zhou_EuroSAT.json",
      sha256: "541503a77d0b26b735d85ec7a3e672804fe0aa466c2e5f07da772cc6c0af8ad2",
      bytes: 3_006_492,
      rows: 27_000,
      packed: { sha256: "bfb638a6c59bc16a91f52e5f95875fd036e9b3a3d54621c613751c780089fc4c", bytes: 89_179 },
    },
  ),
  archive: { file: ARCHIVE, kind: "zip", prefix: "2750/", side: 64 },
  classes: [
    "Annual Crop Land",
    "Forest",
    "Herbaceous Vegetation Land",
    "Highway or Road",
    "Industrial Buildings",
    "Pasture Land",
    "Permanent Crop Land",
    "Residential Buildings",
    "River",
    "Sea or Lake",
  ],
  prompt: (name) => `a centered satellite photo of ${name}.`,
};

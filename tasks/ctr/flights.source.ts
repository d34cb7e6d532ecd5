// Flights of the United States' Bureau of Transportation Statistics as the npm package of Vega ships them, and an embedded
// stand-in in the same form.
import type { DataSource } from "#harness/data/source.ts";

export const FLIGHTS_FILE = "flights-20k.json";

export const flightsSource: DataSource = {
  id: "ctr-flights",
  title: "Flights of January to March 2001 (20,000 of the United States)",
  licence: "data of the United States' government, public domain; package code BSD-3-Clause",
  redistributable: true,
  citation: "Bureau of Transportation Statistics, On-Time Performance; Vega, vega-datasets 3.2.1",
  homepage: "https://github.com/vega/vega-datasets",
  files: [
    {
      name: FLIGHTS_FILE,
      sha256: "52f0ddd892d4569284b845e17323abc9afb7d303ec8f63251634a20327a610bb",
      bytes: 1_784_867,
      rows: 20_000,
      package: {
        name: "vega-datasets",
        version: "3.2.1",
        path: `data/${FLIGHTS_FILE}`,
        packing: "none",
      },
    },
  ],
  sample: {
    licence: "MIT, made by scripts/samples/ctr.ts",
    files: { [FLIGHTS_FILE]: new URL("./flights.sample.json", import.meta.url) },
  },
};

// Memory of the click-through reader and its training stream on a generated table of many rows: 13 numbers, 26 categories.
//   node --expose-gc --import tsx scripts/perf/ctr-stream.ts 5000000
// Held memory must not grow with the rows but for 4 bytes each of targets, and 4 of an epoch's order while it runs.
import { readTsv } from "#harness/data/tsv.ts";
import { stream } from "#harness/random/stream.ts";
import { categories, numbers } from "#tasks/encoding/categorical-field.ts";
import { clickRows } from "#tasks/encoding/click-table.ts";
import { fitEncoder } from "#tasks/encoding/ctr-encoder.ts";
import { encodeSplit } from "#tasks/encoding/ctr-split.ts";

const size = Number(process.argv[2] ?? 1_000_000);
const NUMBERS = Array.from({ length: 13 }, (_, i) => `I${i + 1}`);
const CATEGORIES = Array.from({ length: 26 }, (_, i) => `C${i + 1}`);
const NAMES = ["label", ...NUMBERS, ...CATEGORIES];
const BLOCK = 1000;

function* bytes(): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (let from = 0; from < size; from += BLOCK) {
    let text = "";
    for (let i = from; i < Math.min(size, from + BLOCK); i++) {
      text += `${i % 2}`;
      for (let k = 0; k < 13; k++) text += `\t${(i * (k + 7)) % 1009}`;
      for (let k = 0; k < 26; k++) text += `\tv${(i * (k + 3)) % 997}`;
      text += "\n";
    }
    yield encoder.encode(text);
  }
}

function report(what: string): void {
  globalThis.gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const mib = (value: number) => `${Math.round(value / 2 ** 20)} MiB`;
  console.log(
    `${what}: resident ${mib(rss)} (peak ${mib(process.resourceUsage().maxRSS * 1024)}), heap ${mib(heapUsed)}, arrays ${mib(arrayBuffers)}`,
  );
}

const rows = clickRows({
  file: {
    name: "generated",
    variant: "sample",
    path: "generated",
    packing: "none",
    part: true,
    sha256: "",
    bytes: 0,
  },
  label: "label",
  fields: [...NUMBERS, ...CATEGORIES],
  read: () => readTsv({ name: "generated", bytes: bytes() }, { columns: NAMES, names: NAMES }),
});

report(`start, ${size} rows`);
const encoder = await fitEncoder([...numbers(...NUMBERS), ...categories(5, ...CATEGORIES)], rows);
report("columns learned");
const split = await encodeSplit(encoder, rows);
report(`encoded, ${split.size} rows`);
let seen = 0;
for (const batch of split.epoch(1024, stream(0, "data-order"))) seen += batch.size;
report(`one epoch, ${seen} rows`);

// CIFAR-10 in its binary form: records of a label byte and three planes of 32 by 32 pixels, alone or inside the official
// archive. What the classes are called and which images are used is the task's matter.
import { openBytes, readBytes, type StoredFile } from "./content.ts";
import { refuserOf } from "./damaged.ts";
import { tarEntries } from "./tar.ts";

export const CIFAR_SIDE = 32;
export const CIFAR_CHANNELS = 3;
const PLANE = CIFAR_SIDE * CIFAR_SIDE;
const PIXELS = CIFAR_CHANNELS * PLANE;
const RECORD = 1 + PIXELS;
const CLASSES = 10;

export interface CifarImages {
  /** Class ids, [n]. */
  readonly labels: Uint8Array;
  /** [n, 32, 32, 3]: rows of pixels, red, green and blue side by side. */
  readonly pixels: Uint8Array;
}

/** Images of whole records. Throws a `data` error when the last one is cut off, for none at all, and for a label above 9. */
export function parseCifar10(bytes: Uint8Array, file: string): CifarImages {
  const refuse = refuserOf(`file ${file}`);
  const count = bytes.length / RECORD;
  if (count === 0 || !Number.isInteger(count)) {
    throw refuse(
      "its size is no whole number of records",
      "size",
      `${bytes.length} bytes`,
      `a multiple of ${RECORD} (one label, ${PIXELS} pixels)`,
    );
  }
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * PIXELS);
  for (let n = 0; n < count; n++) {
    const label = bytes[n * RECORD] as number;
    if (label >= CLASSES) throw refuse("a label is none of the classes", `record ${n}`, label, "0 to 9");
    labels[n] = label;
    const record = bytes.subarray(n * RECORD + 1, (n + 1) * RECORD);
    for (let at = 0; at < PIXELS; at++)
      pixels[n * PIXELS + (at % PLANE) * CIFAR_CHANNELS + Math.floor(at / PLANE)] = record[at] as number;
  }
  return { labels, pixels };
}

function joined(parts: readonly CifarImages[]): CifarImages {
  const whole = (of: (part: CifarImages) => Uint8Array) => new Uint8Array(Buffer.concat(parts.map(of)));
  return { labels: whole(({ labels }) => labels), pixels: whole(({ pixels }) => pixels) };
}

/** A file of records. Throws `data` and `storage` errors. */
export async function readCifar10(file: StoredFile): Promise<CifarImages> {
  return parseCifar10(await readBytes(file), file.path);
}

/** The batches of one half of the official archive, a tar file in gzip, in the order of their names. */
const BATCHES = {
  train: [1, 2, 3, 4, 5].map((n) => `cifar-10-batches-bin/data_batch_${n}.bin`),
  test: ["cifar-10-batches-bin/test_batch.bin"],
} as const;

/** The training or test images of the official archive. Throws `data` and `storage` errors. */
export async function readCifar10Archive(path: string, half: keyof typeof BATCHES): Promise<CifarImages> {
  const names: readonly string[] = BATCHES[half];
  const found = new Map<string, CifarImages>();
  const unpacked = openBytes({ path, packing: "gzip" });
  for await (const { name, bytes } of tarEntries(unpacked, path, (entry) => names.includes(entry)))
    found.set(name, parseCifar10(bytes, `${path}, entry ${name}`));
  return joined(
    names.map((name) => {
      const batch = found.get(name);
      if (batch === undefined)
        throw refuserOf(`file ${path}`)("the archive lacks an entry", "entry", name, names.join(", "));
      return batch;
    }),
  );
}

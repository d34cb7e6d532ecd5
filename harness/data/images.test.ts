// Readers of image files: numbers laid out by hand, and damaged files of which every one must be refused by name or read whole.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { parseCifar10, readCifar10Archive } from "./cifar.ts";
import { parseIdx, readIdx } from "./idx.ts";
import { tarEntries } from "./tar.ts";
import { failureOf } from "./testing/failure.ts";
import { scratchFolder } from "./testing/scratch.ts";

const idx = (shape: readonly number[], data: readonly number[], type = 8): Uint8Array => {
  const head = [0, 0, type, shape.length];
  for (const size of shape)
    head.push((size >>> 24) & 255, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
  return Uint8Array.from([...head, ...data]);
};

const IMAGES = idx(
  [2, 3, 2],
  Array.from({ length: 12 }, (_, i) => i * 20),
);

const record = (label: number, at: (channel: number, y: number, x: number) => number): number[] => {
  const bytes = [label];
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < 32; y++) for (let x = 0; x < 32; x++) bytes.push(at(c, y, x));
  return bytes;
};
const RECORDS = Uint8Array.from([...record(3, (c, y, x) => (c * 80 + y + x) % 256), ...record(9, (c) => c)]);

/** A tar archive as other software would write it: header fields in octal text, blocks of 512 bytes. */
function tar(entries: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts: Buffer[] = [];
  for (const [name, bytes] of Object.entries(entries)) {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0", 100);
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        0", 148);
    header.write("ustar\0", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    parts.push(header, Buffer.from(bytes), Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return new Uint8Array(Buffer.concat([...parts, Buffer.alloc(1024)]));
}

const BATCHES = "cifar-10-batches-bin";
const archive = (): Record<string, Uint8Array> => ({
  [`${BATCHES}/batches.meta.txt`]: Buffer.from("airplane\n"),
  ...Object.fromEntries(
    [1, 2, 3, 4, 5].map((n) => [`${BATCHES}/data_batch_${n}.bin`, Uint8Array.from(record(n, () => n))]),
  ),
  [`${BATCHES}/test_batch.bin`]: RECORDS,
});

const refusal = (run: () => unknown): RankbenchError => {
  try {
    run();
  } catch (error) {
    if (error instanceof RankbenchError) return error;
    throw error;
  }
  throw new Error("was not refused");
};

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

describe("IDX files", () => {
  it("give the shape of their head and the numbers behind it", () => {
    const { shape, data } = parseIdx(IMAGES, "images", 3);
    expect(shape).toEqual([2, 3, 2]);
    expect([...data]).toEqual([0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220]);
  });

  it.each([
    ["another type of numbers", idx([2], [1, 2], 9), 1, "magic number"],
    ["another number of axes", IMAGES, 1, "magic number"],
    ["a cut body", IMAGES.subarray(0, IMAGES.length - 1), 3, "numbers"],
    ["a body that goes on", Uint8Array.from([...IMAGES, 0]), 3, "numbers"],
    ["a cut head", IMAGES.subarray(0, 9), 3, "size"],
    ["no bytes at all", new Uint8Array(0), 3, "size"],
    ["an empty axis", idx([0, 3, 2], []), 3, "shape"],
    ["a size beyond all memory", idx([0xffffffff, 0xffffffff, 0xffffffff], [1]), 3, "numbers"],
  ])("with %s are refused by file and field", (_, bytes, axes, field) => {
    const error = refusal(() => parseIdx(bytes, "some-images", axes));
    expect(error.parts).toMatchObject({ reason: "data", thing: "file some-images", field });
  });
});

describe("CIFAR-10 records", () => {
  it("give planes as pixels with their colours side by side", () => {
    const { labels, pixels } = parseCifar10(RECORDS, "batch");
    expect([...labels]).toEqual([3, 9]);
    const at = (n: number, y: number, x: number) => [
      ...pixels.subarray(((n * 32 + y) * 32 + x) * 3).slice(0, 3),
    ];
    expect(at(0, 0, 0)).toEqual([0, 80, 160]);
    expect(at(0, 5, 31)).toEqual([36, 116, 196]);
    expect(at(1, 31, 31)).toEqual([0, 1, 2]);
  });

  it("with a cut record, none at all, or a label above 9 are refused", () => {
    expect(refusal(() => parseCifar10(RECORDS.subarray(1), "batch")).parts.field).toBe("size");
    expect(refusal(() => parseCifar10(new Uint8Array(0), "batch")).parts.field).toBe("size");
    const wrong = RECORDS.slice();
    wrong[3073] = 10;
    expect(refusal(() => parseCifar10(wrong, "batch")).parts).toMatchObject({ field: "record 1", value: 10 });
  });
});

describe("the archive of CIFAR-10", () => {
  const scratch = scratchFolder();

  it("gives five batches in order for training and one for test, whatever else it holds", async () => {
    const path = await scratch.put("whole.tar.gz", gzipSync(tar(archive())));
    const train = await readCifar10Archive(path, "train");
    expect([...train.labels]).toEqual([1, 2, 3, 4, 5]);
    expect(train.pixels[3 * 3072]).toBe(4);
    expect([...(await readCifar10Archive(path, "test")).labels]).toEqual([3, 9]);
  });

  it("without one of its batches is refused by the batch's name", async () => {
    const { [`${BATCHES}/data_batch_4.bin`]: _, ...rest } = archive();
    const path = await scratch.put("lacking.tar.gz", gzipSync(tar(rest)));
    const error = await failureOf(readCifar10Archive(path, "train"));
    expect(error.parts).toMatchObject({ reason: "data", value: `${BATCHES}/data_batch_4.bin` });
  });

  it("is read alike in chunks of any size, and refused where it is cut off or a header is wrong", async () => {
    const bytes = tar({
      "a.bin": Uint8Array.from({ length: 700 }, (_, i) => i % 251),
      "b.bin": Uint8Array.of(7),
    });
    const read = async (from: Uint8Array, size: number) => {
      const found: [string, number, number | undefined][] = [];
      for await (const { name, bytes: content } of tarEntries(chunked(from, size), "t.tar", () => true))
        found.push([name, content.length, content.at(-1)]);
      return found;
    };
    const wanted = [
      ["a.bin", 700, 699 % 251],
      ["b.bin", 1, 7],
    ];
    for (const size of [1, 100, 512, 5000]) expect(await read(bytes, size)).toEqual(wanted);
    expect((await failureOf(read(bytes.subarray(0, 600), 64))).parts.problem).toContain("inside an entry");
    expect((await failureOf(read(bytes.subarray(0, 300), 64))).parts.problem).toContain("inside a header");
    const wrong = bytes.slice();
    wrong[130] = 0x37;
    expect((await failureOf(read(wrong, 512))).parts.problem).toContain("sum");
  });

  it("of IDX form in gzip is read from disk, and a damaged gzip stream is refused", async () => {
    const path = await scratch.put("images.gz", gzipSync(IMAGES));
    expect((await readIdx({ path, packing: "gzip" }, 3)).shape).toEqual([2, 3, 2]);
    const broken = await scratch.put("broken.gz", gzipSync(IMAGES).subarray(0, 20));
    expect((await failureOf(readIdx({ path: broken, packing: "gzip" }, 3))).parts.reason).toBe("data");
  });
});

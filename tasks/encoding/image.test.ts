// Image rows, splits and batches against numbers laid out by hand.
import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { drawChanges, halfScaling, placeImage, scalingOf, UNCHANGED } from "./image-input.ts";
import { cutImages, type ImageRows, pickImages, withoutImages } from "./image-rows.ts";
import { ImageSplit, imageData } from "./image-split.ts";

/** Grey images of two by two pixels, one list of four bytes an image; labels 0, 1, 2, ... */
const grey = (...images: readonly (readonly number[])[]): ImageRows => ({
  height: 2,
  width: 2,
  channels: 1,
  pixels: Uint8Array.from(images.flat()),
  labels: Uint8Array.from(images, (_, i) => i % 10),
});

/** Images that all differ, from `from` on. */
const numbered = (from: number, count: number): ImageRows =>
  grey(...Array.from({ length: count }, (_, i) => [Math.floor((from + i) / 256), (from + i) % 256, 7, 9]));

const images = (rows: ImageRows): string[] =>
  Array.from(rows.labels, (_, n) => rows.pixels.subarray(4 * n, 4 * n + 4).join(" "));

const INPUT = { side: 4, channels: 1, scaling: "half" } as const;
/** Byte v as the number v: placing is then readable. */
const PLAIN = [Float32Array.from({ length: 256 }, (_, value) => value)];

function placed(
  rows: ImageRows,
  change = UNCHANGED,
  channels: 1 | 3 = 1,
  scaling: readonly Float32Array[] = PLAIN,
) {
  const out = new Float32Array(16 * channels);
  placeImage(rows, 0, { input: { ...INPUT, channels }, scaling, change }, out, 0);
  return Array.from({ length: 4 }, (_, y) => [...out.subarray(4 * channels * y, 4 * channels * (y + 1))]);
}

describe("splits of images", () => {
  it("hold validation rows drawn by the task's name alone, and as many training rows of the rest as are wanted", () => {
    const rows = { train: numbered(0, 100), test: numbered(1000, 10) };
    const cut = (name: string) => cutImages(rows, { trainRows: 50, validationRows: 20 }, name);
    const first = cut("image-a");
    expect([first.train, first.validation, first.test].map(({ labels }) => labels.length)).toEqual([
      50, 20, 10,
    ]);
    expect(images(cut("image-a").validation)).toEqual(images(first.validation));
    expect(images(cut("image-b").validation)).not.toEqual(images(first.validation));
    expect(first.removed).toEqual({ ofTest: 0, ofValidation: 0 });
    const all = cutImages(rows, { trainRows: null, validationRows: 20 }, "image-a");
    expect([...images(all.train), ...images(all.validation)].sort()).toEqual(images(rows.train).sort());
  });

  it("lose training rows whose bytes are a test or validation image, and say how many", () => {
    const train = numbered(0, 40);
    const test = pickImages(train, [3, 5]);
    const twice = pickImages(train, [...Array(40).keys(), ...Array(40).keys()]);
    const { removed, ...cut } = cutImages(
      { train: twice, test },
      { trainRows: null, validationRows: 10 },
      "image-a",
    );
    expect(removed.ofTest).toBe(4);
    const [held, validation] = [new Set(images(test)), new Set(images(cut.validation))];
    expect(images(cut.train).filter((image) => held.has(image) || validation.has(image))).toEqual([]);
    expect(images(cut.validation).filter((image) => held.has(image))).toEqual([]);
    expect(
      cut.train.labels.length + cut.validation.labels.length + removed.ofTest + removed.ofValidation,
    ).toBe(80);
    expect(removed.ofValidation).toBeGreaterThan(0);
  });

  it("tell images apart by every byte, not by their labels", () => {
    const rows = grey([1, 2, 3, 4], [1, 2, 3, 5], [200, 255, 128, 0]);
    expect(images(withoutImages(rows, grey([9, 9, 9, 9], [200, 255, 128, 0])))).toEqual([
      "1 2 3 4",
      "1 2 3 5",
    ]);
  });
});

describe("an image on its canvas", () => {
  const rows = grey([1, 2, 3, 4]);

  it("stands in the middle, black around it", () => {
    expect(placed(rows)).toEqual([
      [0, 0, 0, 0],
      [0, 1, 2, 0],
      [0, 3, 4, 0],
      [0, 0, 0, 0],
    ]);
  });

  it("is mirrored in place, then moved; what leaves the canvas is gone", () => {
    expect(placed(rows, { down: 0, right: 0, mirrored: true })[1]).toEqual([0, 2, 1, 0]);
    expect(placed(rows, { down: 1, right: 2, mirrored: true })).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 2],
      [0, 0, 0, 4],
    ]);
  });

  it("is repeated on three channels where it is grey, and black is the number of byte 0", () => {
    expect(placed(rows, UNCHANGED, 3)[1]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0]);
    expect(placed(rows, UNCHANGED, 1, halfScaling(1))[0]).toEqual([-1, -1, -1, -1]);
  });

  it("has mean 0 and spread 1 in each channel over the rows that scaling was made of", () => {
    const colour: ImageRows = {
      height: 1,
      width: 2,
      channels: 3,
      pixels: Uint8Array.from([0, 10, 5, 100, 20, 5, 200, 40, 5, 60, 90, 5]),
      labels: Uint8Array.of(0, 1),
    };
    const scaling = scalingOf(colour);
    for (const channel of [0, 1]) {
      const numbers = [0, 1, 2, 3].map(
        (pixel) => scaling[channel]?.[colour.pixels[3 * pixel + channel] ?? 0] ?? Number.NaN,
      );
      expect(numbers.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 5);
      expect(numbers.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1, 5);
    }
    // A channel of one value has no spread to divide by.
    expect(scaling[2]?.[5]).toBe(0);
  });
});

describe("changes of training images", () => {
  it("are drawn from the stream alone, over all shifts and both sides evenly", () => {
    const draw = (seed: number) =>
      drawChanges(16_200, { shift: 4, mirror: true }, stream(seed, "data-order"));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const counts = new Map<string, number>();
    for (const { down, right, mirrored } of draw(1)) {
      expect(Math.max(Math.abs(down), Math.abs(right))).toBeLessThanOrEqual(4);
      const key = `${down} ${right} ${mirrored}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // 162 changes, 100 draws each on average: 5 standard deviations.
    expect(counts.size).toBe(162);
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(50);
    expect(drawChanges(50, { shift: 0, mirror: false }, stream(1, "o"))).toEqual(Array(50).fill(UNCHANGED));
  });
});

describe("a split of images", () => {
  const rows = numbered(0, 37);
  const splitOf = (mirror: boolean) =>
    new ImageSplit({ rows, input: INPUT, scaling: PLAIN, augmentation: { shift: 2, mirror } });
  const bits = (
    batches: Iterable<{ readonly inputs: Readonly<Record<string, { readonly data: ArrayLike<number> }>> }>,
  ) => [...batches].map(({ inputs }) => Array.from(inputs.pixels?.data ?? []));

  it("gives the same bits for the same stream, however often an epoch is read, and others for another stream", () => {
    const epoch = (seed: number) => splitOf(true).epoch(8, stream(seed, "data-order"));
    const once = epoch(1);
    expect(bits(once)).toEqual(bits(once));
    expect(bits(epoch(1))).toEqual(bits(once));
    expect(bits(epoch(2))).not.toEqual(bits(once));
    expect(once.count).toBe(5);
  });

  it("reads each item once an epoch, in the order that the stream gives first: images change, the order does not", () => {
    const items = [...splitOf(true).epoch(8, stream(1, "data-order"))].flatMap((batch) => [...batch.items]);
    expect(items).toEqual([...stream(1, "data-order").permutation(37)]);
    expect(
      [...splitOf(false).epoch(8, stream(1, "data-order"))].flatMap((batch) => [...batch.items]),
    ).toEqual(items);
  });

  it("changes nothing outside of epochs", () => {
    const plain = new ImageSplit({ rows, input: INPUT, scaling: PLAIN, augmentation: null });
    expect(bits(splitOf(true).batches(8))).toEqual(bits(plain.batches(8)));
    expect(bits([splitOf(true).item(5)])).toEqual(bits([plain.item(5)]));
  });

  it("offers full batches for memory and latency, even where it is smaller", () => {
    const split = splitOf(true);
    const data = imageData({ train: split, validation: split, test: split }, INPUT);
    expect(data.longest(64).inputs.pixels?.shape).toEqual([64, 4, 4, 1]);
    const { batch, example } = data.typical(2);
    expect([batch.size, batch.key, example]).toEqual([2, "B=2", { height: 4, width: 4, channels: 1 }]);
  });
});

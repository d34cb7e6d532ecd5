import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { ClipSplit, clipData, type Pictures } from "./clip-split.ts";

const INPUT = { side: 8, mean: [0.5, 0.25, 0], spread: [0.5, 0.25, 1] } as const;

/** Three pictures of 8 by 8; channel c of pixel (x, y) of picture n is 10 n + x + 3 c. */
const pictures: Pictures = {
  side: 8,
  names: ["a", "b", "c"],
  labels: Int32Array.of(2, 0, 1),
  pixels: Uint8Array.from({ length: 3 * 64 * 3 }, (_, at) => {
    const [n, x, c] = [Math.floor(at / 192), Math.floor(at / 3) % 8, at % 3];
    return 10 * n + x + 3 * c;
  }),
};

describe("a split of pictures", () => {
  it("gives (byte / 255 - mean) / spread of each channel, in the split's order", () => {
    const [batch] = [...new ClipSplit(pictures, INPUT, null).batches(3)];
    const pixels = batch?.inputs.pixels;
    expect(pixels?.shape).toEqual([3, 8, 8, 3]);
    // Picture 1, pixel (5, 2): bytes 15, 18, 21.
    const at = (64 + 2 * 8 + 5) * 3;
    const wanted = [(15 / 255 - 0.5) / 0.5, (18 / 255 - 0.25) / 0.25, 21 / 255];
    for (let c = 0; c < 3; c++) expect(pixels?.data[at + c]).toBeCloseTo(wanted[c] ?? 0, 6);
    expect([...(batch?.targets.data ?? [])]).toEqual([2, 0, 1]);
    expect([...(batch?.items ?? [])]).toEqual([0, 1, 2]);
  });

  it("scales pictures to the model's side", () => {
    const wide = new ClipSplit(pictures, { ...INPUT, side: 16 }, null).item(0);
    const row = Array.from({ length: 16 }, (_, x) => {
      const value = wide.inputs.pixels?.data[(5 * 16 + x) * 3 + 2] ?? 0;
      return Math.round(255 * value);
    });
    // Twice as wide a ramp 6 ... 13: it still rises, and ends where it ended.
    expect(row).toEqual([...row].sort((a, b) => a - b));
    expect([row[0], row.at(-1)]).toEqual([6, 13]);
  });

  it("cuts and mirrors training pictures by the epoch's stream alone, other ways of reading never", () => {
    const split = new ClipSplit(pictures, INPUT, { least: 0.3, mirror: true });
    const epoch = (seed: number) => [...split.epoch(2, stream(seed, "data-order"))];
    expect(epoch(1)).toEqual(epoch(1));
    expect(epoch(1)).not.toEqual(epoch(2));
    const plain = [...split.batches(3)][0]?.inputs.pixels?.data;
    expect(epoch(1)[0]?.inputs.pixels?.data.slice(0, 192)).not.toEqual(plain?.slice(0, 192));
    expect([...split.batches(3)][0]?.inputs.pixels?.data).toEqual(
      [...new ClipSplit(pictures, INPUT, null).batches(3)][0]?.inputs.pixels?.data,
    );
    expect(
      epoch(1)
        .flatMap(({ items }) => [...items])
        .sort(),
    ).toEqual([0, 1, 2]);
  });

  it("mirrors about half of the pictures, and none where mirroring changes the meaning", () => {
    const falling = (mirror: boolean) => {
      const split = new ClipSplit(pictures, INPUT, { least: 0.9, mirror });
      let count = 0;
      for (let n = 0; n < 100; n++)
        for (const { inputs, size } of split.epoch(3, stream(n, "order")))
          for (let row = 0; row < size; row++)
            // Channel 0 of the first line rises from left to right unless it was mirrored.
            if ((inputs.pixels?.data[row * 192] ?? 0) > (inputs.pixels?.data[row * 192 + 21] ?? 0)) count++;
      return count / 300;
    };
    expect(falling(false)).toBe(0);
    expect(Math.abs(falling(true) - 0.5)).toBeLessThan(0.1);
  });

  it("fills batches for memory and latency where it has fewer pictures", () => {
    const split = new ClipSplit(pictures, INPUT, null);
    const data = clipData({ train: split, validation: split, test: split }, INPUT);
    expect([...data.longest(5).items]).toEqual([0, 1, 2, 0, 1]);
    expect(data.typical(4).batch.inputs.pixels?.shape).toEqual([4, 8, 8, 3]);
    expect(data.typical(4).example).toEqual({ height: 8, width: 8, channels: 3 });
  });
});

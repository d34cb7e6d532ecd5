import { describe, expect, it } from "vitest";
import {
  categories,
  type FieldEncoder,
  type FieldSpec,
  fitField,
  fnv1a,
  logBin,
  MISSING,
  numbers,
  RARE,
} from "./categorical-field.ts";

function fitted(spec: FieldSpec | undefined, cells: readonly string[]): FieldEncoder {
  if (spec === undefined) throw new Error("no field");
  const fit = fitField(spec);
  for (const cell of cells) expect(fit.see(cell)).toBe(true);
  return fit.encoder();
}

const rowsOf = (encoder: FieldEncoder, cells: readonly string[]) =>
  cells.map((cell) => {
    const row = encoder.rowOf(cell);
    if (row === null) throw new Error(`no row for ${cell}`);
    return row;
  });

describe("number columns", () => {
  const WANTED = ["-3", "-2", "-1", "0", "2147483648"];

  it("give empty, 0, -1, -2, -3 and 2147483648 rows below the table's size, ordered, the empty one apart", () => {
    // Training as in the Criteo sample: the lowest I2 is -2.
    const encoder = fitted(numbers("I2")[0], ["-2", "-1", "0", "1", "5", "18522", ""]);
    const rows = rowsOf(encoder, WANTED);
    for (const row of [...rows, encoder.rowOf("")]) expect(row).toBeLessThan(encoder.counts.length);
    expect([...rows].sort((a, b) => a - b)).toEqual(rows);
    expect(encoder.rowOf("")).toBe(MISSING);
    expect(rows).not.toContain(MISSING);
    // -3 and the huge number were never seen: the nearest seen bins hold them.
    expect(rows[0]).toBe(rows[1]);
    expect(rows[4]).toBe(encoder.counts.length - 1);
  });

  it("count every training cell on its row, and give later empty cells a row though training had none", () => {
    const encoder = fitted(numbers("n")[0], ["0", "0", "1", "3"]);
    // Bins 0, 2 and 4 of 0 to 4, behind the row for missing cells.
    expect([...encoder.counts]).toEqual([0, 2, 0, 1, 0, 1]);
    expect(encoder.rowOf("")).toBe(MISSING);
  });

  it("have a row for a number even if training had only empty cells", () => {
    const encoder = fitted(numbers("n")[0], ["", ""]);
    expect(encoder.rowOf("7")).toBe(1);
    expect([...encoder.counts]).toEqual([2, 0]);
  });

  it.each(["x", " ", "NaN", "Infinity", "1e999", "1,5"])("refuse %j", (cell) => {
    expect(fitField({ kind: "number", name: "n" }).see(cell)).toBe(false);
    expect(fitted(numbers("n")[0], ["1"]).rowOf(cell)).toBeNull();
  });

  it("have bins that never fall when numbers grow, over the whole range of doubles", () => {
    const values = [-1.7e308, -1e10, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 7, 8, 100, 1e10, 1.7e308];
    const bins = values.map(logBin);
    expect(bins.every(Number.isFinite)).toBe(true);
    expect([...bins].sort((a, b) => a - b)).toEqual(bins);
    // floor(2 log2(1 + v)) by hand: 2 log2 2 = 2, 2 log2 3 = 3.17, 2 log2 8 = 6, 2 log2 101 = 13.3.
    expect([1, 2, 7, 100].map(logBin)).toEqual([2, 3, 6, 13]);
  });
});

describe("category columns", () => {
  const cells = ["a", "a", "a", "b", "b", "c", "", "d"];

  it("keep values of enough training rows, put rare and unseen ones in one row and empty ones in another", () => {
    const encoder = fitted(categories(2, "C1")[0], cells);
    expect(rowsOf(encoder, ["", "c", "d", "never seen", "a", "b"])).toEqual([
      MISSING,
      RARE,
      RARE,
      RARE,
      2,
      3,
    ]);
    expect([...encoder.counts]).toEqual([1, 2, 3, 2]);
  });

  it("do not depend on the order of training rows", () => {
    const forwards = fitted(categories(1, "C1")[0], cells);
    const backwards = fitted(categories(1, "C1")[0], [...cells].reverse());
    expect(rowsOf(forwards, cells)).toEqual(rowsOf(backwards, cells));
  });

  it("tell names of object members from values", () => {
    const encoder = fitted(categories(1, "C1")[0], ["constructor", "__proto__"]);
    expect(encoder.rowOf("toString")).toBe(RARE);
    expect(encoder.counts.length).toBe(4);
  });
});

describe("hashed columns", () => {
  it("hash as FNV-1a's published vectors say", () => {
    expect(["", "a", "foobar"].map(fnv1a)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });

  it("have as many rows as buckets and one for missing cells, whatever they see", () => {
    const cells = Array.from({ length: 1000 }, (_, i) => `device ${i}`);
    const encoder = fitted({ kind: "hashed", name: "device", buckets: 16 }, [...cells, ""]);
    expect(encoder.counts.length).toBe(17);
    expect(encoder.counts.reduce((a, b) => a + b, 0)).toBe(1001);
    // 1,000 values over 16 buckets: 62.5 each, standard deviation 7.7.
    expect(Math.min(...encoder.counts.slice(1))).toBeGreaterThan(62.5 - 5 * 7.7);
    expect(encoder.rowOf("")).toBe(MISSING);
    expect(encoder.rowOf("new")).toBe(1 + (fnv1a("new") % 16));
  });
});

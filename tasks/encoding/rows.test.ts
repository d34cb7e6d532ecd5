import { describe, expect, it } from "vitest";
import type { ScalePreset } from "#harness/task/contract.ts";
import { SMOKE } from "./presets.ts";
import { cutAll, cutValidation, groupBySharedText, keepSplits, type TextRow, withoutCopies } from "./rows.ts";

const one = (text: string, target = 0): TextRow => ({ texts: [text], target });
const pair = (first: string, second: string): TextRow => ({ texts: [first, second], target: 0 });
const preset = (validationRows: number, trainRows: number | null = null): ScalePreset => ({
  ...SMOKE,
  validationRows,
  trainRows,
});
const names = (rows: readonly TextRow[]) => rows.map(({ texts }) => texts.join("+"));

describe("copies of held-out rows", () => {
  it("are found whatever their case and spacing", () => {
    const rows = [one("Good  film "), one("good films"), one("GOOD FILM")];
    expect(names(withoutCopies(rows, [one("good film")]))).toEqual(["good films"]);
  });

  it("are found in pairs of either order, and not when only one text is equal", () => {
    const rows = [pair("a", "b"), pair("B", "a"), pair("a", "c")];
    expect(names(withoutCopies(rows, [pair("a", "b")]))).toEqual(["a+c"]);
  });
});

describe("splits", () => {
  const train = Array.from({ length: 100 }, (_, i) => one(`train ${i}`));
  const test = [one("test"), one("train 7")];

  it("cut validation out of train by the task's name, without rows of the test split", () => {
    const cut = cutValidation({ train, test }, preset(20), "a");
    expect([cut.train.length, cut.validation.length, cut.test.length]).toEqual([79, 20, 2]);
    expect(new Set([...names(cut.train), ...names(cut.validation)]).size).toBe(99);
    expect(names(cut.validation)).toEqual(names(cutValidation({ train, test }, preset(20), "a").validation));
    expect(names(cut.validation)).not.toEqual(
      names(cutValidation({ train, test }, preset(20), "b").validation),
    );
  });

  it("draw the same validation rows whatever the number of training rows", () => {
    const few = cutValidation({ train, test }, preset(20, 10), "a");
    expect(few.train.length).toBe(10);
    expect(names(few.validation)).toEqual(names(cutValidation({ train, test }, preset(20), "a").validation));
  });

  it("keep an official validation split but for copies", () => {
    const kept = keepSplits({ train, validation: [one("TRAIN 3"), one("test")], test }, preset(2), "a");
    expect(names(kept.validation)).toEqual(["TRAIN 3"]);
    // Rows 3 and 7 are held out.
    expect(kept.train.length).toBe(98);
  });

  it("never part rows with a common text when one file is cut into three", () => {
    const rows = Array.from({ length: 60 }, (_, i) =>
      pair(`q${Math.floor(i / 2)}`, `s${i % 2 === 1 ? i : i - 1}`),
    );
    // q0: s-1 s1; q1: s1 s3; ... neighbours share s1, s3, ...: one chain; and 20 lone rows.
    const lone = Array.from({ length: 20 }, (_, i) => pair(`x${i}`, `y${i}`));
    expect(groupBySharedText([...rows, ...lone]).map((group) => group.length)).toEqual([
      60,
      ...new Array(20).fill(1),
    ]);
    const cut = cutAll([...rows, ...lone], 5, preset(5), "a");
    const chained = [cut.train, cut.validation, cut.test].filter((split) =>
      names(split).some((name) => name.startsWith("q")),
    );
    expect(chained.length).toBe(1);
    expect(cut.train.length + cut.validation.length + cut.test.length).toBe(80);
    expect(Math.min(cut.test.length, cut.validation.length)).toBeGreaterThanOrEqual(5);
  });
});

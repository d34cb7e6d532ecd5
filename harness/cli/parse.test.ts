// Option values: what is taken, and that everything else is refused with its field.
import { describe, expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import {
  parseDuration,
  parseInteger,
  parseList,
  parsePairs,
  parseSeed,
  parseSeeds,
  parseSize,
} from "./parse.ts";

function refusal(action: () => unknown): RankbenchError {
  try {
    action();
  } catch (error) {
    if (error instanceof RankbenchError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("seeds", () => {
  test("0 is a seed like any other", () => {
    expect(parseSeed("0")).toBe(0);
    expect(parseSeed("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([
    "-1",
    "1.5",
    "9007199254740993",
    "",
    " ",
    "1e3",
    "0x10",
    "007",
    "+1",
    "NaN",
    "Infinity",
    "one",
    "1 ",
  ])("%j is refused, and the error names field, value and what was wanted", (text) => {
    const error = refusal(() => parseSeed(text));
    expect(error.exitCode).toBe(2);
    expect(error.parts).toMatchObject({ field: "--seed", value: text });
    expect(error.message).toContain("whole numbers from 0");
  });

  test("ranges, lists and mixes are written out in order, repeats dropped", () => {
    expect(parseSeeds("0-4")).toEqual([0, 1, 2, 3, 4]);
    expect(parseSeeds("5,0,2")).toEqual([5, 0, 2]);
    expect(parseSeeds("7,0-2,1")).toEqual([7, 0, 1, 2]);
    expect(parseSeeds("3-3")).toEqual([3]);
  });

  test.each([
    "4-0",
    "0-",
    "-3",
    "0-4-8",
    "0,,2",
    "0-9999999",
    "0;2",
    "1.5-3",
    "9007199254740990-9007199254740993",
  ])("the list %j is refused", (text) => {
    expect(refusal(() => parseSeeds(text)).parts).toMatchObject({
      reason: "usage",
      field: "--seeds",
      value: text,
    });
  });
});

test("durations are seconds by their unit", () => {
  expect(parseDuration("5s")).toBe(5);
  expect(parseDuration("30m")).toBe(1800);
  expect(parseDuration("1.5h")).toBe(5400);
  expect(parseDuration("2d")).toBe(172_800);
});

test.each(["5", "0s", "-5s", "5 s", "5sec", "s", "1e3s", "9999d", ""])(
  "the duration %j is refused",
  (text) => {
    expect(refusal(() => parseDuration(text)).parts).toMatchObject({ field: "--timeout", value: text });
  },
);

test("sizes keep decimal and binary units apart", () => {
  expect(parseSize("4GB")).toBe(4_000_000_000);
  expect(parseSize("4GiB")).toBe(4_294_967_296);
  expect(parseSize("1.5mb")).toBe(1_500_000);
  expect(parseSize("800 KiB")).toBe(819_200);
});

test.each(["4", "4G", "0GB", "-1GB", "GB", "99999999TB", "1e3MB"])("the size %j is refused", (text) => {
  expect(refusal(() => parseSize(text)).parts).toMatchObject({ field: "--memory-limit", value: text });
});

test("whole numbers stay in their range", () => {
  expect(parseInteger("1", "--threads", { min: 1, max: 8 })).toBe(1);
  for (const text of ["0", "9", "1.0", "two", "-1"]) {
    expect(refusal(() => parseInteger(text, "--threads", { min: 1, max: 8 })).message).toContain(
      "from 1 to 8",
    );
  }
});

test("lists join commas and repeated options, without repeats; empty names are refused", () => {
  expect(parseList(["lora,galore", "lora", " fwsvd "], "--method")).toEqual(["lora", "galore", "fwsvd"]);
  for (const text of ["", "lora,", ",", "lora,,galore"]) {
    expect(refusal(() => parseList([text], "--method")).parts.field).toBe("--method");
  }
});

test("pairs split at the first equals sign; a key twice, or without one, is refused", () => {
  expect(parsePairs(["rank=8", "targets=query,value", "expression=a=b", "empty="])).toEqual({
    rank: "8",
    targets: "query,value",
    expression: "a=b",
    empty: "",
  });
  for (const pairs of [["rank"], ["=8"], ["rank=8", "rank=4"]]) {
    expect(refusal(() => parsePairs(pairs)).parts.field).toBe("--set");
  }
});

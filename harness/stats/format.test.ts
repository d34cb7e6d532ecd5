// Numbers for people, against values written out by hand.
import { expect, test } from "vitest";
import {
  formatDuration,
  formatInterval,
  formatMeasured,
  formatValue,
  plural,
  significant,
} from "./format.ts";

test.each([
  [6_975_744, "count", "6.98 M"],
  [0, "count", "0"],
  [999, "count", "999"],
  [1000, "count", "1.00 k"],
  [24_578, "count", "24.6 k"],
  [999_499, "count", "999 k"],
  [999_999, "count", "1.00 M"],
  [1.5e12, "count", "1.50 T"],
  [27_902_976, "bytes", "26.6 MiB"],
  [39_936, "bytes", "39.0 KiB"],
  [512, "bytes", "512 B"],
  [1_073_741_824, "bytes", "1.00 GiB"],
  [0.843, "share", "84.3 %"],
  [1, "share", "100.0 %"],
  [0, "share", "0.0 %"],
  [0.00123, "share", "0.1 %"],
  [0.26233, "coefficient", "0.262"],
  [-1 / 3, "coefficient", "-0.333"],
  [1, "coefficient", "1.000"],
  [0.4054651, "nats", "0.405 nats"],
  [12.34, "milliseconds", "12.3 ms"],
  [0.5, "milliseconds", "500 µs"],
  [0.9996, "milliseconds", "1.00 ms"],
  [1234, "milliseconds", "1.23 s"],
  [42.13, "seconds", "42.1 s"],
  [0.25, "seconds", "250 ms"],
  [158, "seconds", "2.63 min"],
  [5400, "seconds", "1.50 h"],
  [5.249, "per-second", "5.25 /s"],
  [123_456_789, "multiply-adds", "123 M"],
] as const)("%d as %s reads %s", (value, unit, text) => {
  expect(formatValue(value, unit)).toBe(text);
});

test("an interval stands in the scale of its mean", () => {
  expect(formatInterval(0.842, { low: 0.831, high: 0.85 }, "share")).toEqual({
    mean: "84.2 %",
    interval: "[83.1, 85.0]",
  });
  expect(formatInterval(1_050_000, { low: 990_000, high: 1_100_000 }, "count")).toEqual({
    mean: "1.05 M",
    interval: "[0.990, 1.10]",
  });
  expect(formatInterval(42.1, null, "seconds")).toEqual({ mean: "42.1 s", interval: null });
});

test("a metric without a value shows its reason and no number", () => {
  expect(formatMeasured({ undefined: "one class" }, "share")).toBe("undefined (one class)");
  expect(formatMeasured({ value: 0.5 }, "share")).toBe("50.0 %");
});

test.each([
  [0.04, "0.0 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [59.4, "59 s"],
  [59.6, "1 min 00 s"],
  [192, "3 min 12 s"],
  [3599.6, "1 h 00 min"],
  [7500, "2 h 05 min"],
])("%d seconds read %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("one is singular, none and many are plural", () => {
  expect([plural(0, "run"), plural(1, "run"), plural(2, "run")]).toEqual(["0 runs", "1 run", "2 runs"]);
});

test("significant digits never turn into an exponent where there are more digits before the point", () => {
  expect([0.4123, 5.27, 10.4, 104.4, 6975.2].map((value) => significant(value, 2))).toEqual([
    "0.41",
    "5.3",
    "10",
    "104",
    "6975",
  ]);
  expect([0.999, 9.996, 99.96, 100.4, 12345].map((value) => significant(value, 3))).toEqual([
    "0.999",
    "10.0",
    "100",
    "100",
    "12345",
  ]);
});

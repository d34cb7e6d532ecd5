import { expect, it } from "vitest";
import { differenceText, marginText } from "./difference-text.ts";

it("a difference of shares is told in points and not in percent, with its sign and its interval", () => {
  expect(differenceText(0.005, { low: 0.001, high: 0.009 }, "share")).toBe("+0.5 points [0.1, 0.9]");
  expect(differenceText(-0.0231, null, "share")).toBe("-2.3 points");
  expect(differenceText(-0.25, { low: -0.3, high: -0.2 }, "coefficient")).toBe("-0.250 [-0.300, -0.200]");
  expect([marginText(0.01, "share"), marginText(2 ** 21, "bytes")]).toEqual(["1.0 points", "2.00 MiB"]);
});

it("a difference that rounds to nothing has no sign, any other has one", () => {
  const of = (value: number) => differenceText(value, null, "share");
  expect([-0.0001, 0, 0.0001, -0.003, 0.003].map(of)).toEqual([
    "0.0 points",
    "0.0 points",
    "0.0 points",
    "-0.3 points",
    "+0.3 points",
  ]);
});

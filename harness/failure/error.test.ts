// The text of an error: it must come whatever value is told in it.
import { expect, test } from "vitest";
import { RankbenchError, renderValue } from "./error.ts";

test("a value that JSON cannot write is told by its kind, and the error keeps its own text", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  expect(renderValue(circle)).toBe("[object Array]");
  expect(renderValue(12n)).toBe("12");
  expect(renderValue(undefined)).toBe("undefined");
  expect(new RankbenchError({ reason: "usage", problem: "refused", value: circle }).message).toBe(
    "refused\n  got:    [object Array]",
  );
});

test("a long value is cut and control characters are written out", () => {
  expect(renderValue("a\nb\u0007")).toBe('"a\\nb\\u0007"');
  expect(renderValue("x".repeat(500))).toHaveLength(120);
});

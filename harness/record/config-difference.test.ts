import { expect, test } from "vitest";
import { configDifference } from "./config-difference.ts";

test("only what differs from the method's own defaults is shown of a configuration", () => {
  const defaults = { rank: 8, alpha: 8, targets: ["query", "value"], dropout: 0 };
  expect(configDifference({ ...defaults, rank: 16, targets: ["query"] }, defaults)).toBe(
    "rank=16 targets=query",
  );
  expect(configDifference(defaults, defaults)).toBe("");
  expect(configDifference({ rank: 4 }, null)).toBe("");
});

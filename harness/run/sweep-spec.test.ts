// Names and patterns of a sweep, and the combinations of its settings.
import { expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { combinations, matchNames } from "./sweep-spec.ts";

const KNOWN = ["glue-cola", "glue-sst2", "text-imdb", "text-trec", "text-trec50"];
const match = (...asked: readonly string[]) =>
  matchNames(asked, KNOWN, { kind: "task", listCommand: "pnpm bench list tasks" }).ids;

test.each([
  [["glue-*"], ["glue-cola", "glue-sst2"]],
  [["*-trec"], ["text-trec"]],
  [["*trec*"], ["text-trec", "text-trec50"]],
  [["text-????"], ["text-imdb", "text-trec"]],
  [["*e*-*o*"], ["glue-cola"]],
  [
    ["*", "!glue-*", "!*50"],
    ["text-imdb", "text-trec"],
  ],
  [
    ["text-trec50", "text-*"],
    ["text-trec50", "text-imdb", "text-trec"],
  ],
])("the patterns %j mean %j", (asked, ids) => {
  expect(match(...asked)).toEqual(ids);
});

test("characters that mean something to regular expressions mean themselves", () => {
  for (const pattern of ["glue.*", "(glue|text)-*", "[gt]*", "glue-sst2$*"])
    expect(() => match(pattern)).toThrow(RankbenchError);
});

test("a pattern of a hundred stars that fits nothing is refused like any other", () => {
  expect(() => match(`${"*a".repeat(100)}!`)).toThrow(/no task matches/);
});

test("alternatives are combined in their order, and more combinations than anybody means are refused by their number", () => {
  expect(combinations({ rank: ["4", "8"], rate: ["1"] })).toEqual([
    { rank: "4", rate: "1" },
    { rank: "8", rate: "1" },
  ]);
  expect(combinations({})).toEqual([{}]);
  const ten = Array.from({ length: 10 }, (_, i) => String(i));
  const fields = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`field${i}`, ten]));
  expect(() => combinations(fields)).toThrow(/combinations[\s\S]*100000/);
});

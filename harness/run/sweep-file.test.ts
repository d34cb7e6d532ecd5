// Sweep files: what is written comes out, and what cannot be meant is refused with its line.
import { expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { parseSweepFile, sweepOf } from "./sweep-file.ts";

const readers = { seeds: () => [0, 1, 2], duration: () => 90 };
const parse = (text: string) => parseSweepFile(text, "sweep.yaml", readers);

test("a part's own words win over what the file shares, and flags over both", () => {
  const file = parse(
    "methods: [lora, fira]\nseeds: 0-2\nset: { rank: [4, 8] }\nparts:\n  - tasks: glue-*\n  - tasks: [text-trec]\n    methods: svd\n    seeds: 5\n",
  );
  expect(sweepOf(file, { threads: 2 }).parts).toMatchObject([
    { methods: ["lora", "fira"], tasks: ["glue-*"], seeds: [0, 1, 2], set: { rank: ["4", "8"] }, threads: 2 },
    { methods: ["svd"], tasks: ["text-trec"], seeds: [5], scales: ["small"], threads: 2 },
  ]);
  expect(sweepOf(file, { methods: ["dora"] }).parts.map(({ methods }) => methods)).toEqual([
    ["dora"],
    ["dora"],
  ]);
});

test.each([
  ["methods: a\nmethod: b", 2, /unknown key[\s\S]*did you mean "methods"/],
  ["methods: a\n\nseeds: [1, -1]", 3, /seeds/],
  ["methods: a\nset:\n  rank: 4\n  __proto__: 8", 4, /unknown key/],
  ["methods: a\n__proto__: 8", 2, /unknown key/],
  ["!!set { methods, tasks }", 1, /no YAML[\s\S]*tag/],
  ["methods: !!binary aGVsbG8=", 1, /no YAML[\s\S]*tag/],
  ["methods: !ruby/object a", 1, /no YAML[\s\S]*tag/],
  ["methods: [a\nseeds: 1", 2, /no YAML/],
  ["&a [*a]", 1, /refused/],
  ["set: &a\n  x: *a", 2, /refused/],
  ["", 1, /refused/],
])("%j is refused on line %i", (text, line, said) => {
  expect(() => parse(text)).toThrow(RankbenchError);
  expect(() => parse(text)).toThrow(new RegExp(`sweep\\.yaml, line ${line}:`));
  expect(() => parse(text)).toThrow(said);
});

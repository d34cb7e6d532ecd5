import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Submission } from "./changes.ts";
import { judgeEntries, parseEntry, resolveEntry } from "./entries.ts";
import { brokenLines } from "./rules.ts";

const FILE = "configs/lora/rank-16.yaml";
const GOOD = `method: lora
title: LoRA at rank 16
source: Hu et al. 2021, table 6
set: { rank: 16, targets: [query, value] }
tasks: [glue-sst2]
`;

const submission = (files: Readonly<Record<string, string>>): Submission => ({
  base: "0".repeat(40),
  changes: Object.entries(files).map(([path, text]) => ({
    path,
    state: "added",
    kind: "file",
    bytes: text.length,
  })),
  read: (path) => Buffer.from(files[path] ?? ""),
  baseFiles: () => [],
});

const judged = async (files: Readonly<Record<string, string>>): Promise<string> =>
  brokenLines(await judgeEntries(submission(files))).join("\n");

describe("an entry of a configuration", () => {
  it("is its values as the command line has them, with seeds and scale filled in", async () => {
    const entry = parseEntry(GOOD, FILE);
    expect(entry).toEqual({
      method: "lora",
      title: "LoRA at rank 16",
      source: "Hu et al. 2021, table 6",
      set: { rank: "16", targets: "query,value" },
      tasks: ["glue-sst2"],
      scale: "small",
      seeds: 3,
    });
    const config = (await resolveEntry(entry, FILE)).get("glue-sst2");
    expect(config).toMatchObject({ rank: 16, targets: ["query", "value"] });
    expect(await judged({ [FILE]: GOOD })).toBe("");
  });

  it("ships once as an example that can be run", async () => {
    const file = "configs/lora/query-value.yaml";
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    expect(await judged({ [file]: text })).toBe("");
  });

  it.each([
    ["an unknown key", `${GOOD}accuracy: 0.99\n`, /unknown key accuracy/],
    [
      "an unknown field of the method",
      GOOD.replace("rank: 16", "ramk: 16"),
      /unknown configuration key "ramk"/,
    ],
    [
      "a value out of range",
      GOOD.replace("rank: 16", "rank: 0"),
      /the configuration was refused; field rank/,
    ],
    ["an unknown task", GOOD.replace("[glue-sst2]", "[glue-sst3]"), /unknown task "glue-sst3"/],
    ["a target that matches nothing", GOOD.replace("query, value", "qeury"), /qeury/],
    [
      "the method's own configuration",
      GOOD.replace(/set: .*/, "set: { rank: 8 }"),
      /own configuration on glue-sst2/,
    ],
    [
      "another method than its folder's",
      GOOD.replace("method: lora", "method: dora"),
      /another method than its folder/,
    ],
    ["two seeds", `${GOOD}seeds: 2\n`, /field seeds/],
    ["aliases", GOOD.replace("[glue-sst2]", "&a [glue-sst2, *a]"), /has aliases|is no YAML/],
    ["markup in its title", GOOD.replace("LoRA at", "<b>LoRA</b> at"), /title holds markup/],
    ["no YAML", "method: [lora", /is no YAML/],
  ])("is refused with %s", async (_, text, reason) => {
    expect(await judged({ [FILE]: text })).toMatch(reason);
  });

  it("is refused when another one means the same", async () => {
    const text = await judged({ [FILE]: GOOD, "configs/lora/again.yaml": GOOD });
    expect(text).toMatch(/is on glue-sst2 the configuration of configs\/lora\/rank-16\.yaml/);
  });

  it("is refused in a folder of no method's id", () => {
    expect(() => parseEntry(GOOD, "configs/LoRA/rank-16.yaml")).toThrow(/no place for entries/);
  });
});

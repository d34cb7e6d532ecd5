// Two thousand mutations of everything that people and disks write: a typed error or a valid value, nothing else. Many more by
// hand: pnpm fuzz --count 100000.
import { beforeAll, describe, expect, test } from "vitest";
import { fuzzTargets, type Target } from "./fuzz-targets.ts";

const MUTATIONS = 500;
let targets: ReadonlyMap<string, Target>;
beforeAll(async () => {
  targets = new Map((await fuzzTargets()).map((target) => [target.id, target]));
});

describe.each(["records", "configs", "presets", "sweeps"])("%s", (id) => {
  test(`each of ${MUTATIONS} mutations is parsed or refused, and both happen`, () => {
    const verdicts = Array.from({ length: MUTATIONS }, (_, number) => targets.get(id)?.try(number));
    expect(verdicts.filter((verdict) => verdict?.kind === "failed")).toEqual([]);
    expect(new Set(verdicts.map((verdict) => verdict?.kind))).toEqual(new Set(["parsed", "refused"]));
  });
});

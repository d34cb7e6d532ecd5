import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mirrorFolders } from "#harness/data/folders.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import { readTsv } from "#harness/data/tsv.ts";
import { stream } from "#harness/random/stream.ts";
import type { HostBatch, Split, TaskData } from "#harness/task/contract.ts";
import { TOKEN_BUCKETS } from "#tasks/encoding/token-split.ts";
import { sst2Source } from "./sst2.source.ts";
import { task } from "./sst2.ts";

const MIRRORED = mirrorFolders().some((folder) => existsSync(join(folder, "glue/SST-2/train.tsv.gz")));

async function load(scale: "smoke" | "small"): Promise<{ data: TaskData; source: ResolvedSource }> {
  const preset = task.scales[scale];
  if (preset === undefined) throw new Error("no preset");
  const source = await resolveSource(sst2Source, { sampleOnly: preset.sampleOnly, download: false });
  return { data: await task.load({ preset, sources: new Map([[source.id, source]]), seed: 0 }), source };
}

/** Token ids of every item as one text, in split order: what training sees, so what a leak would show. */
function texts(split: Split): string[] {
  const out = new Array<string>(split.size);
  for (const batch of split.batches(64)) {
    const { ids, mask } = batch.inputs;
    const width = ids?.shape[1] ?? 0;
    for (const [row, item] of batch.items.entries()) {
      const tokens: number[] = [];
      for (let t = 0; t < width; t++)
        if (mask?.data[row * width + t] === 1) tokens.push(ids?.data[row * width + t] ?? -1);
      out[item] = tokens.join(" ");
    }
  }
  return out;
}

const positives = (split: Split): number => [...split.targets].filter((label) => label === 1).length;

const overlap = (a: readonly string[], b: readonly string[]) => {
  const held = new Set(b);
  return a.filter((text) => held.has(text)).length;
};

describe("glue-sst2 on its embedded sample", () => {
  it("has 500, 100 and 200 balanced sentences", async () => {
    const { data } = await load("smoke");
    for (const [split, size] of [
      [data.train, 500],
      [data.validation, 100],
      [data.test, 200],
    ] as const) {
      expect(split.size).toBe(size);
      expect(positives(split)).toBe(size / 2);
    }
  });

  it("reads each item once an epoch, in an order that depends on the stream alone, in few shapes", async () => {
    const { data } = await load("smoke");
    const order = (seed: number) =>
      [...data.train.epoch(32, stream(seed, "data-order"))].map((batch) => [...batch.items]);
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(
      order(1)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 500 }, (_, i) => i));
    const lengths = new Set(
      [...data.train.epoch(32, stream(1, "x"))].map((batch) => batch.inputs.ids?.shape[1]),
    );
    for (const length of lengths) expect(TOKEN_BUCKETS as readonly number[]).toContain(length);
  });

  it("offers a batch at the longest training shape and one at the median test length", async () => {
    const { data } = await load("smoke");
    const width = (batch: HostBatch) => batch.inputs.ids?.shape;
    const longest = Math.max(
      ...[...data.train.epoch(32, stream(1, "x"))].map((batch) => batch.inputs.ids?.shape[1] ?? 0),
    );
    expect(width(data.longest(32))).toEqual([32, longest]);
    const { batch, example } = data.typical(1);
    expect(width(batch)).toEqual([1, example.tokens]);
  });
});

describe.skipIf(!MIRRORED)("glue-sst2 on the real files (skipped where no mirror has them)", () => {
  it("trains on 14,000 rows, validates on 2,000 others and tests on the 872 of GLUE's dev set", async () => {
    const { data, source } = await load("small");
    expect([data.train.size, data.validation.size, data.test.size]).toEqual([14_000, 2_000, 872]);
    expect(source.variant).toBe("mirror");
    // The positive share of GLUE's dev set is 444 of 872.
    expect(positives(data.test)).toBe(444);
  });

  it("leaks nothing: no test or validation text is in train, and no test text in validation", async () => {
    const { data } = await load("small");
    const [train, validation, test] = [texts(data.train), texts(data.validation), texts(data.test)];
    expect(overlap(test, train)).toBe(0);
    expect(overlap(validation, train)).toBe(0);
    expect(overlap(test, validation)).toBe(0);
  });

  it("reads as many rows as the source promises", async () => {
    const { source } = await load("small");
    const file = source.files.get("train.tsv");
    if (file === undefined) throw new Error("no train.tsv");
    let rows = 0;
    for await (const _ of readTsv(file, { columns: ["sentence", "label"] })) rows++;
    expect(rows).toBe(67_349);
  });
});

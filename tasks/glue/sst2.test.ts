// What is special to SST-2; what all tasks promise is tasks.test.ts's matter.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mirrorFolders } from "#harness/data/folders.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import type { Split, TaskData } from "#harness/task/contract.ts";
import { classOf, fileOf, tsvRows } from "#tasks/encoding/read-rows.ts";
import { sst2Source } from "./sst2.source.ts";
import { task } from "./sst2.ts";

const MIRRORED = mirrorFolders().some((folder) => existsSync(join(folder, "glue/SST-2/train.tsv.gz")));

async function sample(): Promise<TaskData> {
  const preset = task.scales.smoke;
  if (preset === undefined) throw new Error("no preset");
  const source = await resolveSource(sst2Source, { sampleOnly: true, download: false });
  return task.load({ preset, sources: new Map([[source.id, source]]), seed: 0 });
}

const positives = (split: Split): number => [...split.targets].filter((label) => label === 1).length;

describe("glue-sst2", () => {
  it("has 500, 100 and 200 balanced sentences in its sample", async () => {
    const data = await sample();
    for (const [split, size] of [
      [data.train, 500],
      [data.validation, 100],
      [data.test, 200],
    ] as const) {
      expect(split.size).toBe(size);
      expect(positives(split)).toBe(size / 2);
    }
  });

  it("offers a single sentence at the median test length, without padding", async () => {
    const { batch, example } = (await sample()).typical(1);
    expect(batch.inputs.ids?.shape).toEqual([1, example.tokens]);
    expect(batch.inputs.mask?.data.every((one) => one === 1)).toBe(true);
  });

  it.skipIf(!MIRRORED)("reads as many training rows as the source promises", async () => {
    const source = await resolveSource(sst2Source, { download: false });
    const columns = { label: "label", texts: ["sentence"] } as const;
    const rows = await tsvRows(fileOf(source, "train.tsv"), columns, classOf(["0", "1"]));
    expect(rows.length).toBe(67_349);
    expect(rows.filter(({ texts }) => texts[0] !== texts[0].trim())).toEqual([]);
  });
});

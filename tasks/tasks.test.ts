// What every text task promises, over all of them: splits of the published sizes that share nothing, labels in range,
// batches in few shapes, a sample that loads, a floor with its source. Readers and models have tests of their own.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mirrorFolders } from "#harness/data/folders.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import { stream } from "#harness/random/stream.ts";
import type { Split, Task, TaskData } from "#harness/task/contract.ts";
import { listTasks } from "#harness/task/registry.ts";
import { TOKEN_BUCKETS } from "./encoding/token-split.ts";

interface Published {
  /** Rows of the training file, and of the test split, by the README of each mirror folder. */
  readonly train: number;
  readonly test: number;
  /** Test items by class, counted in the files with other software (awk, grep). */
  readonly classes?: readonly number[];
  /** Mirror files that are a part of the official ones. */
  readonly parts?: readonly string[];
  /** The task learns its own words: texts with a rare one look alike and are not (word-task.test.ts looks at the words). */
  readonly words?: true;
}

const PUBLISHED: Readonly<Record<string, Published>> = {
  "glue-cola": { train: 8_551, test: 1_043, classes: [322, 721] },
  "glue-mrpc": { train: 4_076, test: 1_725, classes: [578, 1_147] },
  "glue-qnli": { train: 5_463, test: 1_004, parts: ["QNLIv2.zip"] },
  "glue-rte": { train: 2_490, test: 277, classes: [131, 146] },
  "glue-sst2": { train: 67_349, test: 872, classes: [428, 444] },
  "glue-stsb": { train: 5_749, test: 1_500 },
  "text-agnews": { train: 10_001, test: 7_600, classes: [1_900, 1_900, 1_900, 1_900], parts: ["train.csv"] },
  "text-agnews-gru": { train: 10_001, test: 7_600, parts: ["train.csv"], words: true },
  "text-agnews-transformer": { train: 10_001, test: 7_600, parts: ["train.csv"], words: true },
  "text-glosses": { train: 95_981, test: 3_000 },
  "text-imdb": {
    train: 2_500,
    test: 1_000,
    classes: [500, 500],
    parts: ["train-aclImdb_v1.tar.gz", "test-aclImdb_v1.tar.gz"],
  },
  "text-newsgroups20": {
    train: 3_000,
    test: 1_500,
    classes: new Array<number>(20).fill(75),
    parts: ["train-20news-bydate.tar.gz", "test-20news-bydate.tar.gz"],
  },
  // 5,280 mails begin with letters of their own; 171 bodies are whole copies, and spam is sent again with another ending.
  "text-spam": { train: 5_280, test: 1_000 },
  "text-subj": { train: 10_000, test: 1_000 },
  "text-trec": { train: 5_452, test: 500, classes: [9, 138, 94, 65, 81, 113] },
  "text-trec-gru": { train: 5_452, test: 500, words: true },
  "text-trec-transformer": { train: 5_452, test: 500, words: true },
  "text-trec50": { train: 5_452, test: 500 },
};

/** Tasks whose splits all come from the rows counted as training rows above. */
const CUT_FROM_ONE = new Set(["glue-qnli", "text-glosses", "text-spam", "text-subj"]);

const all = (await listTasks()).filter(({ id }) => id in PUBLISHED);

/** Every file of the task's sources is in a mirror folder or in an installed package. */
const isMirrored = (task: Task): boolean =>
  task.sources.every(({ files }) =>
    files.every(
      ({ mirror, package: shipped }) =>
        shipped !== undefined ||
        mirrorFolders().some((folder) => mirror !== undefined && existsSync(join(folder, mirror.path))),
    ),
  );

async function load(task: Task, scale: "smoke" | "small") {
  const preset = task.scales[scale];
  if (preset === undefined) throw new Error(`${task.id} has no scale ${scale}`);
  const sources = new Map<string, ResolvedSource>();
  for (const source of task.sources)
    sources.set(source.id, await resolveSource(source, { sampleOnly: preset.sampleOnly, download: false }));
  return { data: await task.load({ preset, sources, seed: 0 }), sources, preset };
}

const loaded = new Map<string, ReturnType<typeof load>>();
/** The task's data, read once for all tests. */
function once(task: Task, scale: "smoke" | "small"): ReturnType<typeof load> {
  const key = `${task.id} ${scale}`;
  const found = loaded.get(key) ?? load(task, scale);
  loaded.set(key, found);
  return found;
}

/** Token ids of every item as one text, in split order: what training sees, so what a leak would show. A pair counts as a whole. */
function texts(split: Split): string[] {
  const out = new Array<string>(split.size);
  for (const batch of split.batches(64)) {
    const { ids, mask } = batch.inputs;
    const width = (ids?.data.length ?? 0) / batch.size;
    const tokens = ids?.shape.at(-1) ?? 0;
    for (const [row, item] of batch.items.entries()) {
      let text = "";
      for (let t = 0; t < width; t++) {
        if (t % tokens === 0) text += "/";
        if (mask?.data[row * width + t] === 1) text += `${ids?.data[row * width + t]} `;
      }
      out[item] = text;
    }
  }
  return out;
}

function leaks(task: Task, { train, validation, test }: TaskData): string[] {
  const held = { test: new Set(texts(test)), validation: new Set(texts(validation)) };
  const told = (text: string) => PUBLISHED[task.id]?.words !== true || !/[/ ]0 /.test(text);
  const found = (name: string, split: Split, others: ReadonlySet<string>) =>
    texts(split)
      .filter((text) => told(text) && others.has(text))
      .map((text) => `${name}: ${text}`);
  return [
    ...found("train has test", train, held.test),
    ...found("train has validation", train, held.validation),
    ...found("validation has test", validation, held.test),
  ];
}

/** Class ids below the number of outputs, or shares of the greatest value. */
function checkTargets(task: Task, split: Split): void {
  const [low, high] = task.classes === null ? [0, 1] : [0, task.classes.length - 1];
  expect(split.targets.length).toBe(split.size);
  expect(split.targets.every((target) => target >= low && target <= high)).toBe(true);
  expect(split.targets instanceof Int32Array).toBe(task.classes !== null);
}

it("covers every task of the families glue and text", async () => {
  const ids = (await listTasks())
    .filter(({ family }) => family === "glue" || family === "text")
    .map(({ id }) => id);
  expect(ids.sort()).toEqual(Object.keys(PUBLISHED).sort());
});

describe.each(all)("$id", (task) => {
  it("states a floor of its first metric with a source, and citation, licence and homepage of its data", () => {
    expect(task.floor?.value).toBeGreaterThan(0);
    expect(task.floor?.value).toBeLessThan(1);
    expect(task.floor?.what.length).toBeGreaterThan(10);
    for (const source of task.sources) {
      expect([source.citation, source.licence, source.homepage].every((text) => text.length > 3)).toBe(true);
      expect(source.sample?.licence).toMatch(/^MIT/);
    }
  });

  it("loads its sample of 60 rows or more, without leaks and with every label in range", async () => {
    const { data, sources } = await once(task, "smoke");
    expect([...sources.values()].map(({ variant }) => variant)).toEqual(["sample"]);
    for (const split of [data.train, data.validation, data.test]) checkTargets(task, split);
    expect(data.train.size + data.validation.size + data.test.size).toBeGreaterThanOrEqual(60);
    expect(data.train.size).toBeGreaterThanOrEqual(32);
    expect(leaks(task, data)).toEqual([]);
  });

  it("reads each item once an epoch, in an order of the stream alone, in shapes of the buckets", async () => {
    const { data } = await once(task, "smoke");
    const epoch = (seed: number) => [...data.train.epoch(8, stream(seed, "data-order"))];
    const order = (seed: number) => epoch(seed).map((batch) => [...batch.items]);
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    const items = order(1)
      .flat()
      .sort((a, b) => a - b);
    expect(items).toEqual(Array.from({ length: data.train.size }, (_, i) => i));
    for (const batch of epoch(1)) {
      expect(TOKEN_BUCKETS as readonly (number | undefined)[]).toContain(batch.inputs.ids?.shape.at(-1));
      expect(batch.inputs.mask?.shape).toEqual(batch.inputs.ids?.shape);
      expect([...batch.targets.data]).toEqual([...batch.items].map((item) => data.train.targets[item]));
    }
  });

  it("offers full batches for memory and latency, even where the test split is smaller", async () => {
    const { data } = await once(task, "smoke");
    const longest = data.longest(32);
    const { batch, example } = data.typical(32);
    const { ids } = batch.inputs;
    expect([longest.size, batch.size, ids?.shape[0], ids?.shape.at(-1)]).toEqual([
      32,
      32,
      32,
      example.tokens,
    ]);
    const lengths = [...data.train.batches(32)].map(({ inputs }) => inputs.ids?.shape.at(-1) ?? 0);
    expect(longest.inputs.ids?.shape.at(-1)).toBe(Math.max(...lengths));
  });
});

describe.each(all.filter(isMirrored))("$id on the mirror (tasks without one are left out)", (task) => {
  it("has the published test rows and, but for copies of held-out texts, the training rows that its preset asks for", async () => {
    const published = PUBLISHED[task.id];
    const { data, preset } = await once(task, "small");
    expect(data.test.size).toBe(published?.test);
    if (published?.classes !== undefined) {
      const counts = published.classes.map(
        (_, k) => data.test.targets.filter((target) => target === k).length,
      );
      expect(counts).toEqual(published.classes);
    }
    // Where all splits come from one file, its test rows are no training rows.
    const cut = CUT_FROM_ONE.has(task.id) ? data.test.size : 0;
    const available = (published?.train ?? 0) - cut - data.validation.size;
    const wanted = Math.min(preset.trainRows ?? available, available);
    expect(data.train.size).toBeLessThanOrEqual(wanted);
    expect(data.train.size).toBeGreaterThan(0.97 * wanted);
    // Whole groups are taken, and texts that differ from a test text only behind the cut are given up.
    expect(Math.abs(data.validation.size - preset.validationRows)).toBeLessThan(0.02 * preset.validationRows);
  });

  it("leaks nothing: no test or validation text is in train, and no test text in validation", async () => {
    expect(leaks(task, (await once(task, "small")).data)).toEqual([]);
  });

  it("says which of its mirror files are a part of the official ones", async () => {
    const { data, sources } = await once(task, "small");
    const parts = [...sources.values()].flatMap(({ files }) =>
      [...files.values()].filter(({ part }) => part).map(({ name }) => name),
    );
    expect(parts).toEqual(PUBLISHED[task.id]?.parts ?? []);
    for (const split of [data.train, data.validation, data.test]) checkTargets(task, split);
  });

  it("builds at most ten shapes for training and ten for the test split", async () => {
    const { data } = await once(task, "small");
    for (const split of [data.train, data.test])
      expect(new Set([...split.batches(32)].map(({ key }) => key)).size).toBeLessThanOrEqual(10);
  });
});

// What every image task promises: splits of the published sizes that share no image, labels in range, samples that load, a
// floor with its source, errors by name.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mirrorFolders } from "#harness/data/folders.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import type { DataSource, ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import { failureOf } from "#harness/data/testing/failure.ts";
import { scratchFolder } from "#harness/data/testing/scratch.ts";
import type { Split, Task } from "#harness/task/contract.ts";
import { listTasks } from "#harness/task/registry.ts";
import type { ImageTaskData } from "#tasks/encoding/image-task.ts";
import { cifar10Source } from "./cifar10.source.ts";
import { fashionMnistSource } from "./fashion-mnist.source.ts";
import { IDX_FILES, idxPair } from "./idx.rows.ts";
import { mnistSource } from "./mnist.source.ts";

/** Training rows and test rows of the mirror, test items by class, by the READMEs and counted with other software (numpy). */
const PUBLISHED = {
  mnist: { train: 10_000, classes: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009] },
  fashion: { train: 10_000, classes: new Array<number>(10).fill(1_000) },
  cifar: { train: 3_000, classes: new Array<number>(10).fill(100) },
} as const;
const OF: Readonly<Record<string, keyof typeof PUBLISHED>> = {
  "image-mnist": "mnist",
  "image-mnist-vit": "mnist",
  "image-fashion-mnist": "fashion",
  "image-cifar10": "cifar",
  "image-cifar10-vit": "cifar",
};

const all = (await listTasks()).filter(({ family }) => family === "image");

async function load(task: Task, scale: "smoke" | "small") {
  const preset = task.scales[scale];
  if (preset === undefined) throw new Error(`${task.id} has no scale ${scale}`);
  const sources = new Map<string, ResolvedSource>();
  for (const source of task.sources)
    sources.set(source.id, await resolveSource(source, { sampleOnly: preset.sampleOnly, download: false }));
  const data = (await task.load({ preset, sources, seed: 0 })) as ImageTaskData;
  return { data, sources, preset };
}

/** Numbers of every image as text, in split order: what a model sees, so what a leak would show. */
function images(split: Split): string[] {
  const out = new Array<string>(split.size);
  for (const { inputs, items } of split.batches(64)) {
    const data = inputs.pixels?.data as Float32Array;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const size = bytes.length / items.length;
    for (const [row, item] of items.entries())
      out[item] = bytes.toString("latin1", row * size, (row + 1) * size);
  }
  return out;
}

function leaks({ train, validation, test }: ImageTaskData): number {
  const [held, checked] = [new Set(images(test)), new Set(images(validation))];
  const inTrain = images(train).filter((image) => held.has(image) || checked.has(image));
  return inTrain.length + [...checked].filter((image) => held.has(image)).length;
}

const counts = (targets: ArrayLike<number>) =>
  Array.from({ length: 10 }, (_, k) => Array.from(targets).filter((target) => target === k).length);

it("covers every task of the family image", () => {
  expect(all.map(({ id }) => id).sort()).toEqual(Object.keys(OF).sort());
});

describe.each(all)("$id", (task) => {
  it("states floor, licence, citation and homepage, and that its sample is of its own making", () => {
    expect(task.floor?.value).toBeGreaterThan(0.3);
    expect(task.floor?.what).toMatch(/linear classifier on pixels/);
    for (const source of task.sources) {
      expect([source.citation, source.licence, source.homepage].every((text) => text.length > 2)).toBe(true);
      expect(source.sample?.licence).toBe("MIT, made by scripts/samples/image.ts");
    }
  });

  it("loads its sample, every class in every split, no image in two", async () => {
    const { data, sources } = await load(task, "smoke");
    expect([...sources.values()].map(({ variant }) => variant)).toEqual(["sample"]);
    for (const split of [data.train, data.validation, data.test]) {
      expect(Math.min(...counts(split.targets))).toBeGreaterThan(0);
      expect(counts(split.targets).reduce((a, b) => a + b, 0)).toBe(split.size);
    }
    expect([data.train.size, data.validation.size, data.test.size]).toEqual([160, 40, 80]);
    expect(data.removed).toEqual({ ofTest: 0, ofValidation: 0 });
    expect(leaks(data)).toBe(0);
  });
});

const isMirrored = ({ files }: DataSource): boolean =>
  files.every(({ mirror }) =>
    mirrorFolders().some((folder) => mirror !== undefined && existsSync(join(folder, mirror.path))),
  );

describe.each(all.filter(({ sources }) => sources.every(isMirrored)))(
  "$id on the mirror (left out where there is none)",
  (task) => {
    it("has the published test rows, the training rows it asks for, no image in two splits, and says what is a part", async () => {
      const { data, sources, preset } = await load(task, "small");
      const published = PUBLISHED[OF[task.id] ?? "mnist"];
      expect(counts(data.test.targets)).toEqual([...published.classes]);
      expect(data.validation.size).toBe(preset.validationRows);
      const available =
        published.train - data.removed.ofTest - data.removed.ofValidation - preset.validationRows;
      expect(data.train.size).toBe(Math.min(preset.trainRows ?? available, available));
      expect(leaks(data)).toBe(0);
      // No image of these parts is in both halves, nor twice in training, byte by byte.
      expect(data.removed).toEqual({ ofTest: 0, ofValidation: 0 });
      const parts = [...sources.values()].flatMap(({ files }) =>
        [...files.values()].filter(({ part }) => part),
      );
      expect(parts.map(({ rows }) => rows)).toEqual(
        task.id.startsWith("image-cifar10") ? [3_000, 1_000] : [10_000, 10_000],
      );
    });
  },
);

describe("images and labels that do not go together", () => {
  const scratch = scratchFolder();
  const sample = async (source: DataSource) => (await resolveSource(source, { sampleOnly: true })).files;

  it("are refused: another count, another size of images, a label beyond the classes", async () => {
    const files = await sample(mnistSource);
    const file = (name: string): ResolvedFile => {
      const found = files.get(name);
      if (found === undefined) throw new Error(name);
      return found;
    };
    const images = file(IDX_FILES.trainImages);
    const labels = file(IDX_FILES.testLabels);
    expect((await failureOf(idxPair(images, labels))).parts).toMatchObject({ field: "labels", value: 80 });
    const written = async (bytes: readonly number[]): Promise<ResolvedFile> => {
      const path = await scratch.put("file", Uint8Array.from(bytes));
      return { ...images, path, packing: "none" };
    };
    const small = await written([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 5]);
    expect((await failureOf(idxPair(small, labels))).parts).toMatchObject({
      field: "pixels",
      value: "1 x 2",
    });
    const wrong = await written([0, 0, 8, 1, 0, 0, 0, 200, ...new Array<number>(199).fill(1), 10]);
    expect((await failureOf(idxPair(images, wrong))).parts).toMatchObject({ field: "label 199", value: 10 });
  });
});

describe("where image files come from", () => {
  const scratch = scratchFolder();

  it("a folder with whole files, as Debian's package has them, goes before any mirror's part, and damage in it is told", async () => {
    await scratch.put("part/fashion-mnist/train-first10k-labels-idx1-ubyte.gz", "not gzip");
    const whole = await scratch.put("datasets/fashion-mnist/train-labels-idx1-ubyte.gz", "not gzip either");
    const places = {
      cache: scratch.folder(),
      mirrors: [join(scratch.folder(), "part"), join(scratch.folder(), "datasets")],
      offline: true,
    };
    const error = await failureOf(resolveSource(fashionMnistSource, { places }));
    expect(error.parts).toMatchObject({ reason: "data", thing: `file ${whole}` });
  });

  it("the official archive of CIFAR-10 is one download for both halves", () => {
    expect(new Set(cifar10Source.files.map(({ official }) => official?.url)).size).toBe(1);
  });
});

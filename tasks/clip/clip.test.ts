// What every few-shot task promises: shots, pools and test sets that share no picture, the same on every machine; concepts that
// pre-training never saw; samples that load; files that are refused by name when they are damaged.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { mirrorFolders } from "#harness/data/folders.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import { parseSafetensors } from "#harness/data/safetensors.ts";
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import { scratchFolder } from "#harness/data/testing/scratch.ts";
import type { Split, Task, TaskData } from "#harness/task/contract.ts";
import { listTasks } from "#harness/task/registry.ts";
import { readConcepts } from "#tasks/encoding/concepts.ts";
import { clipBackbone } from "#tasks/models/clip.ts";
import { readCoopSplit } from "./coop.split.ts";
import { dtd } from "./dtd.set.ts";
import { BASE_CLASSES, NOVEL_CLASSES } from "./emoji.classes.ts";
import { eurosat } from "./eurosat.set.ts";
import { omniglotPictures } from "./omniglot.pictures.ts";
import { omniglotSource } from "./omniglot.source.ts";
import { openmojiPictures } from "./openmoji.pictures.ts";
import { openmojiSource } from "./openmoji.source.ts";
import { oxfordPets } from "./oxford-pets.set.ts";
import { SPLIT_FILE } from "./photos.pictures.ts";

const tasks = (await listTasks()).filter(({ family }) => family === "clip");
const find = (id: string): Task => {
  const found = tasks.find((task) => task.id === id);
  if (found === undefined) throw new Error(`no task ${id}`);
  return found;
};

const loaded = new Map<string, Promise<TaskData>>();
/** The task's data, read once for all tests. */
function load(task: Task, scale: "smoke" | "small", seed = 1): Promise<TaskData> {
  const key = `${task.id} ${scale} ${seed}`;
  const found = loaded.get(key) ?? loadAnew(task, scale, seed);
  loaded.set(key, found);
  return found;
}

async function loadAnew(task: Task, scale: "smoke" | "small", seed: number): Promise<TaskData> {
  const preset = task.scales[scale];
  if (preset === undefined) throw new Error(`${task.id} has no scale ${scale}`);
  const sources = new Map<string, ResolvedSource>();
  for (const source of task.sources)
    sources.set(source.id, await resolveSource(source, { sampleOnly: preset.sampleOnly, download: false }));
  return task.load({ preset, sources, seed });
}

/** Hash of each picture as the model sees it, in the split's order. */
function pictures(split: Split): string[] {
  const out: string[] = [];
  for (let at = 0; at < split.size; at++) {
    const data = split.item(at).inputs.pixels?.data ?? new Float32Array();
    out.push(
      createHash("sha1")
        .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        .digest("hex"),
    );
  }
  return out;
}

/** Pictures of one split that are in another one. */
function leaks({ train, validation, test }: TaskData): number {
  const [shots, held, tested] = [train, validation, test].map(pictures);
  const others = new Set(tested);
  return (
    [...(shots ?? []), ...(held ?? [])].filter((picture) => others.has(picture)).length +
    (shots ?? []).filter((picture) => held?.includes(picture)).length
  );
}

describe("few-shot tasks", () => {
  it("are six data sets of 1, 2, 4, 8 and 16 shots, named as people name them", () => {
    const sets = ["dtd", "eurosat", "omniglot", "openmoji-base", "openmoji-novel", "oxford-pets"];
    expect(tasks.map(({ id }) => id).sort()).toEqual(
      sets.flatMap((set) => [1, 2, 4, 8, 16].map((shots) => `clip-${set}-${shots}shot`)).sort(),
    );
  });

  it("state a floor with its source, and score their classes by name where they have names", () => {
    for (const task of tasks) {
      expect(task.floor?.value).toBeGreaterThanOrEqual(1 / task.outputs);
      expect(task.floor?.what.length).toBeGreaterThan(10);
      expect(task.zeroShot === true).toBe(!task.id.includes("omniglot"));
      expect(task.classes).toHaveLength(task.outputs);
    }
  });

  it.each(["openmoji-base", "openmoji-novel", "omniglot", "eurosat", "dtd", "oxford-pets"])(
    "of %s load their sample, without leaks, with a note of the shots and their hash",
    async (set) => {
      const data = await load(find(`clip-${set}-4shot`), "smoke");
      const { outputs } = find(`clip-${set}-4shot`);
      expect(leaks(data)).toBe(0);
      expect(data.train.size).toBe(4 * outputs);
      expect(new Set(data.train.targets).size).toBe(outputs);
      expect(new Set(data.test.targets).size).toBe(outputs);
      expect(data.notes?.[0]).toMatch(
        /^shots: 4 a class of \d+, \d+ pictures, \d+ for validation, sha256 [0-9a-f]{12}$/,
      );
    },
  );

  it("say where a class has fewer pictures than shots", async () => {
    const { notes, train } = await load(find("clip-omniglot-16shot"), "smoke");
    expect(train.size).toBe(50 * 4);
    expect(notes?.[1]).toMatch(/^50 classes are short: character 1 has 4 of 16 shots/);
  });
});

describe("emoji in OpenMoji's drawings", () => {
  it("share no picture between shots, validation and test, at the largest number of shots", async () => {
    for (const kind of ["base", "novel"])
      expect(leaks(await load(find(`clip-openmoji-${kind}-16shot`), "small"))).toBe(0);
  });

  it("draw the same shots on every machine: hashes and sizes as they were written down", async () => {
    const base = await load(find("clip-openmoji-base-16shot"), "small");
    const novel = await load(find("clip-openmoji-novel-4shot"), "small");
    expect(base.notes).toEqual([
      "shots: 16 a class of 19, 304 pictures, 57 for validation, sha256 0df84b688a13",
    ]);
    expect(novel.notes).toEqual([
      "shots: 4 a class of 10, 40 pictures, 30 for validation, sha256 b14ce549c3ec",
    ]);
    expect([base.test.size, novel.test.size]).toEqual([297, 148]);
  });

  it("have one test set for all seeds and numbers of shots, and other shots for another seed", async () => {
    const test = async (id: string, seed: number) => pictures((await load(find(id), "small", seed)).test);
    const first = await test("clip-openmoji-novel-1shot", 0);
    expect(await test("clip-openmoji-novel-16shot", 5)).toEqual(first);
    const shots = async (seed: number) =>
      (await load(find("clip-openmoji-novel-1shot"), "small", seed)).notes;
    expect(await shots(0)).not.toEqual(await shots(1));
  });

  it("show one drawing a concept: variants of a person do not stand on both sides", async () => {
    const rows = await readConcepts(new URL("./emoji.concepts.tsv", import.meta.url));
    const conceptOf = new Map(rows.map(({ code, concept }) => [code, concept]));
    const source = await resolveSource(openmojiSource, { download: false });
    for (const classes of [BASE_CLASSES, NOVEL_CLASSES]) {
      const pools = await openmojiPictures(source, classes, 16);
      const all = Object.values(pools).flatMap(({ names }) =>
        names.map((name: string) => conceptOf.get(name)),
      );
      expect(all.every((concept) => concept !== undefined)).toBe(true);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  it("are of novel classes that pre-training saw no picture and no concept of, by what the weights say they were made from", async () => {
    const url = new URL("./emoji.concepts.tsv", import.meta.url);
    const weights = readFileSync(new URL("../models/mini-clip.safetensors", import.meta.url));
    const { metadata } = parseSafetensors(new Uint8Array(weights), "mini-clip.safetensors");
    // The weights name the table they were trained by, and the codes of the pictures that were seen.
    expect(metadata.concepts).toBe(createHash("sha256").update(readFileSync(url)).digest("hex"));
    const rows = await readConcepts(url);
    const seen = rows.filter(({ use }) => use === "train");
    const codes = [...new Set(seen.map(({ code }) => code))].sort();
    expect(metadata.seen).toBe(createHash("sha256").update(codes.join("\n")).digest("hex"));

    const novel = new Set(NOVEL_CLASSES.flatMap(({ subgroups }) => subgroups));
    const concepts = new Set(seen.map(({ concept }) => concept));
    const unseen = rows.filter(({ use }) => use !== "train");
    expect(unseen.filter(({ subgroup }) => novel.has(subgroup)).length).toBeGreaterThan(400);
    expect(unseen.filter(({ concept }) => concepts.has(concept))).toEqual([]);
    expect(seen.filter(({ subgroup }) => novel.has(subgroup))).toEqual([]);
    expect(rows.filter(({ use }) => use === "held-out").length).toBeGreaterThan(100);
  });

  it("keep base and novel classes apart, each with 24 concepts or more", async () => {
    const all = [...BASE_CLASSES, ...NOVEL_CLASSES].flatMap(({ subgroups }) => subgroups);
    expect(new Set(all).size).toBe(all.length);
    const rows = await readConcepts(new URL("./emoji.concepts.tsv", import.meta.url));
    for (const { name, subgroups } of [...BASE_CLASSES, ...NOVEL_CLASSES]) {
      const own = rows.filter(({ subgroup }) => subgroups.includes(subgroup));
      expect(new Set(own.map(({ concept }) => concept)).size, name).toBeGreaterThanOrEqual(24);
    }
  });
});

const mirrored = (path: string) => mirrorFolders().some((folder) => existsSync(join(folder, path)));

describe.skipIf(!mirrored("omniglot/images_background_small1.zip"))("Omniglot on the mirror", () => {
  it("has 50 characters of 20 drawings, cut in 16, 1 and 3, and no copy of a picture in two pools", async () => {
    const source = await resolveSource(omniglotSource, { download: false });
    const { train, validation, test } = await omniglotPictures(source, 64);
    const pools = [train, validation, test];
    expect(pools.map(({ names }) => names.length)).toEqual([800, 50, 150]);
    const names = pools.flatMap((pool) => pool.names);
    const characters = new Set(names.map((name) => name.split("/").slice(0, 2).join("/")));
    expect(characters.size).toBe(50);
    expect([...characters].some((name) => name.startsWith("."))).toBe(false);
    const hashes: string[] = [];
    for (const pool of pools) {
      const { pixels } = await pool.load(pool.names.map((_, at) => at));
      for (let at = 0; at < pixels.length; at += 64 * 64 * 3)
        hashes.push(
          createHash("sha1")
            .update(pixels.subarray(at, at + 64 * 64 * 3))
            .digest("hex"),
        );
    }
    expect(hashes).toHaveLength(1000);
    expect(new Set(hashes).size).toBe(1000);
  });
});

describe("CoOp's splits", () => {
  const { put } = scratchFolder();
  const file = async (text: string): Promise<ResolvedFile> => {
    const path = await put("split.json.gz", gzipSync(text));
    return { name: SPLIT_FILE, variant: "mirror", path, packing: "gzip", part: false, sha256: "", bytes: 0 };
  };

  it("are read by part, with each class's name", async () => {
    const split = await readCoopSplit(
      await file(
        '{"train": [["a/1.jpg", 1, "owl"], ["b/1.jpg", 0, "cat"]], "val": [], "test": [["a/2.jpg", 1, "owl"]]}',
      ),
    );
    expect(split.classes).toEqual(["cat", "owl"]);
    expect(split.train.names).toEqual(["a/1.jpg", "b/1.jpg"]);
    expect([...split.test.labels]).toEqual([1]);
  });

  it.each([
    ["no JSON", "nonsense"],
    ["null", "null"],
    ["a part that is missing", '{"train": [], "val": []}'],
    ["a row of another form", '{"train": [["a", "0", "cat"]], "val": [], "test": []}'],
    ["a negative class", '{"train": [["a", -1, "cat"]], "val": [], "test": []}'],
    ["two names of a class", '{"train": [["a", 0, "cat"], ["b", 0, "dog"]], "val": [], "test": []}'],
    ["a class that no picture has", '{"train": [["a", 1, "cat"]], "val": [], "test": []}'],
  ])("of another form are refused with the file's name: %s", async (_, text) => {
    await expect(readCoopSplit(await file(text))).rejects.toThrow(/split\.json\.gz[\s\S]*CoOp/);
  });

  it.skipIf(!mirrored("coop-splits/split_zhou_EuroSAT.json.gz")).each([
    [eurosat, 13_500, 5_400, 8_100],
    [dtd, 2_820, 1_128, 1_692],
    [oxfordPets, 2_944, 736, 3_669],
  ] as const)("on the mirror have the published sizes and the task's classes", async (set, ...sizes) => {
    const [wanted] = set.source.files;
    const folder = mirrorFolders().find((each) => existsSync(join(each, wanted?.mirror?.path ?? "")));
    const split = await readCoopSplit({
      ...(await file("{}")),
      path: join(folder ?? "", wanted?.mirror?.path ?? ""),
    });
    expect([split.train, split.val, split.test].map(({ names }) => names.length)).toEqual(sizes);
    expect(split.classes).toEqual(set.classes);
    const names = [split.train, split.val, split.test].flatMap((part) => part.names);
    expect(new Set(names).size).toBe(names.length);
  });
});

it("backbones that are none are refused with those that are", () => {
  expect(() => clipBackbone("clip-vit-g14")).toThrow(/mini-clip, mini-clip-image, clip-vit-b16/);
});

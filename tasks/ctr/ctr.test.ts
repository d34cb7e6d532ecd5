// The click-through tasks on their embedded samples and, where a mirror has them, on the real files.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBytes } from "#harness/data/content.ts";
import { mirrorFolders } from "#harness/data/folders.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import { readLines } from "#harness/data/text.ts";
import { openEngine } from "#harness/engine/open.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { isFieldEmbedding } from "#harness/nn/field-embedding.ts";
import { stream } from "#harness/random/stream.ts";
import type { Split, Task, TaskData } from "#harness/task/contract.ts";
import { ctrSamples } from "#scripts/samples/ctr.ts";
import { task as avazu } from "./avazu.ts";
import { evaluateClicks } from "./click.metrics.ts";
import { task as criteo } from "./criteo.ts";
import { readFlights } from "./flights.rows.ts";
import { task as flights } from "./flights.ts";
import { task as frappe } from "./frappe.ts";
import { splitAtRandom, splitByTime } from "./movielens.rows.ts";
import { task as movielens } from "./movielens.ts";
import { task as movielensRandom } from "./movielens-random.ts";

const TASKS = [movielens, movielensRandom, frappe, criteo, avazu, flights];
const FOLDERS = ["ctr-movielens-100k", "ctr-frappe", "ctr-criteo-sample", "ctr-avazu-sample"];
const MIRRORED = mirrorFolders().some((folder) => FOLDERS.every((name) => existsSync(join(folder, name))));

const presetOf = (task: Task, scale: "smoke" | "small") => {
  const preset = task.scales[scale];
  if (preset === undefined) throw new Error("no preset");
  return preset;
};

async function sourceOf(task: Task, sampleOnly: boolean): Promise<ResolvedSource> {
  const source = task.sources[0];
  if (source === undefined) throw new Error("no source");
  return resolveSource(source, { sampleOnly, download: false });
}

const loadFrom = (task: Task, scale: "smoke" | "small", source: ResolvedSource): Promise<TaskData> =>
  task.load({ preset: presetOf(task, scale), sources: new Map([[source.id, source]]), seed: 0 });

const load = async (task: Task, scale: "smoke" | "small") =>
  loadFrom(task, scale, await sourceOf(task, scale === "smoke"));

const sizes = ({ train, validation, test }: TaskData) => [train.size, validation.size, test.size];

/** Ids of every row as text, in the split's order. */
function rowTexts(split: Split): string[] {
  const out = new Array<string>(split.size);
  for (const { inputs, items } of split.batches(1024)) {
    const { data, shape } = inputs.ids ?? { data: new Int32Array(), shape: [0, 0] };
    const width = shape[1] ?? 0;
    for (const [row, item] of items.entries())
      out[item] = data.slice(row * width, (row + 1) * width).join(" ");
  }
  return out;
}

describe("samples of click-through tasks", () => {
  it("are what their script makes", () => {
    for (const [name, text] of Object.entries(ctrSamples()))
      expect(readFileSync(join(import.meta.dirname, name), "utf8") === text, name).toBe(true);
  });

  it.each([
    [movielens, [859, 103, 238]],
    [movielensRandom, [860, 100, 240]],
    [frappe, [700, 100, 200]],
    [criteo, [400, 80, 120]],
    [avazu, [400, 80, 120]],
    [flights, [460, 100, 140]],
  ] as const)("%# have their rows, both labels and ids below the table's size", async (task, wanted) => {
    const data = await load(task, "smoke");
    expect(sizes(data)).toEqual(wanted);
    await openEngine("tfjs-cpu", {});
    const model = await task.model({ preset: presetOf(task, "smoke"), data, init: stream(0, "init") });
    const table = model.sites[0]?.module;
    if (table === undefined || !isFieldEmbedding(table)) throw new Error("no table");
    for (const split of [data.train, data.validation, data.test]) {
      expect(new Set(split.targets)).toEqual(new Set([0, 1]));
      const ids = rowTexts(split).flatMap((text) => text.split(" ").map(Number));
      expect(Math.min(...ids)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...ids)).toBeLessThan(table.rows);
    }
    // Every training row looks each field up once.
    for (const { counts } of table.fields) expect(counts.reduce((a, b) => a + b, 0)).toBe(data.train.size);
    model.dispose();
  });

  it("have shapes for memory and latency: any rows, for all are alike", async () => {
    const data = await load(criteo, "smoke");
    expect(data.longest(1000).inputs.ids?.shape).toEqual([1000, 39]);
    const { batch, example } = data.typical(1);
    expect([batch.inputs.ids?.shape, example]).toEqual([[1, 39], { fields: 39 }]);
  });
});

describe("damaged click files", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ctr-damage-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(TASKS.map((task) => [task.id, task] as const))(
    "%s: 40 mutated copies are read or refused by name, and never crash the reader",
    async (id, task) => {
      const random = stream(5, "damage", id);
      const source = await sourceOf(task, true);
      const names = [...source.files.keys()];
      let refused = 0;
      for (let trial = 0; trial < 40; trial++) {
        const name = names[random.integer(names.length)] ?? "";
        const file = source.files.get(name);
        if (file === undefined) throw new Error(`no file ${name}`);
        const bytes = new Uint8Array(readFileSync(file.path));
        for (let n = 0; n < 3; n++) bytes[random.integer(bytes.length)] = random.integer(256);
        const cut = trial % 4 === 0 ? random.integer(bytes.length) : bytes.length;
        const path = join(folder, "damaged");
        writeFileSync(path, bytes.subarray(0, cut));
        const files = new Map([...source.files, [name, { ...file, path }]]);
        try {
          await loadFrom(task, "smoke", { ...source, files });
        } catch (error) {
          expect(error).toBeInstanceOf(RankbenchError);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(0);
    },
  );
});

describe("the quality of click predictions", () => {
  it("takes scores as log odds: AUC 3/4, and the two losses by hand", () => {
    const odds = [0.8, 0.6, 0.4, 0.2].map((p) => Math.log(p / (1 - p)));
    const quality = evaluateClicks(Float32Array.from(odds), Float32Array.of(1, 0, 1, 0));
    const value = (id: keyof typeof quality) => {
      const measured = quality[id];
      return measured !== undefined && "value" in measured ? measured.value : Number.NaN;
    };
    expect(value("auc")).toBe(0.75);
    expect(value("log-loss")).toBeCloseTo(
      -(Math.log(0.8) + Math.log(0.4) + Math.log(0.4) + Math.log(0.8)) / 4,
      6,
    );
    // Each chance is alone in its bin: the mean of |p - label|.
    expect(value("calibration-error")).toBeCloseTo((0.2 + 0.6 + 0.6 + 0.2) / 4, 6);
  });

  it("is undefined where the labels have one class", () => {
    expect(evaluateClicks(Float32Array.of(1, 2), Float32Array.of(0, 0)).auc).toEqual({
      undefined: "one class",
    });
  });
});

async function rowsOf(split: typeof splitByTime, scale: "smoke" | "small") {
  const { train, validation, test } = await split(
    await sourceOf(movielens, scale === "smoke"),
    presetOf(movielens, scale),
  );
  const times = new Map<string, number>();
  const file = (await sourceOf(movielens, scale === "smoke")).files.get("u.data");
  if (file === undefined) throw new Error("no ratings");
  for await (const { text } of readLines(file)) {
    const [user, item, , time] = text.split("\t");
    times.set(`${user} ${item}`, Number(time));
  }
  const read = async ({ read }: typeof train) => {
    const out: { readonly pair: string; readonly time: number }[] = [];
    for await (const { cells } of read()) {
      const pair = `${cells[0]} ${cells[1]}`;
      out.push({ pair, time: times.get(pair) ?? Number.NaN });
    }
    return out;
  };
  return { train: await read(train), validation: await read(validation), test: await read(test) };
}

const atRandom: typeof splitByTime = (source, preset) =>
  splitAtRandom(source, preset, "ctr-movielens-random");

describe.each(["smoke", "small"] as const)("MovieLens at scale %s", (scale) => {
  it.skipIf(scale === "small" && !MIRRORED)(
    "split by time: every test rating of a user is later than the same user's validation ratings, and those later than training's",
    async () => {
      const { train, validation, test } = await rowsOf(splitByTime, scale);
      const range = (part: typeof train) => {
        const found = new Map<string, { readonly first: number; readonly last: number }>();
        for (const { pair, time } of part) {
          const user = pair.slice(0, pair.indexOf(" "));
          const { first, last } = found.get(user) ?? { first: time, last: time };
          found.set(user, { first: Math.min(first, time), last: Math.max(last, time) });
        }
        return found;
      };
      const [trained, tuned, tested] = [train, validation, test].map(range);
      let compared = 0;
      for (const [user, { first }] of tested ?? [])
        for (const before of [trained, tuned]) {
          expect(before?.get(user)?.last ?? 0, user).toBeLessThan(first);
          compared++;
        }
      for (const [user, { first }] of tuned ?? [])
        expect(trained?.get(user)?.last ?? 0, user).toBeLessThan(first);
      expect(compared).toBeGreaterThan(scale === "small" ? 1_800 : 100);
      expect(train.length + validation.length + test.length).toBe(scale === "small" ? 100_000 : 1200);
      expect(test.length / 100_000).toBeCloseTo(scale === "small" ? 0.19 : 0.0024, 2);
    },
  );

  it.skipIf(scale === "small" && !MIRRORED)("split at random: no rating is in two splits", async () => {
    const { train, validation, test } = await rowsOf(atRandom, scale);
    const pairs = [...train, ...validation, ...test].map(({ pair }) => pair);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(pairs.length).toBe(scale === "small" ? 100_000 : 1200);
  });
});

describe.skipIf(!MIRRORED)("click-through tasks on the real files (skipped where no mirror has them)", () => {
  it("MovieLens has 55 % liked films", async () => {
    const data = await load(movielensRandom, "small");
    const liked = [data.train, data.validation, data.test].flatMap((split) => [...split.targets]);
    expect(liked.reduce((a, b) => a + b, 0)).toBe(55_375);
  });

  it("Frappe shares no row between training, validation and test", async () => {
    const data = await load(frappe, "small");
    expect(sizes(data)).toEqual([55_222, 2_500, 28_860]);
    const source = await sourceOf(frappe, false);
    const features = async (name: string) => {
      const file = source.files.get(name);
      if (file === undefined) throw new Error(`no file ${name}`);
      const out: string[] = [];
      for await (const { text } of readLines(file)) out.push(text.slice(text.indexOf(" ")));
      return out;
    };
    const test = new Set(await features("frappe.test.libfm"));
    expect((await features("frappe.validation.libfm")).filter((row) => test.has(row))).toEqual([]);
  });

  it("Criteo and Avazu keep their three files apart, and have the click rates that their mirror states", async () => {
    for (const [task, wanted, rate] of [
      [criteo, [7200, 409, 391], 0.216],
      [avazu, [8087, 480, 432], 0.174],
    ] as const) {
      const data = await load(task, "small");
      expect(sizes(data)).toEqual(wanted);
      const clicks = [data.train, data.validation, data.test].flatMap((split) => [...split.targets]);
      expect(clicks.reduce((a, b) => a + b, 0) / clicks.length).toBeCloseTo(rate, 2);
    }
  });

  it("no line of Criteo, and no impression of Avazu, is in two files", async () => {
    for (const [task, key] of [
      [criteo, (line: string) => line],
      [avazu, (line: string) => line.slice(0, line.indexOf(","))],
    ] as const) {
      const { files } = await sourceOf(task, false);
      const parts: Set<string>[] = [];
      for (const file of files.values()) {
        const seen = new Set<string>();
        for await (const { text } of readLines({ name: file.name, bytes: openBytes(file) }))
          seen.add(key(text));
        parts.push(seen);
      }
      const total = parts.reduce((sum, part) => sum + part.size, 0);
      expect(new Set(parts.flatMap((part) => [...part])).size).toBe(total);
    }
  });
});

describe("flights", () => {
  it("come from the installed package: 20,000 in order of time, 4,349 of them late, each in one split", async () => {
    const rows = await readFlights(await sourceOf(flights, false));
    expect([rows.length, rows.filter(({ label }) => label === 1).length]).toEqual([20_000, 4_349]);
    // The file's first: 2001/01/01 00:47 (a Monday), 66 minutes late, Detroit to Las Vegas, 1,750 miles.
    expect(rows[0]).toEqual({
      cells: ["2001-01-01", "0", "1", "1750", "DTW", "LAS"],
      label: 1,
      line: 1,
      time: Date.UTC(2001, 0, 1, 0, 47) / 60_000,
    });
    expect(rows.every(({ time }, i) => i === 0 || time >= (rows[i - 1]?.time ?? 0))).toBe(true);
    const data = await load(flights, "small");
    expect(sizes(data)).toEqual([15_000, 1_000, 4_000]);
    const late = [data.train, data.validation, data.test].flatMap((split) => [...split.targets]);
    expect(late.reduce((a, b) => a + b, 0)).toBe(4_349);
  });
});

it("the samples lie beside the tasks that name them", () => {
  for (const task of TASKS)
    for (const source of task.sources)
      for (const url of Object.values(source.sample?.files ?? {}))
        expect(existsSync(fileURLToPath(url)), url.href).toBe(true);
});

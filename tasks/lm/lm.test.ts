// The language-modelling tasks on their embedded samples and, where a mirror has them, on the real files.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mirrorFolders } from "#harness/data/folders.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import { readText } from "#harness/data/text.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { tensor } from "#harness/engine/tensor.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import type { Split, Task } from "#harness/task/contract.ts";
import { listTasks } from "#harness/task/registry.ts";
import { evaluate } from "#harness/train/evaluate.ts";
import { wikitextSamples } from "#scripts/samples/wikitext.ts";
import type { LmTaskData } from "#tasks/encoding/lm-task.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { task as bpe } from "./tinyshakespeare-bpe.ts";
import { task as char } from "./tinyshakespeare-char.ts";
import { TEST_FILE, TRAINING_FILE } from "./wikitext2.source.ts";
import { wikitextTexts } from "./wikitext2.texts.ts";
import { task as wikitext } from "./wikitext2.ts";

const TASKS = [char, bpe, wikitext];
const MIRRORED = mirrorFolders().some((folder) =>
  ["lm-tinyshakespeare", "lm-wikitext-2"].every((name) => existsSync(join(folder, name))),
);

const presetOf = (task: Task<LmTaskData>, scale: "smoke" | "small") => {
  const preset = task.scales[scale];
  if (preset === undefined) throw new Error("no preset");
  return preset;
};
const sourceOf = async (task: Task<LmTaskData>, sampleOnly: boolean): Promise<ResolvedSource> => {
  const source = task.sources[0];
  if (source === undefined) throw new Error("no source");
  return resolveSource(source, { sampleOnly, download: false });
};
async function load(task: Task<LmTaskData>, scale: "smoke" | "small"): Promise<LmTaskData> {
  const source = await sourceOf(task, scale === "smoke");
  return task.load({ preset: presetOf(task, scale), sources: new Map([[source.id, source]]), seed: 0 });
}

/** The text that a split predicts, window by window. */
function predicted(data: LmTaskData, split: Split): string[] {
  const out = new Array<string>(split.size);
  for (const { targets, items, size } of split.batches(64)) {
    const tokens = targets.data.length / size;
    for (const [row, item] of items.entries())
      out[item] = data.tokenizer.decode(targets.data.slice(row * tokens, (row + 1) * tokens));
  }
  return out;
}

/** Sum of one column of a split's counts: 0 for tokens, 1 for characters. */
const sumOf = (counts: ArrayLike<number>, column: 0 | 1): number =>
  Array.from(counts).reduce((sum, count, i) => sum + (i % 2 === column ? count : 0), 0);

it("are all there, of their family, each with a floor and its source", async () => {
  const ids = (await listTasks()).filter(({ family }) => family === "lm").map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(TASKS.map(({ id }) => id)));
  for (const { floor, metrics } of TASKS) {
    expect(metrics[0]).toBe("perplexity");
    expect(floor?.what).toMatch(/single (characters|tokens) alone/);
  }
});

describe.each(TASKS)("$id on its sample", (task) => {
  it("predicts three texts that follow each other and share no window", async () => {
    const data = await load(task, "smoke");
    const [train, validation, test] = [data.train, data.validation, data.test].map((split) =>
      predicted(data, split),
    );
    expect([train?.length, validation?.length, test?.length].every((size) => (size ?? 0) >= 5)).toBe(true);
    const known = (train ?? []).join("");
    expect((test ?? []).filter((window) => known.includes(window))).toEqual([]);
    expect((validation ?? []).filter((window) => known.includes(window))).toEqual([]);
    expect((test ?? []).filter((window) => (validation ?? []).join("").includes(window))).toEqual([]);
  });

  it("has token ids below the model's outputs, and as many outputs as a model has", async () => {
    const data = await load(task, "smoke");
    await openEngine("tfjs-cpu", {});
    const model = await task.model({ preset: presetOf(task, "smoke"), data, init: stream(0, "init") });
    expect(model.head.module.outFeatures).toBe(task.outputs);
    expect(data.tokenizer.size).toBeLessThanOrEqual(task.outputs);
    for (const batch of data.train.batches(64))
      expect(batch.inputs.ids?.data.every((id) => id >= 0 && id < task.outputs)).toBe(true);
    model.dispose();
  });
});

it("the invented sample of WikiText is what its script makes", () => {
  for (const [name, text] of Object.entries(wikitextSamples()))
    expect(readFileSync(join(import.meta.dirname, name), "utf8") === text, name).toBe(true);
});

describe("evaluation by windows", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx", {});
  });
  afterAll(async () => engine.dispose());

  it("adds up what each token costs one window at a time, the short last one too", async () => {
    const data = await load(char, "smoke");
    const model = await char.model({ preset: presetOf(char, "smoke"), data, init: stream(1, "init") });
    const found = await evaluate(engine, char as Task, model, data.test);
    expect(found.scores.length).toBe(data.test.size);
    let total = 0;
    let tokens = 0;
    for (let item = 0; item < data.test.size; item++) {
      const { inputs, targets } = data.test.item(item);
      const { data: ids, shape } = inputs.ids ?? { data: new Int32Array(), shape: [0] };
      const scores = model.forward({ ids: tensor(ids, [...shape], "int32") }, EVALUATION);
      await engine.settle();
      const rows = await scores.data<"float32">();
      scores.dispose();
      let nats = 0;
      for (const [t, target] of targets.data.entries()) {
        const row = rows.subarray(t * 256, (t + 1) * 256);
        nats += Math.log(row.reduce((a, b) => a + Math.exp(b), 0)) - (row[target] ?? 0);
      }
      expect(found.scores[item]).toBeCloseTo(nats, 2);
      total += nats;
      tokens += targets.data.length;
    }
    expect(tokens).toBe(sumOf(data.test.targets, 0));
    expect(found.quality["nats-per-token"]).toEqual({ value: expect.closeTo(total / tokens, 5) });
    expect(found.loss).toBeCloseTo(total / tokens, 5);
    // A fresh model guesses: near the perplexity of 256 equal choices.
    expect(found.quality.perplexity).toEqual({ value: expect.closeTo(256, -1.5) });
    model.dispose();
  });
});

describe("the official archive of WikiText-2", () => {
  const folder = mkdtempSync(join(tmpdir(), "rankbench-wikitext-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const bytes = (text: string) => new TextEncoder().encode(text);
  const file = (name: string, path: string): ResolvedFile => ({
    name,
    variant: "official",
    path,
    packing: "none",
    part: false,
    sha256: "",
    bytes: 0,
  });
  const sourceWith = (entries: Record<string, string>): ResolvedSource => {
    const archive = join(folder, `${Object.keys(entries).length}.zip`);
    const zipped = Object.entries(entries).map(
      ([name, text]) => [`wikitext-2/${name}`, bytes(text)] as const,
    );
    writeFileSync(archive, zipSync(Object.fromEntries(zipped)));
    const test = join(folder, "test.tokens");
    writeFileSync(test, "test é\n");
    const files = new Map([
      [TRAINING_FILE, file(TRAINING_FILE, archive)],
      [TEST_FILE, file(TEST_FILE, test)],
    ]);
    return { id: "lm-wikitext2", variant: "official", files, fingerprint: "x", notice: null };
  };

  it("gives its training and validation texts whole", async () => {
    const entries = {
      "wiki.train.tokens": "train ü\n",
      "wiki.valid.tokens": "valid\n",
      "wiki.test.tokens": "other\n",
    };
    expect(await wikitextTexts(sourceWith(entries))).toEqual({
      train: "train ü\n",
      validation: "valid\n",
      test: "test é\n",
    });
  });

  it("without its training text is refused by name", async () => {
    await expect(wikitextTexts(sourceWith({ "wiki.valid.tokens": "valid\n" }))).rejects.toThrow(
      /wiki\.train\.tokens/,
    );
  });
});

describe.skipIf(!MIRRORED)("on the mirror (skipped where no mirror folder has both texts)", () => {
  it("Tiny Shakespeare is cut after 90 and 95 % of its 1,115,394 characters, none lost between", async () => {
    const data = await load(char, "small");
    const parts = [data.train, data.validation, data.test].map((split) => predicted(data, split).join(""));
    // The first character of each part is predicted from nothing. Training ends with its last whole window.
    expect(parts.map((text) => text.length)).toEqual([1_003_853, 55_769, 55_769]);
    const source = await sourceOf(char, false);
    const whole = await readText(fileOf(source, "input.txt"));
    expect(whole.slice(1, 1_003_854)).toBe(parts[0]);
    expect(whole.slice(1_003_855, 1_059_624)).toBe(parts[1]);
    expect(whole.slice(-55_769)).toBe(parts[2]);
    const [train = "", , test] = parts;
    const windows = predicted(data, data.test);
    expect(windows.filter((window) => train.includes(window))).toEqual([]);
    expect(test).toContain(windows[3]);
  });

  it("WikiText trains on the validation file, says that it is a part, and tests on the whole test file", async () => {
    const source = await sourceOf(wikitext, false);
    expect([...source.files.values()].filter(({ part }) => part).map(({ name }) => name)).toEqual([
      TRAINING_FILE,
    ]);
    expect(source.variant).toBe("mirror");
    const data = await load(wikitext, "small");
    const [train, test] = [data.train, data.test].map((split) => predicted(data, split));
    const known = (train ?? []).join("");
    expect((test ?? []).filter((_, i) => i % 20 === 0).filter((window) => known.includes(window))).toEqual(
      [],
    );
    // Its characters by Python's len(), less those of the first token, a space and a line break.
    const characters = sumOf(data.test.targets, 1);
    expect(characters).toBe(1_255_018 - 2);
    expect(data.train.size).toBe(2_416);
  });
});

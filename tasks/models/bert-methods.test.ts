// Pairs of sentences through the text task, a joining tokenizer and a small BERT, and methods of three kinds trained on it by
// the real loop: that the contract carries such a backbone. Numbers of the model itself are held in bert.test.ts.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainAndDeploy } from "#harness/check/toy/kit.ts";
import { largestGap, scoresOf, setupOn, type Toy, valuesOf } from "#harness/check/toy/run.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import { joinTexts } from "#harness/data/tokenizers/joint.ts";
import { WordPieceTokenizer } from "#harness/data/tokenizers/wordpiece.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { stream } from "#harness/random/stream.ts";
import { accuracy } from "#harness/stats/quality.ts";
import type { ScalePreset, Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { listTasks } from "#harness/task/registry.ts";
import { makeReporter } from "#harness/train/reporter.ts";
import { method as galore } from "#methods/galore/method.ts";
import { method as lora } from "#methods/lora/method.ts";
import { method as svd } from "#methods/svd/method.ts";
import { SMOKE } from "#tasks/encoding/presets.ts";
import { classOf } from "#tasks/encoding/read-rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { mrpcSource, SAMPLE_FILE } from "#tasks/glue/mrpc.source.ts";
import { BertClassifier, bertPlaces } from "./bert.ts";
import { type BertShape, parseBertCheckpoint } from "./bert-checkpoint.ts";
import { pairBackbones, textBackbones } from "./text.ts";

const SHAPE: BertShape = {
  vocabulary: 50,
  positions: 16,
  firstPosition: 0,
  types: 2,
  width: 32,
  ffnWidth: 48,
  blocks: 2,
  heads: 4,
  epsilon: 1e-12,
  pooler: "stored",
};
/** Fifty pieces, as many as the small model has. */
const PIECES = [
  ..."[PAD] [UNK] [CLS] [SEP]".split(" "),
  ..."abcdefghijklmnopqrstuvwxyz",
  ..."the of a to in and ##s ##e ##ed ##ing said on for was is that with he it at".split(" "),
].slice(0, SHAPE.vocabulary);
const tokenizer = new WordPieceTokenizer(PIECES);
const CUT = 12;

const PRESET: ScalePreset = { ...SMOKE, backbone: "bert-base" };
const task: Task = textTask({
  id: "glue-mrpc",
  family: "glue",
  title: "MRPC's sample on a small BERT",
  description: "Whether two sentences say the same, read as one sequence.",
  version: 1,
  source: mrpcSource,
  sample: { file: SAMPLE_FILE, texts: ["sentence1", "sentence2"], target: classOf(["0", "1"]) },
  metrics: ["accuracy"],
  classes: ["different", "paraphrase"],
  floor: null,
  scales: { smoke: PRESET },
  backbones: {
    places: () => bertPlaces(SHAPE),
    tokenizer: async () => ({
      encode: (text) => tokenizer.encode(text),
      join: (texts) => joinTexts(texts, tokenizer.marks, CUT),
    }),
    async model(_id, { outputs, init }) {
      const bytes = new Uint8Array(readFileSync(new URL("./bert.golden.safetensors", import.meta.url)));
      return new BertClassifier({
        weights: parseBertCheckpoint(bytes, "bert", SHAPE),
        shape: SHAPE,
        outputs,
        init,
      });
    },
  },
  rows: () => Promise.reject(new Error("the sample alone")),
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, 2) }),
});

const load = async () =>
  task.load({
    preset: PRESET,
    sources: new Map([[mrpcSource.id, await resolveSource(mrpcSource, { sampleOnly: true })]]),
    seed: 0,
  });

describe("a joining backbone in a text task", () => {
  it("batches pairs as one sequence: [CLS] a [SEP] b [SEP] within the cut, types 1 behind the first [SEP]", async () => {
    const { train } = await load();
    for (let position = 0; position < train.size; position++) {
      const { ids, mask, types } = train.item(position).inputs;
      const length = Array.from(mask?.data ?? []).reduce((total, one) => total + one, 0);
      const tokens = Array.from(ids?.data.slice(0, length) ?? []);
      expect(length).toBeLessThanOrEqual(CUT);
      expect([tokens[0], tokens.at(-1)]).toEqual([2, 3]);
      const middle = tokens.indexOf(3);
      expect(tokens.filter((id) => id === 3)).toHaveLength(2);
      expect(Array.from(types?.data.slice(0, length) ?? [])).toEqual(
        tokens.map((_, at) => (at <= middle ? 0 : 1)),
      );
      expect(types?.shape).toEqual(ids?.shape);
    }
  });

  it.each(["bert-base", "roberta-base"])(
    "%s is refused before any text is read while its checkpoint has no checksum, with address and next step",
    async (id) => {
      for (const backbones of [textBackbones, pairBackbones])
        await expect(backbones.tokenizer(id)).rejects.toThrow(
          /sha256 of model\.safetensors[\s\S]*model\.safetensors[\s\S]*bert-sources\.ts/,
        );
      await expect(pairBackbones.model(id, { outputs: 2, init: stream(0, "init") })).rejects.toThrow(
        /checksum/,
      );
      expect(textBackbones.places(id)).toHaveLength(12 * 6 + 2);
    },
  );

  it("stands at the full scale of every task that has the small sentence encoder", async () => {
    const encoded = (await listTasks()).filter(({ scales }) => scales.small?.backbone === "use-lite");
    expect(encoded.length).toBeGreaterThanOrEqual(14);
    for (const { id, scales } of encoded) expect(scales.full?.backbone, id).toBe("bert-base");
  });
});

describe("methods on a small BERT", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  const open = async (): Promise<Toy> => {
    const data = await load();
    const model = await task.model({ preset: PRESET, data, init: stream(1, "init") });
    const run = { engine, task, preset: PRESET, data, seed: 1, reporter: makeReporter(() => {}) };
    return { run, facts: taskFacts(task, "smoke"), model };
  };

  it.each([
    ["lora", lora, ["layer.0.attention.query", "layer.1.attention.value"]],
    ["svd", svd, ["layer.0.attention.query", "layer.1.ffn.out"]],
    ["galore", galore, []],
  ] as const)(
    "%s trains, costs what it declares and keeps its scores when deployed",
    async (id, method, replaced) => {
      const toy = await open();
      const before = await valuesOf(toy.model);
      const untrained = await scoresOf(toy);
      const classes = new Map(toy.model.sites.map(({ path, module }) => [path, module.constructor.name]));
      const made = await setupOn(toy, method);
      const changed = toy.model.sites
        .filter(({ path, module }) => module.constructor.name !== classes.get(path))
        .map(({ path }) => path);
      for (const path of replaced) expect(changed).toContain(path);
      expect(changed.length).toBe({ lora: 4, svd: 12, galore: 0 }[id]);
      const { trained, first, again, costs } = await trainAndDeploy(toy, made);
      expect(costs).toEqual(made.declared);
      expect(trained.every(Number.isFinite)).toBe(true);
      expect(largestGap(trained, untrained)).toBeGreaterThan(1e-6);
      expect(largestGap(first.scores, trained)).toBeLessThan(1e-4);
      expect(again.scores).toEqual(first.scores);
      const moved = (name: string) => largestGap(first.values.get(name) ?? [], before.get(name) ?? []) > 0;
      expect(moved("head.weight")).toBe(true);
      // LoRA leaves what it does not target as it was loaded; the other two train all there is.
      for (const name of ["embedding.type", "embedding.norm.weight", "layer.1.norm2.bias"])
        expect(moved(name), name).toBe(id !== "lora");
      toy.model.dispose();
    },
  );
});

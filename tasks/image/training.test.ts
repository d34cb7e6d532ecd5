// Networks with convolutions and batch normalisation in the real loop: running statistics under replayed steps, memory
// measuring and saving; methods that rewrite convolutions.
import { afterEach, describe, expect, it } from "vitest";
import { resolveSource } from "#harness/data/resolve.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { countDeployed, hashWeights } from "#harness/measure/parameters.ts";
import { resolveConfig } from "#harness/method/config.ts";
import type { Method, MethodRun } from "#harness/method/contract.ts";
import { isLinear } from "#harness/nn/linear.ts";
import { type Model, stateOf } from "#harness/nn/model.ts";
import { loadState, saveState } from "#harness/nn/state.ts";
import { stream } from "#harness/random/stream.ts";
import { evaluate } from "#harness/train/evaluate.ts";
import { type MainStage, makeMethodRun, runStages } from "#harness/train/method-run.ts";
import { makeReporter } from "#harness/train/reporter.ts";
import type { RunContext } from "#harness/train/stage.ts";
import { method as fullFinetune } from "#methods/full-finetune/method.ts";
import { method as galore } from "#methods/galore/method.ts";
import { method as lora } from "#methods/lora/method.ts";
import { method as svd } from "#methods/svd/method.ts";
import { imageSmoke } from "#tasks/encoding/image-presets.ts";
import { ResNet } from "#tasks/models/resnet.ts";
import { task } from "./cifar10.ts";

let engine: Engine | null = null;
afterEach(async () => {
  await engine?.dispose();
});

const FACTS = { id: task.id, family: "image", scale: "smoke", backbone: "resnet20", outputs: 10 } as const;

/** ResNet-8, one block a stage, and 60 training images of the sample, in batches of 16 and a last one of 12. */
async function begin(captureSteps = true): Promise<{ readonly run: RunContext; readonly model: Model }> {
  engine = await openEngine("onnx", { captureSteps });
  const smoke = imageSmoke({ backbone: "resnet20", pretrained: false });
  const preset = { ...smoke, trainRows: 60, budget: { ...smoke.budget, validations: 0 } };
  const [source] = task.sources;
  if (source === undefined) throw new Error("no source");
  const sources = new Map([[source.id, await resolveSource(source, { sampleOnly: true })]]);
  const data = await task.load({ preset, sources, seed: 0 });
  const model = new ResNet({ perStage: 1, outputs: 10, init: stream(0, "init") });
  return { run: { engine, task, preset, data, seed: 0, reporter: makeReporter(() => {}) }, model };
}

const setup = <C extends Record<string, unknown>>(
  { run, model }: { readonly run: RunContext; readonly model: Model },
  method: Method<C>,
  settings: Readonly<Record<string, string>> = {},
): Promise<MethodRun> =>
  makeMethodRun(run, FACTS, method as unknown as Method, resolveConfig(method, FACTS, settings), model);

const stateValues = async (model: Model): Promise<readonly number[]> =>
  (await Promise.all(stateOf(model).map((param) => param.read()))).flatMap((values) => [...values]);

async function train(
  at: { readonly run: RunContext; readonly model: Model },
  made: MethodRun,
): Promise<MainStage> {
  let main: MainStage | undefined;
  await runStages(at.run, made, at.model, (costs) => {
    main = costs;
  });
  if (main === undefined) throw new Error("no main stage");
  return main;
}

const scoresOf = async ({ run, model }: { readonly run: RunContext; readonly model: Model }) => [
  ...(await evaluate(run.engine, run.task, model, run.data.validation)).scores,
];

describe("running statistics", () => {
  it("follow every step, replayed or recorded, to the same bits, and are not moved by evaluation or measuring", async () => {
    const trained: { readonly weights: string; readonly state: readonly number[] }[] = [];
    for (const capture of [true, false]) {
      const at = await begin(capture);
      const untouched = await stateValues(at.model);
      expect(new Set(untouched)).toEqual(new Set([0, 1]));
      await train(at, await setup(at, fullFinetune));
      const state = await stateValues(at.model);
      // Training memory was measured after the last step by one more, of which nothing may be left.
      trained.push({ weights: await hashWeights(at.model), state });
      await scoresOf(at);
      expect(await stateValues(at.model)).toEqual(state);
      at.model.dispose();
      await engine?.dispose();
    }
    expect(trained[0]).toEqual(trained[1]);
    // 8 steps: what is left of the start, 1, is 0.9^8; a statistic that had been frozen would still be 0 or 1.
    expect(trained[0]?.state.filter((value) => value === 0 || value === 1)).toEqual([]);
  });

  it("are no parameters: nothing trains, decays or counts them, and a saved model has them", async () => {
    const at = await begin();
    const made = await setup(at, fullFinetune);
    const parameters = at.model.params().reduce((sum, { size }) => sum + size, 0);
    expect(made.declared.trainable).toBe(parameters);
    expect(countDeployed(at.model)).toEqual({ parameters, bytes: 4 * parameters });
    await train(at, made);
    const scores = await scoresOf(at);
    const bytes = await saveState(at.model);
    const other = { ...at, model: new ResNet({ perStage: 1, outputs: 10, init: stream(9, "other") }) };
    expect(await scoresOf(other)).not.toEqual(scores);
    loadState(other.model, bytes, "saved");
    expect(await scoresOf(other)).toEqual(scores);
    expect(await hashWeights(other.model)).toBe(await hashWeights(at.model));
  });
});

describe("methods on convolutions", () => {
  it("LoRA starts at the base model and merges into plain kernels with the same scores", async () => {
    const at = await begin();
    const base = await scoresOf(at);
    const made = await setup(at, lora, { targets: "conv", rank: "2" });
    const sites = at.model.sites.filter((site) => site.kind === "linear" && site.role === "conv");
    const head = 64 * 10 + 10;
    expect(made.declared.trainable).toBe(
      sites.reduce((sum, site) => {
        if (site.kind !== "linear") return sum;
        return sum + 2 * (site.module.inFeatures + site.module.outFeatures);
      }, head),
    );
    expect(await scoresOf(at)).toEqual(base.map((score) => expect.closeTo(score, 4)));
    await train(at, made);
    const unmerged = await scoresOf(at);
    await made.finish?.();
    expect(sites.every((site) => isLinear(site.module))).toBe(true);
    for (const [i, score] of (await scoresOf(at)).entries()) expect(score).toBeCloseTo(unmerged[i] ?? 0, 4);
  });

  it("SVD truncation takes half of the numbers of all kernels in blocks, as it declared, and leaves a model that scores", async () => {
    const at = await begin();
    await train(at, await setup(at, fullFinetune));
    const blocks = at.model.sites.filter(({ kind, block }) => kind === "linear" && block !== null);
    const dense = blocks.reduce(
      (sum, { module }) => sum + module.params().reduce((all, { size }) => all + size, 0),
      0,
    );
    const before = at.model.params().reduce((sum, { size }) => sum + size, 0);
    const made = await setup(at, svd, { keep: "0.5", recoverShare: "0" });
    const after = before - made.declared.deployedParameters;
    expect(after / dense).toBeGreaterThan(0.49);
    expect(after / dense).toBeLessThan(0.56);
    await train(at, made);
    expect(countDeployed(at.model).parameters).toBe(made.declared.deployedParameters);
    expect((await scoresOf(at)).every(Number.isFinite)).toBe(true);
  });

  it("GaLore projects the kernels of convolutions in blocks: state as its formula says", async () => {
    const at = await begin();
    const made = await setup(at, galore, { rank: "4" });
    const main = await train(at, made);
    expect(main.stateBytes).toBe(made.declared.optimizerStateBytes);
    expect(main.stateBytes).toBeLessThan(4 * 2 * at.model.params().reduce((sum, { size }) => sum + size, 0));
  });
});

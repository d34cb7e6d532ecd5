import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeToy, TOY_FACTS, type Toy, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Identity, PROTOCOL } from "#harness/record/identity.ts";
import { denseKey, reachDense } from "./dense.ts";

const identity = (seed: number): Identity => ({
  task: "toy-majority",
  taskVersion: 1,
  scale: "smoke",
  method: "fwsvd",
  config: {},
  seed,
  engine: "onnx",
  spec: "cpu-2core",
  protocol: PROTOCOL,
  data: "toy",
});

describe("the dense checkpoint", () => {
  let engine: Engine;
  let folder: string;
  const before = process.env.RANKBENCH_CACHE;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "dense-"));
    process.env.RANKBENCH_CACHE = folder;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.RANKBENCH_CACHE;
    else process.env.RANKBENCH_CACHE = before;
    await rm(folder, { recursive: true, force: true });
  });

  async function reach(seed = 1): Promise<Toy> {
    const toy = await makeToy(engine, seed);
    await reachDense(toy.run, TOY_FACTS, identity(seed), toy.model);
    return toy;
  }

  it("is trained once and read from the cache after that, bit for bit, its work counted both times", async () => {
    const first = await reach();
    const again = await reach();
    expect(await valuesOf(again.model)).toEqual(await valuesOf(first.model));
    const phases = (toy: Toy) => toy.run.reporter.phases.filter((phase) => phase.kind === "dense");
    expect(phases(first).map(({ steps, cached }) => [steps, cached])).toEqual([[8, false]]);
    expect(phases(again)).toEqual(phases(first).map((phase) => ({ ...phase, cached: true })));
    expect(again.run.reporter.notes.join()).toContain("came from the cache");
  });

  it("differs by seed, and every parameter is free to train afterwards", async () => {
    const [one, two] = [await reach(1), await reach(2)];
    expect(await valuesOf(two.model)).not.toEqual(await valuesOf(one.model));
    expect(one.model.params().every((param) => param.trainable)).toBe(true);
    expect((await readdir(join(folder, "dense"))).length).toBe(4);
  });

  it("does not depend on the method under test or the machine's spec, only on what it is trained with", () => {
    const key = denseKey(identity(1), { learningRate: 1 });
    expect(
      denseKey({ ...identity(1), method: "svd", config: { rank: 3 }, spec: "local-1" }, { learningRate: 1 }),
    ).toBe(key);
    expect(denseKey(identity(2), { learningRate: 1 })).not.toBe(key);
    expect(denseKey(identity(1), { learningRate: 2 })).not.toBe(key);
    expect(denseKey({ ...identity(1), data: "other" }, { learningRate: 1 })).not.toBe(key);
  });

  it("is refused when its file is damaged, and says what to do", async () => {
    await reach();
    const file = (await readdir(join(folder, "dense"))).find((name) => name.endsWith(".safetensors"));
    await writeFile(join(folder, "dense", file ?? ""), "damaged");
    await expect(reach()).rejects.toThrow(/safetensors/);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declaredOn, makeToy, setupOn, type Toy } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { qr } from "#harness/linalg/qr.ts";
import { normal } from "#harness/nn/init.ts";
import { LoraLinear } from "#harness/nn/lora-linear.ts";
import { stream } from "#harness/random/stream.ts";
import { makeCalibration } from "#harness/train/calibration.ts";
import { method } from "./method.ts";

describe("eva", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains r (in + out) numbers a map and the head", async () => {
    // Without redistribution every query and ffn-in has rank 2.
    const { trainable } = await declaredOn(engine, method, {
      rank: "2",
      rho: "1",
      targets: "query,ffn-in",
      examples: "16",
      batch: "8",
    });
    expect(trainable).toBe(2 * 2 * (16 + 20) + 18);
  });

  const adapters = (toy: Toy) =>
    new Map(
      toy.model.sites.flatMap(({ path, module }) =>
        module instanceof LoraLinear ? [[path, module] as const] : [],
      ),
    );
  const setup = async (seed = 1, config: Record<string, string> = {}) => {
    const toy = await makeToy(engine, seed);
    await setupOn(toy, method, { rank: "2", rho: "2", examples: "24", batch: "8", ...config });
    return toy;
  };

  it("ranks add up to the budget exactly, none above rho times the mean", async () => {
    const toy = await setup();
    const ranks = [...adapters(toy).values()].map((module) => module.rank);
    expect(ranks.reduce((a, b) => a + b, 0)).toBe(2 * 12);
    expect(Math.max(...ranks)).toBeLessThanOrEqual(4);
    expect(new Set(ranks).size).toBeGreaterThan(1);
    expect(toy.run.reporter.notes.join("\n")).toMatch(/ranks: layer\.0\.attention\.query \d/);
  });

  it("A's columns are orthonormal, and query, key and value of a block start with the same ones", async () => {
    const toy = await setup();
    const found = adapters(toy);
    for (const module of found.values()) {
      const a = await module.a.read();
      for (let p = 0; p < module.rank; p++) {
        for (let q = 0; q < module.rank; q++) {
          let dot = 0;
          for (let i = 0; i < module.inFeatures; i++)
            dot += (a[i * module.rank + p] as number) * (a[i * module.rank + q] as number);
          expect(dot).toBeCloseTo(p === q ? 1 : 0, 4);
        }
      }
    }
    const group = ["query", "key", "value"].map((role) => found.get(`layer.0.attention.${role}`));
    const shared = Math.min(...group.map((module) => module?.rank ?? 0));
    expect(shared).toBeGreaterThan(0);
    const first = await Promise.all(
      group.map(async (module) => {
        const a = await module?.a.read();
        return Array.from({ length: 8 }, (_, i) => a?.[i * (module?.rank ?? 1)]);
      }),
    );
    expect(first[1]).toEqual(first[0]);
    expect(first[2]).toEqual(first[0]);
  });

  it("captures more activation energy, also with sentences it has not read, than random orthonormal directions of equal rank, in every map", async () => {
    const toy = await setup(3, { rho: "1" });
    const found = adapters(toy);
    const energy = new Map([...found.keys()].map((path) => [path, [0, 0]]));
    const random = new Map(
      await Promise.all(
        [...found].map(async ([path, { inFeatures, rank }]) => {
          const frame = qr(matrixFrom(inFeatures, rank, normal(inFeatures * rank, 1, stream(1, path)))).q;
          return [path, frame.data] as const;
        }),
      ),
    );
    const learnt = new Map(
      await Promise.all([...found].map(async ([path, module]) => [path, await module.a.read()] as const)),
    );
    // Components are of centred data, so energy is measured around the mean of each map's inputs.
    const inputs = new Map<string, number[]>();
    await makeCalibration(toy.run, toy.model).activations([...found.keys()], 32, (path, input) => {
      inputs.set(path, [...(inputs.get(path) ?? []), ...input]);
    });
    for (const [path, values] of inputs) {
      const module = found.get(path);
      const sums = energy.get(path);
      if (module === undefined || sums === undefined) throw new Error("no map");
      const { inFeatures: width, rank } = module;
      const rows = values.length / width;
      const mean = Array.from(
        { length: width },
        (_, j) => values.filter((_, i) => i % width === j).reduce((a, b) => a + b, 0) / rows,
      );
      for (const [at, frame] of [learnt.get(path), random.get(path)].entries()) {
        for (let t = 0; t < rows; t++) {
          for (let k = 0; k < rank; k++) {
            let dot = 0;
            for (let i = 0; i < width; i++)
              dot +=
                ((values[t * width + i] as number) - (mean[i] as number)) * (frame?.[i * rank + k] as number);
            sums[at] = (sums[at] as number) + dot * dot;
          }
        }
      }
    }
    for (const [path, [eva = 0, other = 0]] of energy) expect(eva, path).toBeGreaterThan(other);
  });

  it("refuses fewer calibration tokens than components, by field", async () => {
    await expect(setup(1, { rank: "8", examples: "1" })).rejects.toThrow(
      /examples[\s\S]*wanted: enough examples/,
    );
  });

  it("the same seed and data give the same A to the bit", async () => {
    const read = async () =>
      Promise.all([...adapters(await setup(4)).values()].map(async (module) => [...(await module.a.read())]));
    expect(await read()).toEqual(await read());
  });
});

// Batch normalisation against PyTorch's numbers (scripts/golden/image-models.py), central differences and its own promises.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import {
  keep,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  tidy,
  variableGrads,
} from "#harness/engine/tensor.ts";
import { BatchNorm } from "./batch-norm.ts";
import type { Model } from "./model.ts";
import { Param } from "./param.ts";
import { EVALUATION, type Pass } from "./pass.ts";
import type { LinearSite, NormSite } from "./site.ts";
import { loadState, saveState } from "./state.ts";

type Golden = Readonly<Record<string, readonly number[]>>;
const { batchNorm: golden } = JSON.parse(
  await readFile(new URL("./batch-norm.golden.json", import.meta.url), "utf8"),
) as { readonly batchNorm: Golden };

const WIDTH = 3;
const TRAINING: Pass = { training: true };

/** The formula of the golden script. */
function values(name: string, count: number, spread: number, centre = 0): Float32Array {
  const start = [...name].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return Float32Array.from(
    { length: count },
    (_, i) => centre + spread * Math.sin(0.7 * i + 0.01 * i * i + start),
  );
}

const made = () =>
  new BatchNorm("norm", WIDTH, { gain: values("gain", WIDTH, 0.5, 1), shift: values("shift", WIDTH, 0.2) });

/** A model of nothing but the norm, for saving and loading. */
function modelOf(norm: BatchNorm): Model {
  const site: NormSite = { kind: "norm", path: "norm", block: null, module: norm };
  return {
    sites: [site],
    head: site as unknown as LinearSite,
    params: () => norm.params(),
    forward: ({ x }, pass) => norm.apply(x as Tensor, pass),
    features: ({ x }, pass) => norm.apply(x as Tensor, pass),
    multiplyAdds: () => 0,
    dispose() {},
  };
}

describe.each(["onnx", "tfjs-cpu"])("batch normalisation on %s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, {});
  });
  afterAll(async () => engine.dispose());

  const read = async (value: Tensor): Promise<readonly number[]> => {
    await engine.settle();
    return [...(await value.data())];
  };
  const near = (found: readonly number[], wanted: readonly number[] | undefined, digits = 4): void => {
    expect(found.length).toBe(wanted?.length);
    for (const [i, value] of found.entries())
      expect(value, `${i}`).toBeCloseTo(wanted?.[i] ?? Number.NaN, digits);
  };
  const first = () => tensor(values("first", 72, 2, 0.5), [6, 2, 2, WIDTH]);

  it("gives PyTorch's outputs, gradients and running statistics over two batches, the second of a single image", async () => {
    const norm = made();
    const input = new Param("x", [6, 2, 2, WIDTH], values("first", 72, 2, 0.5), { role: "gate" });
    const dy = tensor(values("dy", 72, 1), [6, 2, 2, WIDTH]);
    let y: Tensor | undefined;
    const { grads } = variableGrads(() => {
      y = keep(norm.apply(input.variable, TRAINING));
      return sum(mul(y, dy)) as Scalar;
    }, [input.variable, norm.gain.variable, norm.shift.variable]);
    const gradient = (param: Param) => grads[param.variable.name] as Tensor;
    near(await read(y as Tensor), golden.y);
    near(await read(gradient(input)), golden.dx);
    near(await read(gradient(norm.gain)), golden.dGain, 3);
    near(await read(gradient(norm.shift)), golden.dShift, 3);
    near(await read(norm.apply(tensor(values("second", 12, 2), [1, 2, 2, WIDTH]), TRAINING)), golden.second);
    near([...(await norm.runningMean.read())], golden.runningMean);
    near([...(await norm.runningVariance.read())], golden.runningVariance);
    near(await read(norm.apply(first(), EVALUATION)), golden.evaluated);
  });

  it("leaves its statistics alone in evaluation and follows them inside a tidy", async () => {
    const norm = made();
    const before = [...(await norm.runningMean.read())];
    await read(norm.apply(first(), EVALUATION));
    expect([...(await norm.runningMean.read())]).toEqual(before);
    tidy(() => {
      norm.apply(first(), TRAINING);
    });
    await engine.settle();
    const mean = [0, 1, 2].map((c) => {
      const own = values("first", 72, 2, 0.5).filter((_, i) => i % WIDTH === c);
      return own.reduce((a, b) => a + b, 0) / own.length;
    });
    near(
      [...(await norm.runningMean.read())],
      mean.map((value) => 0.1 * value),
    );
  });

  it("stays finite on one number a channel, which has no spread", async () => {
    const norm = made();
    near(
      await read(norm.apply(tensor([5, -1, 2], [1, WIDTH]), TRAINING)),
      [...values("shift", WIDTH, 0.2)],
      2,
    );
    expect([...(await norm.runningVariance.read())].map((v) => v.toFixed(4))).toEqual([
      "0.9000",
      "0.9000",
      "0.9000",
    ]);
  });

  it("saves its statistics with the parameters and loads them, though none of them is a parameter", async () => {
    const norm = made();
    norm.apply(first(), TRAINING);
    await engine.settle();
    const wanted = await read(norm.apply(first(), EVALUATION));
    const bytes = await saveState(modelOf(norm));
    const other = new BatchNorm("norm", WIDTH, {
      gain: new Float32Array(WIDTH),
      shift: new Float32Array(WIDTH),
    });
    expect(other.params().map((param) => param.name)).toEqual(["norm.weight", "norm.bias"]);
    loadState(modelOf(other), bytes, "saved");
    expect(await read(other.apply(first(), EVALUATION))).toEqual(wanted);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import {
  type Scalar,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  variableGrads,
} from "#harness/engine/tensor.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { stream } from "#harness/random/stream.ts";
import { dropout } from "./dropout.ts";
import { Embedding } from "./embedding.ts";
import { kaimingUniform } from "./init.ts";
import { LayerNorm } from "./layer-norm.ts";
import { Linear } from "./linear.ts";
import { softmaxCrossEntropy } from "./losses.ts";
import { type LinearSite, selectTargets } from "./site.ts";

describe("modules", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx", {});
  });
  afterAll(async () => engine.dispose());
  const read = async (value: Tensor) => {
    await engine.settle();
    return [...(await value.data())];
  };

  it("a linear map is x W + b with W stored [in, out]", async () => {
    const map = new Linear("m", 2, 3, {
      weight: Float32Array.of(1, 2, 3, 4, 5, 6),
      bias: Float32Array.of(10, 20, 30),
    });
    expect(await read(map.apply(tensor2d([[1, -1]])))).toEqual([7, 17, 27]);
    expect(map.multiplyAdds()).toBe(6);
  });

  it("a layer norm row has the mean of its shift and the spread of its gain", async () => {
    const norm = new LayerNorm("n", 4, 1e-6, {
      gain: new Float32Array(4).fill(2),
      shift: new Float32Array(4).fill(5),
    });
    const out = await read(norm.apply(tensor2d([[1, 2, 3, 4]])));
    // (x - 2.5) / sqrt(1.25) * 2 + 5
    for (const [i, x] of [1, 2, 3, 4].entries())
      expect(out[i]).toBeCloseTo(((x - 2.5) / Math.sqrt(1.25 + 1e-6)) * 2 + 5, 5);
  });

  it("an embedding's gradient adds up over repeated ids and leaves other rows at 0", async () => {
    const table = new Embedding("e", 3, 2, Float32Array.of(1, 2, 3, 4, 5, 6));
    const { grads, value } = variableGrads(
      () => sum(table.apply(tensor1d([2, 0, 2], "int32"))) as Scalar,
      [table.table.variable],
    );
    const gradient = grads[table.table.variable.name];
    if (gradient === undefined) throw new Error("no gradient");
    expect(await read(gradient)).toEqual([1, 1, 0, 0, 2, 2]);
    expect(await read(value)).toEqual([11 + 3 + 11]);
  });

  it("cross entropy equals the closed form on two classes", async () => {
    const loss = softmaxCrossEntropy(
      tensor2d([
        [0, 1],
        [2, 0],
      ]),
      tensor1d([1, 1], "int32"),
    );
    const expected = (Math.log(1 + Math.exp(-1)) + Math.log(1 + Math.exp(2))) / 2;
    expect((await read(loss))[0]).toBeCloseTo(expected, 6);
  });

  it("dropout keeps the mean, is off at evaluation and repeats with its stream", async () => {
    const x = tensor(new Float32Array(10_000).fill(1));
    const once = await read(dropout(x, 0.25, { training: true, dropout: stream(1, "d") }));
    const again = await read(dropout(x, 0.25, { training: true, dropout: stream(1, "d") }));
    expect(again).toEqual(once);
    expect(new Set(once)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(once.reduce((a, b) => a + b, 0) / once.length).toBeCloseTo(1, 1);
    expect(dropout(x, 0.25, { training: false })).toBe(x);
  });

  it("Kaiming uniform with a = sqrt 5 stays within 1 / sqrt(fan in) and fills that range", () => {
    const values = kaimingUniform(20_000, 16, Math.sqrt(5), stream(1, "k"));
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect(largest).toBeLessThanOrEqual(0.25);
    expect(largest).toBeGreaterThan(0.249);
  });

  it("a parameter refuses values that do not fill its shape", () => {
    expect(() => new Linear("m", 2, 3, { weight: new Float32Array(5), bias: null })).toThrow(
      /m\.weight.*5 values/,
    );
  });
});

describe("selectTargets", () => {
  const module = {
    inFeatures: 1,
    outFeatures: 1,
    params: () => [],
    apply: (x: Tensor) => x,
    multiplyAdds: () => 1,
  };
  const site = (path: string, role: LinearSite["role"], block: number | null): LinearSite => ({
    kind: "linear",
    path,
    role,
    block,
    module,
  });
  const sites = [
    site("layer.0.attention.query", "query", 0),
    site("layer.0.attention.value", "value", 0),
    site("head", "head", null),
  ];
  const failure = (targets: string[]): RankbenchError => {
    try {
      selectTargets(sites, targets, "lora");
    } catch (error) {
      if (error instanceof RankbenchError) return error;
    }
    throw new Error("was not refused");
  };

  it("finds sites by role, by path and by `all`, never the head", () => {
    const paths = (targets: string[]) => selectTargets(sites, targets, "lora").map((found) => found.path);
    expect(paths(["query"])).toEqual(["layer.0.attention.query"]);
    expect(paths(["layer.0.attention.value", "query"])).toEqual([
      "layer.0.attention.query",
      "layer.0.attention.value",
    ]);
    expect(paths(["all"])).toEqual(["layer.0.attention.query", "layer.0.attention.value"]);
  });

  it("refuses a name that matches nothing, alone or beside a good one, with the nearest name and all valid ones (case 6)", () => {
    expect(failure(["qeury"]).message).toMatch(/qeury[\s\S]*query, value[\s\S]*did you mean "query"/);
    expect(failure(["query", "valeu"]).message).toMatch(/valeu[\s\S]*did you mean "value"/);
    expect(failure(["head"]).parts.field).toBe("targets");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { grad, type Tensor, tensor1d, tensor2d } from "#harness/engine/tensor.ts";
import { meanSquaredError } from "./losses.ts";

describe("mean squared error", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx", {});
  });
  afterAll(async () => engine.dispose());
  const read = async (value: Tensor) => {
    await engine.settle();
    return [...(await value.data())];
  };

  it("is the mean over the batch, not over all pairs of scores and targets", async () => {
    // (1 - 0)^2, (2 - 4)^2, (3 - 3)^2
    const [loss] = await read(meanSquaredError(tensor2d([[1], [2], [3]]), tensor1d([0, 4, 3])));
    expect(loss).toBeCloseTo(5 / 3, 6);
  });

  it("has the gradient 2 (score - target) / B in the scores' shape", async () => {
    const targets = tensor1d([0, 4, 3, 1]);
    const slopes = grad((scores: Tensor) => meanSquaredError(scores, targets))(
      tensor2d([[1], [2], [3], [0]]),
    );
    expect(slopes.shape).toEqual([4, 1]);
    expect(await read(slopes)).toEqual([0.5, -1, 0, -0.5]);
  });
});

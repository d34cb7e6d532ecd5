// The real wasm package: trains what it can as the cpu oracle does, and refuses the rest by name.
import { afterAll, describe, expect, it } from "vitest";
import { openEngine } from "../open.ts";
import {
  conv2d,
  grad,
  oneHot,
  ones,
  type Scalar,
  sum,
  type Tensor4D,
  tensor1d,
  tensor2d,
  unsortedSegmentSum,
  variableGrads,
} from "../tensor.ts";
import { mlp, type TestModel, transformer } from "../testing/models.ts";

/** Loss and gradients by name. */
async function gradients(engineName: string, model: TestModel): Promise<Map<string, Float32Array>> {
  const engine = await openEngine(engineName);
  const p = model.parameters(7);
  const { value, grads } = variableGrads(() => model.loss(p, model.batch(3)) as Scalar);
  await engine.settle();
  const out = new Map([["loss", Float32Array.from(await value.data())]]);
  for (const [name, { name: id }] of Object.entries(p))
    out.set(name, Float32Array.from((await grads[id]?.data()) ?? []));
  return out;
}

const largest = (values: Iterable<number>): number =>
  [...values].reduce((most, value) => Math.max(most, Math.abs(value)), 0);

afterAll(async () => {
  await (await openEngine("tfjs-wasm")).dispose();
});

describe("engine tfjs-wasm", () => {
  it.each([
    ["an MLP", mlp()],
    ["a transformer with an embedding", transformer()],
  ])("computes the gradients of %s as the cpu oracle does", async (_, model) => {
    const oracle = await gradients("tfjs-cpu", model);
    const ours = await gradients("tfjs-wasm", model);
    expect([...ours.keys()]).toEqual([...oracle.keys()]);
    for (const [name, wanted] of oracle) {
      const got = ours.get(name) ?? new Float32Array();
      expect(got).toHaveLength(wanted.length);
      const difference = largest(wanted.map((x, i) => x - (got[i] ?? Number.NaN)));
      expect(difference, name).toBeLessThan(1e-5 * largest(wanted));
    }
  });

  it("tells the version and that one thread works", async () => {
    expect((await openEngine("tfjs-wasm")).facts()).toEqual({
      name: "tfjs-wasm",
      versions: { "@tensorflow/tfjs-backend-wasm": "4.22.0" },
      provider: "wasm",
      threads: 1,
      optimisation: "none",
    });
  });

  it("gives one-hot rows of every type their values", async () => {
    await openEngine("tfjs-wasm");
    const ids = tensor1d([1, 3, -1], "int32");
    expect([...(await oneHot(ids, 3, 0.5, -2, "float32").data())]).toEqual([
      -2, 0.5, -2, -2, -2, -2, -2, -2, -2,
    ]);
    expect([...(await oneHot(ids, 2, 1, 0, "int32").data())]).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it("sums rows by segment and leaves out ids that name none", async () => {
    await openEngine("tfjs-wasm");
    const x = tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
    const sums = unsortedSegmentSum(x, tensor1d([1, -1, 1, 5], "int32"), 3);
    expect(sums.shape).toEqual([3, 2]);
    expect([...(await sums.data())]).toEqual([0, 0, 6, 8, 0, 0]);
  });

  it("refuses the gradient of a convolution's filter by the name of the operation", async () => {
    await openEngine("tfjs-wasm");
    const image = ones([1, 4, 4, 1]) as Tensor4D;
    const loss = (filter: Tensor4D) => sum(conv2d(image, filter, 1, "same"));
    expect(() => grad(loss as never)(ones([3, 3, 1, 1]))).toThrow(
      /engine tfjs-wasm: it has no kernel Conv2DBackpropFilter/,
    );
  });

  it("leaves no handler that prints the package's source when something else fails", async () => {
    await openEngine("tfjs-wasm");
    for (const event of ["uncaughtException", "unhandledRejection"] as const)
      expect(process.rawListeners(event).map(String).join("\n")).not.toContain("ExitStatus");
  });
});

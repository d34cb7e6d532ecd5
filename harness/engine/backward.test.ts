// The walk through a backward pass against tfjs's own gradients, bit for bit, and the order in which it tells of them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordForward } from "./backward.ts";
import type { Engine } from "./engine.ts";
import { openEngine } from "./open.ts";
import {
  add,
  dispose,
  gather,
  keep,
  matMul,
  mean,
  mul,
  relu,
  type Scalar,
  softmax,
  square,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from "./tensor.ts";

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));

describe.each(["onnx", "tfjs-cpu"])("the backward pass on %s", (name) => {
  let engine: Engine;
  let table: Variable;
  let first: Variable;
  let bias: Variable;
  let unused: Variable;
  beforeAll(async () => {
    engine = await openEngine(name);
    [table, first] = tidy(() => [
      variable(tensor2d(numbers(20, 1), [5, 4])),
      variable(tensor2d(numbers(16, 2), [4, 4])),
    ]) as [Variable, Variable];
    bias = tidy(() => variable(tensor1d(numbers(4, 3))));
    unused = tidy(() => variable(tensor1d(numbers(4, 4))));
  });
  afterAll(() => engine.dispose());

  /** A table that is used twice, as in tied models, a shared map, and broadcasting. */
  const loss = (): Scalar => {
    const x = gather(table, tensor1d([0, 3, 3, 1], "int32")) as Tensor;
    const h = relu(add(matMul(x, first), bias));
    const y = softmax(matMul(add(h, matMul(h, first)), table, false, true));
    return mean(mul(square(y), 3)) as Scalar;
  };

  it("gives the bits of tfjs, a second walk as well, and leaves out what the loss does not depend on", async () => {
    const all = [table, first, bias, unused];
    const { value, grads } = variableGrads(loss, [table, first, bias]);
    const walks: Map<string, Tensor>[] = [new Map(), new Map()];
    const alone = tidy(() => {
      const forward = recordForward(loss);
      for (const walk of walks)
        forward.backward(all, (of, gradient) => walk.set((of as Variable).name, keep(gradient)));
      forward.release();
      return forward.value;
    });
    await engine.settle();
    expect(await alone.data()).toEqual(await value.data());
    for (const walk of walks) {
      expect([...walk.keys()].sort()).toEqual(Object.keys(grads).sort());
      for (const [key, gradient] of walk) expect(await gradient.data()).toEqual(await grads[key]?.data());
    }
    dispose([value, alone, ...Object.values(grads), ...walks.flatMap((walk) => [...walk.values()])]);
  });

  it("tells of a gradient once nothing more adds to it, the loss's end first", () => {
    const seen: string[] = [];
    tidy(() => {
      const forward = recordForward(loss);
      forward.backward([table, first, bias], (of) => seen.push((of as Variable).name));
      forward.release();
    });
    expect(seen).toEqual([bias, first, table].map((variable) => variable.name));
  });

  it("leaves no tensor behind, also where the forward pass fails", () => {
    const before = engine.liveTensors();
    tidy(() => {
      const forward = recordForward(loss);
      forward.backward([first], () => {});
      forward.release();
    });
    const failing = () =>
      tidy(() => {
        recordForward(() => {
          throw new Error("on purpose");
        });
      });
    expect(failing).toThrow("on purpose");
    expect(failing).toThrow("on purpose");
    expect(engine.liveTensors()).toBe(before);
  });
});

// The recurrent layer against PyTorch's numbers (scripts/golden/gru.py) and against central differences in double precision.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import {
  add,
  grads,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  variableGrads,
} from "#harness/engine/tensor.ts";
import { stream } from "#harness/random/stream.ts";
import { Gru, type GruValues } from "./gru.ts";
import { differences, relativeGap } from "./testing/differences.ts";

interface Case {
  readonly lengths: readonly number[] | null;
  readonly x: number[];
  readonly weights: number[];
  readonly lastWeights: number[];
  readonly params: Readonly<Record<string, number[]>>;
  readonly states: number[];
  readonly last: number[];
  readonly dx: number[];
  readonly gradients: Readonly<Record<string, number[]>>;
}

const golden = JSON.parse(await readFile(new URL("./gru.golden.json", import.meta.url), "utf8")) as {
  readonly sizes: {
    readonly steps: number;
    readonly batch: number;
    readonly inputs: number;
    readonly hidden: number;
  };
  readonly cases: readonly Case[];
};
const { steps, batch, inputs, hidden } = golden.sizes;

function valuesOf(params: Readonly<Record<string, number[]>>, suffix: string): GruValues {
  const part = (name: string) => Float32Array.from(params[`${name}_l0${suffix}`] ?? []);
  return {
    inputWeight: part("weight_ih"),
    stateWeight: part("weight_hh"),
    inputBias: part("bias_ih"),
    stateBias: part("bias_hh"),
  };
}

describe.each(["onnx", "tfjs-cpu"])("GRU on %s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, {});
  });
  afterAll(async () => engine.dispose());
  const read = async (x: Tensor) => {
    await engine.settle();
    return x.data<"float32">();
  };

  it.each(golden.cases)("has PyTorch's states and gradients, both ways, lengths $lengths", async (wanted) => {
    const { params } = wanted;
    const gru = new Gru("gru", inputs, hidden, [valuesOf(params, ""), valuesOf(params, "_reverse")]);
    const tokens = Float32Array.from({ length: steps * batch }, (_, i) =>
      Math.floor(i / batch) < (wanted.lengths?.[i % batch] ?? steps) ? 1 : 0,
    );
    const mask = wanted.lengths === null ? null : tensor(tokens, [steps, batch]);
    // PyTorch gives 0 for a padded state and here it stays what it was: neither is asked for.
    const seen = (a: readonly number[]) => a.map((v, i) => v * (tokens[Math.floor(i / (2 * hidden))] ?? 0));
    const weights = tensor(Float32Array.from(seen(wanted.weights)), [steps, batch, 2 * hidden]);
    const lastWeights = tensor(Float32Array.from(wanted.lastWeights), [batch, 2 * hidden]);
    const x = tensor(Float32Array.from(wanted.x), [steps, batch, inputs]);
    const found = gru.apply(x, mask);
    expect(relativeGap(seen([...(await read(found.states))]), wanted.states)).toBeLessThan(1e-6);
    expect(relativeGap(await read(found.last), wanted.last)).toBeLessThan(1e-6);
    const loss = (a: Tensor) => {
      const { states, last } = gru.apply(a, mask);
      return add(sum(mul(states, weights)), sum(mul(last, lastWeights))) as Scalar;
    };
    const [dx] = grads((a: Tensor) => loss(a))([x]);
    expect(relativeGap(await read(dx as Tensor), wanted.dx)).toBeLessThan(2e-6);
    const variables = gru.params().map((param) => param.variable);
    const { grads: byName } = variableGrads(() => loss(x), variables);
    for (const param of gru.params()) {
      const gradient = byName[param.variable.name] as Tensor;
      const from = wanted.gradients[param.name.slice("gru.".length)] ?? [];
      expect(relativeGap(await read(gradient), from), param.name).toBeLessThan(2e-6);
      param.dispose();
    }
  });

  it("has the gradient of central differences for a single step and a single direction", async () => {
    const random = stream(3, "gru");
    const draw = (length: number) => Float32Array.from({ length }, () => 0.7 * random.normal());
    const [w, u, b, c, x] = [draw(2 * 6), draw(2 * 6), draw(6), draw(6), draw(3 * 2)];
    const dy = draw(3 * 2);
    const gru = new Gru("one", 2, 2, [{ inputWeight: w, stateWeight: u, inputBias: b, stateBias: c }]);
    const value = (at: ArrayLike<number>): number => {
      const logistic = (v: number) => 1 / (1 + Math.exp(-v));
      let total = 0;
      for (let row = 0; row < 3; row++) {
        const line = Array.from({ length: 6 }, (_, k) =>
          [0, 1].reduce((s, i) => s + (at[row * 2 + i] ?? 0) * (w[i * 6 + k] ?? 0), b[k] ?? 0),
        );
        for (let j = 0; j < 2; j++) {
          const r = logistic((line[j] ?? 0) + (c[j] ?? 0));
          const z = logistic((line[2 + j] ?? 0) + (c[2 + j] ?? 0));
          const n = Math.tanh((line[4 + j] ?? 0) + r * (c[4 + j] ?? 0));
          total += (dy[row * 2 + j] ?? 0) * (1 - z) * n;
        }
      }
      return total;
    };
    const one = (a: Tensor) => sum(mul(gru.apply(a).last, tensor(dy, [3, 2])));
    const [dx] = grads((a: Tensor) => one(a))([tensor(x, [1, 3, 2])]);
    expect(relativeGap(await read(dx as Tensor), differences(value, x))).toBeLessThan(3e-6);
    for (const param of gru.params()) param.dispose();
  });
});

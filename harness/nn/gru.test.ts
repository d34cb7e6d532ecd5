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
import { FactoredLinear } from "./factored-linear.ts";
import { Gru, type GruDirection } from "./gru.ts";
import { Linear } from "./linear.ts";
import type { LinearModule } from "./module.ts";
import type { Param } from "./param.ts";
import { EVALUATION } from "./pass.ts";
import type { LinearRole, LinearSite } from "./site.ts";
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

const site = (path: string, role: LinearRole, module: LinearModule): LinearSite => ({
  kind: "linear",
  path,
  role,
  block: 0,
  module,
});

/** One direction from PyTorch's parameters, and its own parameters by PyTorch's names. */
function directionOf(values: Readonly<Record<string, number[]>>, suffix: string) {
  const part = (name: string) => Float32Array.from(values[`${name}_l0${suffix}`] ?? []);
  const map = (which: "ih" | "hh", width: number) =>
    new Linear(which, width, 3 * hidden, { weight: part(`weight_${which}`), bias: part(`bias_${which}`) });
  const [input, state] = [map("ih", inputs), map("hh", hidden)];
  const params = new Map<string, Param>();
  for (const [which, map] of Object.entries({ ih: input, hh: state })) {
    params.set(`weight_${which}_l0${suffix}`, map.weight);
    if (map.bias !== null) params.set(`bias_${which}_l0${suffix}`, map.bias);
  }
  const direction = { input: site("input", "dense", input), state: site("state", "recurrent", state) };
  return { direction, params };
}

/** A map known by what it makes of rows alone: its matrix has to be asked for. */
const opaque = (map: Linear): LinearModule => ({
  inFeatures: map.inFeatures,
  outFeatures: map.outFeatures,
  params: () => map.params(),
  apply: (x) => map.apply(x),
  multiplyAdds: () => map.multiplyAdds(),
});

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
    const [forwards, backwards] = [directionOf(params, ""), directionOf(params, "_reverse")];
    const gru = new Gru([forwards.direction, backwards.direction]);
    const own = new Map([...forwards.params, ...backwards.params]);
    const tokens = Float32Array.from({ length: steps * batch }, (_, i) =>
      Math.floor(i / batch) < (wanted.lengths?.[i % batch] ?? steps) ? 1 : 0,
    );
    const mask = wanted.lengths === null ? null : tensor(tokens, [steps, batch]);
    // PyTorch gives 0 for a padded state and here it stays what it was: neither is asked for.
    const seen = (a: readonly number[]) => a.map((v, i) => v * (tokens[Math.floor(i / (2 * hidden))] ?? 0));
    const weights = tensor(Float32Array.from(seen(wanted.weights)), [steps, batch, 2 * hidden]);
    const lastWeights = tensor(Float32Array.from(wanted.lastWeights), [batch, 2 * hidden]);
    const x = tensor(Float32Array.from(wanted.x), [steps, batch, inputs]);
    const found = gru.apply(x, mask, EVALUATION);
    expect(relativeGap(seen([...(await read(found.states))]), wanted.states)).toBeLessThan(1e-6);
    expect(relativeGap(await read(found.last), wanted.last)).toBeLessThan(1e-6);
    const loss = (a: Tensor) => {
      const { states, last } = gru.apply(a, mask, EVALUATION);
      return add(sum(mul(states, weights)), sum(mul(last, lastWeights))) as Scalar;
    };
    const [dx] = grads((a: Tensor) => loss(a))([x]);
    expect(relativeGap(await read(dx as Tensor), wanted.dx)).toBeLessThan(2e-6);
    const variables = [...own.values()].map((param) => param.variable);
    const { grads: byName } = variableGrads(() => loss(x), variables);
    expect(own.size).toBe(8);
    for (const [name, param] of own) {
      const gradient = byName[param.variable.name] as Tensor;
      expect(relativeGap(await read(gradient), wanted.gradients[name] ?? []), name).toBeLessThan(2e-6);
      param.dispose();
    }
  });

  it("has the gradient of central differences for a single step and a single direction", async () => {
    const random = stream(3, "gru");
    const draw = (length: number) => Float32Array.from({ length }, () => 0.7 * random.normal());
    const [w, u, b, c, x] = [draw(2 * 6), draw(2 * 6), draw(6), draw(6), draw(3 * 2)];
    const dy = draw(3 * 2);
    const maps = {
      input: new Linear("input", 2, 6, { weight: w, bias: b }),
      state: new Linear("state", 2, 6, { weight: u, bias: c }),
    };
    const gru = new Gru([
      { input: site("input", "dense", maps.input), state: site("state", "recurrent", maps.state) },
    ]);
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
    const one = (a: Tensor) => sum(mul(gru.apply(a, null, EVALUATION).last, tensor(dy, [3, 2])));
    const [dx] = grads((a: Tensor) => one(a))([tensor(x, [1, 3, 2])]);
    expect(relativeGap(await read(dx as Tensor), differences(value, x))).toBeLessThan(3e-6);
    for (const map of Object.values(maps)) for (const param of map.params()) param.dispose();
  });

  it("takes any linear map at its sites: products of two, and maps that only show what they make of rows", async () => {
    const random = stream(4, "gru-sites");
    const draw = (length: number) => Float32Array.from({ length }, () => 0.7 * random.normal());
    const [a, b, bias] = [draw(3 * 2), draw(2 * 9), draw(9)];
    const product = Float32Array.from({ length: 27 }, (_, i) => {
      const [row, column] = [Math.floor(i / 9), i % 9];
      return [0, 1].reduce((total, k) => total + (a[row * 2 + k] ?? 0) * (b[k * 9 + column] ?? 0), 0);
    });
    const input = new Linear("input", 4, 9, { weight: draw(36), bias: null });
    const dense = new Linear("state", 3, 9, { weight: product, bias });
    const factored = new FactoredLinear("thin", 3, 9, { rank: 2, a, b, bias: dense.bias });
    const x = tensor(draw(5 * 2 * 4), [5, 2, 4]);
    const states = async (module: LinearModule) => {
      const direction: GruDirection = {
        input: site("input", "dense", input),
        state: site("state", "recurrent", module),
      };
      return [...(await read(new Gru([direction]).apply(x, null, EVALUATION).states))];
    };
    const wanted = await states(dense);
    expect(relativeGap(await states(factored), wanted)).toBeLessThan(1e-6);
    expect(relativeGap(await states(opaque(dense)), wanted)).toBeLessThan(1e-6);
  });

  it("shows calibration the states that enter the recurrent map, and what the map makes of them", async () => {
    const { direction } = directionOf(golden.cases[0]?.params ?? {}, "_reverse");
    const x = tensor(Float32Array.from(golden.cases[0]?.x ?? []), [steps, batch, inputs]);
    const seen = new Map<string, [Tensor, Tensor]>();
    const gru = new Gru([direction]);
    const { states } = gru.apply(x, null, {
      training: false,
      observe: (path, input, output) => seen.set(path, [input, output]),
    });
    const [entering, made] = seen.get("state") ?? [];
    if (entering === undefined || made === undefined) throw new Error("the recurrent map was not observed");
    const size = batch * hidden;
    const before = [...new Float32Array(size), ...(await read(states)).subarray(0, (steps - 1) * size)];
    expect([...(await read(entering))]).toEqual(before);
    expect([...(await read(made))]).toEqual([
      ...(await read(direction.state.module.apply(entering, EVALUATION))),
    ]);
  });
});

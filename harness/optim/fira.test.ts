import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { normal } from "#harness/nn/init.ts";
import { stream } from "#harness/random/stream.ts";
import { type FiraOptions, fira } from "./fira.ts";
import { galore } from "./galore.ts";
import { innerSgd } from "./inner-rule.ts";
import { difference, drive } from "./testing/drive.ts";

const NEVER = 1_000_000;
const gaussian = (count: number, name: string) => normal(count, 1, stream(40, "fira-test", name));
const gradients = (m: number, n: number, steps: number) =>
  Array.from({ length: steps }, (_, t) => gaussian(m * n, `g${t}`));
const defaults: FiraOptions = {
  rank: 3,
  alpha: 0.5,
  refreshEvery: 4,
  residual: "paper",
  scaling: "column",
  growthLimit: 1.01,
};

const gap = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (x, i) => Math.abs(x - (b[i] as number))).reduce((p, q) => Math.max(p, q), 0);

/** The card's algorithm in double precision for a wide matrix (left side), with the projectors the optimizer made. */
function reference(
  options: FiraOptions,
  shape: readonly [number, number],
  g: readonly Float32Array[],
  projectors: readonly ArrayLike<number>[],
  rate: number,
) {
  const [m, n] = shape;
  const r = options.rank;
  const [first, second] = [new Float64Array(r * n), new Float64Array(r * n)];
  const w = new Float64Array(m * n);
  const norms: number[] = [];
  const residuals: Float64Array[] = [];
  for (const [index, gradient] of g.entries()) {
    const t = index + 1;
    const p = projectors[index] ?? [];
    const low = new Float64Array(r * n);
    const direction = new Float64Array(r * n);
    for (let k = 0; k < r; k++) {
      for (let j = 0; j < n; j++) {
        const at = k * n + j;
        let sum = 0;
        for (let i = 0; i < m; i++) sum += (p[i * r + k] as number) * (gradient[i * n + j] as number);
        low[at] = sum;
        first[at] = 0.9 * (first[at] as number) + 0.1 * sum;
        second[at] = 0.999 * (second[at] as number) + 0.001 * sum * sum;
        direction[at] = (first[at] as number) / (Math.sqrt(second[at] as number) + 1e-6);
      }
    }
    const s = new Float64Array(m * n);
    const back = new Float64Array(m * n);
    for (let j = 0; j < n; j++) {
      let [above, below] = [0, 0];
      for (let k = 0; k < r; k++) {
        above += (direction[k * n + j] as number) ** 2;
        below += (low[k * n + j] as number) ** 2;
      }
      const phi = Math.sqrt(above) / (Math.sqrt(below) + 1e-8);
      for (let i = 0; i < m; i++) {
        let inside = 0;
        for (let k = 0; k < r; k++) {
          inside += (p[i * r + k] as number) * (low[k * n + j] as number);
          back[i * n + j] =
            (back[i * n + j] as number) + (p[i * r + k] as number) * (direction[k * n + j] as number);
        }
        const psi = options.residual === "code" ? options.alpha * inside : inside;
        s[i * n + j] = phi * ((gradient[i * n + j] as number) - psi);
      }
    }
    const size = Math.hypot(...s);
    const previous = norms.at(-1);
    const limit = previous === undefined ? 1 : Math.max(size / (previous + 1e-8), 1.01) / 1.01;
    norms.push(size / limit);
    residuals.push(s.map((x) => x / limit));
    const factor = rate * (Math.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t));
    for (let i = 0; i < w.length; i++)
      w[i] = (w[i] as number) - factor * (options.alpha * (back[i] as number) + (s[i] as number) / limit);
  }
  return { w, norms, residuals };
}

describe("fira", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());
  const run = (
    options: FiraOptions,
    shape: readonly number[],
    g: readonly Float32Array[],
    learningRate = 0.1,
  ) =>
    drive(engine, fira(options), {
      shape,
      start: new Float32Array((shape[0] ?? 0) * (shape[1] ?? 0)),
      gradients: g,
      learningRate,
    });

  it("equals a host reference of the card's algorithm over a refresh, in the paper's form and in the code's", async () => {
    for (const residual of ["paper", "code"] as const) {
      const options = { ...defaults, residual };
      const g = gradients(7, 12, 6);
      const { values, states } = await run(options, [7, 12], g, 0.01);
      const expected = reference(
        options,
        [7, 12],
        g,
        states.map((state) => state.left ?? []),
        0.01,
      );
      expect(gap(values[5] ?? [], expected.w)).toBeLessThan(1e-5);
      for (const [t, state] of states.entries()) {
        expect(state.previous?.[0]).toBeCloseTo(expected.norms[t] ?? 0, 3);
        // The limiter: ||S_t|| <= 1.01 ||S_(t-1)||.
        if (t > 0)
          expect(state.previous?.[0]).toBeLessThanOrEqual(1.0101 * (states[t - 1]?.previous?.[0] ?? 0));
      }
    }
  });

  it("runs along the long side whatever the orientation: a transposed problem gives the transposed weights", async () => {
    const [m, n] = [6, 9];
    const turn = (x: Float32Array) =>
      Float32Array.from(x, (_, at) => x[(at % m) * n + Math.floor(at / m)] as number);
    const g = gradients(m, n, 3);
    const wide = await run(defaults, [m, n], g);
    const tall = await run(defaults, [n, m], g.map(turn));
    expect(gap(tall.values[2] ?? [], turn(wide.values[2] ?? new Float32Array()))).toBeLessThan(2e-5);
  });

  it("with factor 1, no limiter and alpha 1 it is GaLore plus the raw residual", async () => {
    const g = gradients(5, 8, 1);
    const options = { ...defaults, alpha: 1, scaling: "none", growthLimit: null, inner: innerSgd() } as const;
    // With SGD inside, the projected part and the raw residual add up to the gradient.
    expect(
      gap(
        (await run(options, [5, 8], g, 1)).values[0] ?? [],
        (g[0] ?? new Float32Array()).map((x) => -x),
      ),
    ).toBeLessThan(1e-5);
  });

  it("the paper's residual step stays orthogonal to the subspace, also after column scaling", async () => {
    const g = gradients(7, 12, 1);
    const options = { ...defaults, alpha: 1e-12 };
    const { values, states } = await run(options, [7, 12], g, 1);
    const p = states[0]?.left ?? [];
    const step = values[0] ?? new Float32Array();
    const size = Math.hypot(...step);
    for (let k = 0; k < 3; k++) {
      for (let j = 0; j < 12; j++) {
        let dot = 0;
        for (let i = 0; i < 7; i++) dot += (p[i * 3 + k] as number) * (step[i * 12 + j] as number);
        expect(Math.abs(dot) / size).toBeLessThan(1e-5);
      }
    }
  });

  it("at full rank the residual is gone and Fira is GaLore", async () => {
    const g = gradients(4, 9, 3);
    const options = { ...defaults, rank: 4, refreshEvery: NEVER };
    const plain = galore({ rank: 4, alpha: 0.5, refreshEvery: NEVER, projection: "std" });
    const expected = await drive(engine, plain, {
      shape: [4, 9],
      start: new Float32Array(36),
      gradients: g,
      learningRate: 0.1,
    });
    expect(gap((await run(options, [4, 9], g)).values[2] ?? [], expected.values[2] ?? [])).toBeLessThan(1e-4);
  });

  it("its step exceeds rank r, unlike GaLore's, for one more float of state", async () => {
    const g = gradients(8, 12, 1);
    const { values, stateBytes } = await run(defaults, [8, 12], g);
    const s = singularValues(
      matrixFrom(8, 12, difference(new Float32Array(96), values[0] ?? new Float32Array())),
    );
    expect((s[3] ?? 0) / (s[0] ?? 1)).toBeGreaterThan(1e-2);
    const plain = galore({ rank: 3, alpha: 1, refreshEvery: 4, projection: "std" });
    expect(stateBytes).toBe(plain.stateBytes({ name: "w", shape: [8, 12] }) + 4);
    expect(fira(defaults).stateBytes({ name: "w", shape: [8, 12] })).toBe(stateBytes);
  });

  it("learns a full-rank linear map that GaLore at equal rank and steps does not", async () => {
    // The card's toy problem in small: 12 x 16 at rank 2, gradient of the squared error of W against a full-rank target.
    const [m, n] = [12, 16];
    const target = gaussian(m * n, "target");
    const train = async (optimizer: ReturnType<typeof fira>): Promise<number> => {
      let w = new Float32Array(m * n);
      let state = optimizer.init({ name: "w", shape: [m, n] });
      const { tensor, tidy, keep } = await import("#harness/engine/tensor.ts");
      for (let step = 1; step <= 300; step++) {
        const gradient = w.map((x, i) => x - (target[i] as number));
        const param = { name: "w", shape: [m, n] };
        if (optimizer.refresh?.due(step))
          state = { ...state, ...optimizer.refresh.run({ param, gradient, state, step }) };
        const before = state;
        let made: ReturnType<typeof optimizer.update> | undefined;
        tidy(() => {
          made = optimizer.update({
            param,
            value: tensor(w, [m, n]),
            gradient: tensor(gradient, [m, n]),
            state: before,
            learningRate: 0.03,
            weightDecay: 0,
            step,
            first: step === 1,
            gradientScale: null,
          });
          keep(made.value);
          for (const held of Object.values(made.state)) keep(held);
        });
        await engine.settle();
        if (made === undefined) throw new Error("no update");
        w = (await made.value.data<"float32">()).slice();
        state = made.state;
      }
      return (
        w.reduce((sum, x, i) => sum + (x - (target[i] as number)) ** 2, 0) /
        target.reduce((sum, x) => sum + x * x, 0)
      );
    };
    const left = await train(fira({ ...defaults, rank: 2, alpha: 1, refreshEvery: 50 }));
    const galoreLeft = await train(galore({ rank: 2, alpha: 1, refreshEvery: 50, projection: "std" }));
    expect(left).toBeLessThan(0.1 * galoreLeft);
  });
});

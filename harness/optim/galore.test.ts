import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { normal } from "#harness/nn/init.ts";
import { stream } from "#harness/random/stream.ts";
import { galore } from "./galore.ts";
import { innerAdam, innerSgd } from "./inner-rule.ts";
import { PROJECTION_TYPES, planProjection, refreshProjector } from "./projection.ts";
import { difference, drive } from "./testing/drive.ts";

const NEVER = 1_000_000;
const gaussian = (count: number, name: string) => normal(count, 1, stream(20, "galore-test", name));

/** Gradients of a mean loss in small, for `steps` steps. */
const gradients = (m: number, n: number, steps: number) =>
  Array.from({ length: steps }, (_, t) => gaussian(m * n, `g${t}`));

/** Singular values beyond the r-th of an [m, n] array, as a share of the first. */
function tail(values: ArrayLike<number>, m: number, n: number, r: number): number {
  const s = singularValues(matrixFrom(m, n, values));
  return (s[r] ?? 0) / (s[0] ?? 1);
}

/** One numpy-like step of GaLore-Adam on the host, with a given projector [m, r], left side. */
function hostStep(
  state: { m: Float64Array; v: Float64Array },
  p: ArrayLike<number>,
  g: Float32Array,
  t: number,
  shape: [number, number, number],
) {
  const [m, n, r] = shape;
  const step = new Float64Array(m * n);
  for (let k = 0; k < r; k++) {
    for (let j = 0; j < n; j++) {
      let low = 0;
      for (let i = 0; i < m; i++) low += (p[i * r + k] as number) * (g[i * n + j] as number);
      const at = k * n + j;
      state.m[at] = 0.9 * (state.m[at] as number) + 0.1 * low;
      state.v[at] = 0.999 * (state.v[at] as number) + 0.001 * low * low;
      const direction =
        ((state.m[at] as number) / (Math.sqrt(state.v[at] as number) + 1e-6)) *
        (Math.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t));
      for (let i = 0; i < m; i++)
        step[i * n + j] = (step[i * n + j] as number) + (p[i * r + k] as number) * direction;
    }
  }
  return step;
}

describe("galore", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("at full rank with plain SGD inside loses nothing, on either side and with the rank clipped (case 1)", async () => {
    const g = gradients(48, 80, 2);
    for (const projection of ["std", "reverse_std"] as const) {
      const optimizer = galore({ rank: 60, alpha: 1, refreshEvery: 1, projection, inner: innerSgd() });
      const start = gaussian(48 * 80, "w");
      const { values } = await drive(engine, optimizer, {
        shape: [48, 80],
        start,
        gradients: g,
        learningRate: 0.1,
      });
      const first = values[0] ?? start;
      // 48 directions span the whole short side; on the long side they are the gradient's own row space.
      const step = difference(start, first);
      expect(Math.max(...step.map((d, i) => Math.abs(d + 0.1 * (g[0]?.[i] as number))))).toBeLessThan(1e-5);
    }
  });

  it("state of a [48, 80] weight at clipped rank 48 is 39,936 bytes compressed on the short side, 33,792 on the long one (case 1)", async () => {
    const bytes = async (projection: "std" | "reverse_std") => {
      const optimizer = galore({ rank: 60, alpha: 1, refreshEvery: NEVER, projection });
      const driven = await drive(engine, optimizer, {
        shape: [48, 80],
        start: gaussian(3840, "w"),
        gradients: gradients(48, 80, 1),
        learningRate: 0.1,
      });
      expect(optimizer.stateBytes({ name: "w", shape: [48, 80] })).toBe(driven.stateBytes);
      return driven.stateBytes;
    };
    expect(planProjection([48, 80], "std", 60).rank).toBe(48);
    expect(await bytes("std")).toBe(39_936);
    expect(await bytes("reverse_std")).toBe(33_792);
  });

  it("stores the side: a square projected tensor (r = n) steps as it should in every projection type", async () => {
    for (const projection of PROJECTION_TYPES) {
      for (const [m, n] of [
        [6, 6],
        [10, 6],
        [6, 10],
      ] as const) {
        const optimizer = galore({ rank: 6, alpha: 1, refreshEvery: NEVER, projection, inner: innerSgd() });
        const g = gaussian(m * n, `square-${m}-${n}`);
        const start = new Float32Array(m * n);
        const { values } = await drive(engine, optimizer, {
          shape: [m, n],
          start,
          gradients: [g],
          learningRate: 1,
        });
        expect(Math.max(...(values[0] ?? []).map((w, i) => Math.abs(w + (g[i] as number))))).toBeLessThan(
          1e-5,
        );
      }
    }
  });

  it("equals a host reference of the card's algorithm over a refresh: moments are kept, the basis changes", async () => {
    const [m, n, r] = [7, 11, 3];
    const g = gradients(m, n, 5);
    const optimizer = galore({ rank: r, alpha: 0.5, refreshEvery: 3, projection: "std" });
    const start = gaussian(m * n, "w");
    const { values, states } = await drive(engine, optimizer, {
      shape: [m, n],
      start,
      gradients: g,
      learningRate: 0.01,
    });
    const state = { m: new Float64Array(r * n), v: new Float64Array(r * n) };
    const expected = Float64Array.from(start);
    for (let t = 1; t <= 5; t++) {
      const p = states[t - 1]?.left ?? [];
      const step = hostStep(state, p, g[t - 1] as Float32Array, t, [m, n, r]);
      for (let i = 0; i < expected.length; i++)
        expected[i] = (expected[i] as number) - 0.01 * 0.5 * (step[i] as number);
      expect(Math.max(...expected.map((w, i) => Math.abs(w - (values[t - 1]?.[i] as number))))).toBeLessThan(
        2e-6,
      );
    }
    expect(states[0]?.left).toEqual(states[2]?.left);
    expect(states[3]?.left).not.toEqual(states[2]?.left);
  });

  it("refreshes at steps 1, T + 1, 2 T + 1, counted from 1", () => {
    const { refresh } = galore({ rank: 2, alpha: 1, refreshEvery: 4, projection: "std" });
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((step) => refresh?.due(step))).toEqual([1, 5, 9]);
  });

  it("one step, and the sum of steps between refreshes, has rank at most r; after two refreshes it can exceed r", async () => {
    const [m, n, r] = [12, 20, 3];
    const optimizer = galore({ rank: r, alpha: 1, refreshEvery: 5, projection: "std" });
    const start = new Float32Array(m * n);
    const { values } = await drive(engine, optimizer, {
      shape: [m, n],
      start,
      gradients: gradients(m, n, 10),
      learningRate: 0.1,
    });
    const at = (step: number) => values[step - 1] ?? start;
    expect(tail(difference(start, at(1)), m, n, r)).toBeLessThan(1e-5);
    expect(tail(difference(start, at(5)), m, n, r)).toBeLessThan(1e-5);
    expect(tail(difference(at(5), at(10)), m, n, r)).toBeLessThan(1e-5);
    expect(tail(difference(start, at(10)), m, n, r)).toBeGreaterThan(1e-2);
  });

  it("at full rank with Adam it is Adam in the rotated basis, not plain Adam", async () => {
    const [m, n] = [4, 9];
    const g = gradients(m, n, 3);
    const start = new Float32Array(m * n);
    const optimizer = galore({ rank: 4, alpha: 1, refreshEvery: NEVER, projection: "std" });
    const { values, states } = await drive(engine, optimizer, {
      shape: [m, n],
      start,
      gradients: g,
      learningRate: 0.1,
    });
    const p = states[0]?.left ?? [];
    const state = { m: new Float64Array(m * n), v: new Float64Array(m * n) };
    const plain = { m: new Float64Array(m * n), v: new Float64Array(m * n) };
    const eye = Float64Array.from({ length: m * m }, (_, i) => (i % (m + 1) === 0 ? 1 : 0));
    const [rotated, unrotated] = [new Float64Array(m * n), new Float64Array(m * n)];
    for (let t = 1; t <= 3; t++) {
      const gradient = g[t - 1] as Float32Array;
      hostStep(state, p, gradient, t, [m, n, m]).forEach((s, i) => {
        rotated[i] = (rotated[i] as number) - 0.1 * s;
      });
      hostStep(plain, eye, gradient, t, [m, n, m]).forEach((s, i) => {
        unrotated[i] = (unrotated[i] as number) - 0.1 * s;
      });
    }
    const gap = (expected: Float64Array) =>
      Math.max(...expected.map((w, i) => Math.abs(w - (values[2]?.[i] as number))));
    expect(gap(rotated)).toBeLessThan(1e-5);
    expect(gap(unrotated)).toBeGreaterThan(1e-2);
  });

  it("what the projector leaves out of its gradient is the sum of the squared trailing singular values", () => {
    const [m, n, r] = [14, 9, 4];
    const g = gaussian(m * n, "residual");
    const { right } = refreshProjector(planProjection([m, n], "std", r), g, "w");
    const v = right?.dataSync() ?? [];
    let left = 0;
    for (let i = 0; i < m; i++) {
      const low = Array.from({ length: r }, (_, k) => {
        let dot = 0;
        for (let j = 0; j < n; j++) dot += (g[i * n + j] as number) * (v[k * n + j] as number);
        return dot;
      });
      for (let j = 0; j < n; j++) {
        left +=
          ((g[i * n + j] as number) - low.reduce((sum, x, k) => sum + x * (v[k * n + j] as number), 0)) ** 2;
      }
    }
    const trailing = singularValues(matrixFrom(m, n, g))
      .slice(r)
      .reduce((sum, s) => sum + s * s, 0);
    expect(left).toBeCloseTo(trailing, 4);
  });

  it("decays last: w = 1, rate .1, decay .5 shrinks the stepped value by 5 %, and alpha does not multiply the decay", async () => {
    const run = async (alpha: number) => {
      const optimizer = galore({ rank: 1, alpha, refreshEvery: NEVER, projection: "std", inner: innerSgd() });
      const { values } = await drive(engine, optimizer, {
        shape: [1, 1],
        start: Float32Array.of(1),
        gradients: [Float32Array.of(2)],
        learningRate: 0.1,
        weightDecay: 0.5,
      });
      return values[0]?.[0] ?? 0;
    };
    expect(await run(1)).toBeCloseTo((1 - 0.2) * 0.95, 6);
    expect(await run(0.5)).toBeCloseTo((1 - 0.1) * 0.95, 6);
  });

  it("adds epsilon before bias correction, as Hugging Face's AdamW", async () => {
    const inner = innerAdam({ beta1: 0.9, beta2: 0.999, epsilon: 0.1 });
    const optimizer = galore({ rank: 1, alpha: 1, refreshEvery: NEVER, projection: "std", inner });
    const { values } = await drive(engine, optimizer, {
      shape: [1, 1],
      start: Float32Array.of(0),
      gradients: [Float32Array.of(2)],
      learningRate: 1,
    });
    // m = .2, sqrt(v) = 2 sqrt(.001), then sqrt(1 - .999) / (1 - .9).
    const expected = (0.2 / (2 * Math.sqrt(0.001) + 0.1)) * (Math.sqrt(0.001) / 0.1);
    expect(values[0]?.[0]).toBeCloseTo(-expected, 6);
  });

  it("applies the clipping factor to the projected gradient", async () => {
    const optimizer = galore({
      rank: 2,
      alpha: 1,
      refreshEvery: NEVER,
      projection: "std",
      inner: innerSgd(),
    });
    const g = gaussian(6, "clip");
    const { values } = await drive(engine, optimizer, {
      shape: [2, 3],
      start: new Float32Array(6),
      gradients: [g],
      learningRate: 1,
      gradientScale: 0.25,
    });
    expect(Math.max(...(values[0] ?? []).map((w, i) => Math.abs(w + 0.25 * (g[i] as number))))).toBeLessThan(
      1e-5,
    );
  });
});

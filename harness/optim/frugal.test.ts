import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { normal } from "#harness/nn/init.ts";
import { stream } from "#harness/random/stream.ts";
import { adamw } from "./adam.ts";
import { type FrugalOptions, frugal } from "./frugal.ts";
import { difference, drive } from "./testing/drive.ts";

const [M, N] = [10, 6];
const gaussian = (name: string) => normal(M * N, 1, stream(52, "frugal-test", name));
const gradients = Array.from({ length: 6 }, (_, t) => gaussian(`g${t}`));
const defaults: FrugalOptions = {
  density: 0.3,
  refreshEvery: 4,
  rule: "sign",
  inactiveScale: 0.5,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  random: (...names) => stream(1, "frugal-test", ...names),
};

describe("frugal", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());
  const start = gaussian("w");
  const run = (options: Partial<FrugalOptions>, weightDecay = 0.1, given = gradients) =>
    drive(engine, frugal({ ...defaults, ...options }), {
      shape: [M, N],
      start,
      gradients: given,
      learningRate: 0.01,
      weightDecay,
    });

  it("with every input active and no redraw it is AdamW to the bit", async () => {
    const exact = await drive(engine, adamw(), {
      shape: [M, N],
      start,
      gradients,
      learningRate: 0.01,
      weightDecay: 0.1,
    });
    const all = await run({ density: 1, refreshEvery: 1_000 });
    expect(all.values[5]).toEqual(exact.values[5]);
    // A redraw restarts moments and bias correction: step 5 is a first AdamW step again.
    const redrawn = await run({ density: 1 });
    expect(redrawn.values[3]).toEqual(exact.values[3]);
    const again = await drive(engine, adamw(), {
      shape: [M, N],
      start: redrawn.values[3] ?? start,
      gradients: gradients.slice(4),
      learningRate: 0.01,
      weightDecay: 0.1,
    });
    expect(redrawn.values[5]).toEqual(again.values[1]);
  });

  it("with no input active every entry moves by the idle rate, one with a zero gradient not at all", async () => {
    const g = gaussian("sparse").map((x, i) => (i % 7 === 0 ? 0 : x));
    const { values, stateBytes } = await run({ density: 0 }, 0, [g]);
    expect(stateBytes).toBe(0);
    for (const [i, x] of difference(start, values[0] ?? start).entries()) {
      if (i % 7 === 0) expect(x).toBe(0);
      else expect(Math.abs(x)).toBeCloseTo(0.005, 6);
    }
  });

  it("moves drawn inputs by Adam and the others by the idle rate exactly, in disjoint rows", async () => {
    const { values, states } = await run({}, 0, gradients.slice(0, 1));
    const drawn = new Set([...(states[0]?.inputs ?? [])]);
    expect(drawn.size).toBe(3);
    const exact = await drive(engine, adamw(), {
      shape: [M, N],
      start,
      gradients: gradients.slice(0, 1),
      learningRate: 0.01,
    });
    for (let i = 0; i < M; i++) {
      for (let j = 0; j < N; j++) {
        const at = i * N + j;
        if (drawn.has(i)) expect(values[0]?.[at]).toBe(exact.values[0]?.[at]);
        else expect(Math.abs((values[0]?.[at] as number) - (start[at] as number))).toBeCloseTo(0.005, 6);
      }
    }
  });

  it("its step has full rank although its state is a part of Adam's", async () => {
    const { values, stateBytes } = await run({}, 0, gradients.slice(0, 1));
    const s = singularValues(matrixFrom(M, N, difference(start, values[0] ?? start)));
    expect((s[N - 1] ?? 0) / (s[0] ?? 1)).toBeGreaterThan(1e-2);
    expect(stateBytes).toBe(4 * 3 * (2 * N + 1));
    expect(frugal(defaults).stateBytes({ name: "w", shape: [M, N] })).toBe(stateBytes);
  });

  it("redraws with zero moments at steps 1, T + 1, ...", () => {
    const optimizer = frugal(defaults);
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].filter((step) => optimizer.refresh?.due(step))).toEqual([1, 5, 9]);
    const param = { name: "w", shape: [M, N] };
    const state = optimizer.init(param);
    const draws = [1, 5].map((step) => optimizer.refresh?.run({ param, gradient: start, state, step }) ?? {});
    for (const made of draws) {
      expect([...(made.m?.dataSync() ?? []), ...(made.v?.dataSync() ?? [])].every((x) => x === 0)).toBe(true);
    }
    expect([...(draws[0]?.inputs?.dataSync() ?? [])]).not.toEqual([...(draws[1]?.inputs?.dataSync() ?? [])]);
  });
});

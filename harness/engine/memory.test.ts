// Logical peaks of whole training steps against closed forms: a chain of square layers, h_l = h_(l-1) W_l with loss
// sum h_L^2. W, A and S are the bytes of a weight matrix, of a batch of activations and of a scalar. Backward makes
// dh_(l-1) before dW_l, so at dW_1, the last gradient, only the batch and dh_1 are left of the activations.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, LogicalPeak } from "./engine.ts";
import { hostOp } from "./host-op.ts";
import { openEngine } from "./open.ts";
import {
  add,
  dispose,
  keep,
  matMul,
  mul,
  type Scalar,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor2d,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from "./tensor.ts";

const LAYERS = 3;
const WIDTH = 16;
const BATCH = 2;
const W = 4 * WIDTH * WIDTH;
const A = 4 * BATCH * WIDTH;
const S = 4;

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine("onnx");
});
afterAll(() => engine.dispose());

const matrix = (rows: number): Tensor => tensor2d(new Float32Array(rows * WIDTH).fill(0.1), [rows, WIDTH]);

/** Variables of one part, kept alive by the caller. */
const variables = (part: "weights" | "optimizerState", count = LAYERS): Variable[] => {
  const made = Array.from({ length: count }, () => tidy(() => variable(matrix(WIDTH))));
  engine.tag(part, made);
  return made;
};

const forward = (weights: readonly Variable[], x: Tensor): Tensor =>
  weights.reduce((h: Tensor, w) => matMul(h, w), x);

/** Gradients of the loss of a new batch, all of them before any is used; batch and gradients are the caller's. */
function backward(weights: readonly Variable[], trained: readonly Variable[]) {
  const x = matrix(BATCH);
  const { value, grads } = variableGrads(() => sum(square(forward(weights, x))) as Scalar, [...trained]);
  const gradients = trained.map((w) => grads[w.name] as Tensor);
  engine.tag("gradients", gradients);
  return { x, loss: value, gradients };
}

const descend = (w: Variable, gradient: Tensor, rate: Tensor): void =>
  tidy(() => w.assign(sub(w, mul(gradient, rate))));

/** Adam on the host: weight and moments are written over, so the update needs nothing more. */
function adam(w: Variable, m: Variable, v: Variable, gradient: Tensor): void {
  const over = (input: number) => ({ shape: [WIDTH, WIDTH], dtype: "float32", over: input }) as const;
  tidy(() => {
    const [nextW, nextM, nextV] = hostOp(
      {
        name: "Adam",
        outputs: [over(0), over(1), over(2)],
        run: ([, , , g], [w1, m1, v1]) => {
          if (!g || !w1 || !m1 || !v1) throw new Error("missing buffer");
          for (let i = 0; i < g.length; i++) {
            m1[i] = 0.9 * (m1[i] ?? 0) + 0.1 * (g[i] ?? 0);
            v1[i] = 0.999 * (v1[i] ?? 0) + 0.001 * (g[i] ?? 0) ** 2;
            w1[i] = (w1[i] ?? 0) - (0.01 * (m1[i] ?? 0)) / (Math.sqrt(v1[i] ?? 0) + 1e-8);
          }
        },
      },
      [w, m, v, gradient],
    );
    w.assign(nextW as Tensor);
    m.assign(nextM as Tensor);
    v.assign(nextV as Tensor);
  });
}

async function peakOf(resident: Tensor[], step: () => Promise<void> | void): Promise<LogicalPeak> {
  const peak = await engine.measurePeak(async () => {
    await step();
    await engine.settle();
  }, resident);
  if (peak === null) throw new Error("onnx measures peaks");
  expect(Object.values(peak.parts).reduce((a, b) => a + b, 0)).toBe(peak.totalBytes);
  return peak;
}

describe("the logical peak of a training step", () => {
  it("of SGD is weights, gradients and what the last gradient is made of", async () => {
    const weights = variables("weights");
    const rate = scalar(0.1);
    const peak = await peakOf([...weights, rate], () => {
      const { x, gradients } = backward(weights, weights);
      for (const [i, w] of weights.entries()) descend(w, gradients[i] as Tensor, rate);
      dispose([x, ...gradients]);
    });
    expect(peak.parts).toEqual({
      weights: LAYERS * W,
      gradients: LAYERS * W,
      optimizerState: 0,
      // batch, dh_1, the loss, the rate
      activations: 2 * A + 2 * S,
    });
    expect(peak.at).toBe(`BatchMatMul[${WIDTH},${WIDTH}]`);
  });

  it("of Adam is higher by two moments a weight and by nothing else", async () => {
    const weights = variables("weights");
    const [first, second] = [variables("optimizerState"), variables("optimizerState")];
    const peak = await peakOf([...weights, ...first, ...second], () => {
      const { x, gradients } = backward(weights, weights);
      for (const [i, w] of weights.entries())
        adam(w, first[i] as Variable, second[i] as Variable, gradients[i] as Tensor);
      dispose([x, ...gradients]);
    });
    expect(peak.parts).toEqual({
      weights: LAYERS * W,
      gradients: LAYERS * W,
      optimizerState: 2 * LAYERS * W,
      activations: 2 * A + S,
    });
  });

  it("has one gradient when each layer is updated as soon as its gradient is there (LOMO)", async () => {
    const weights = variables("weights");
    const rate = scalar(0.1);
    const peak = await peakOf([...weights, rate], () =>
      tidy(() => {
        const hidden = [matrix(BATCH)];
        for (const w of weights) hidden.push(matMul(hidden.at(-1) as Tensor, w));
        let dh = hidden[LAYERS] as Tensor;
        keep(sum(square(dh)));
        for (let l = LAYERS; l >= 1; l--) {
          const w = weights[l - 1] as Variable;
          const below = l > 1 ? matMul(dh, w, false, true) : dh;
          const gradient = matMul(hidden[l - 1] as Tensor, dh, true);
          engine.tag("gradients", [gradient]);
          w.assign(sub(w, mul(gradient, rate)));
          dh = below;
        }
      }),
    );
    expect(peak.parts).toEqual({
      weights: LAYERS * W,
      gradients: W,
      optimizerState: 0,
      // At the top layer: the batch and the hidden layers below it, dh of both its sides, the loss, the rate.
      activations: (LAYERS + 2) * A + 2 * S,
    });
  });

  it("holds the sum so far beside the new gradients when two micro-batches are accumulated", async () => {
    const weights = variables("weights");
    const rate = scalar(0.1);
    const peak = await peakOf([...weights, rate], async () => {
      const first = backward(weights, weights);
      await engine.settle();
      first.x.dispose();
      const next = backward(weights, weights);
      for (const [i, w] of weights.entries())
        tidy(() => descend(w, add(first.gradients[i] as Tensor, next.gradients[i] as Tensor), rate));
      dispose([...first.gradients, ...next.gradients]);
    });
    expect(peak.parts).toEqual({
      weights: LAYERS * W,
      gradients: 2 * LAYERS * W,
      optimizerState: 0,
      // the second batch, its dh_1, both losses, the rate
      activations: 2 * A + 3 * S,
    });
  });

  it("of a frozen backbone has its weights, but no gradient, no state and no activation kept for them", async () => {
    const weights = variables("weights");
    const top = weights[LAYERS - 1] as Variable;
    const [first] = variables("optimizerState", 1);
    const [second] = variables("optimizerState", 1);
    const peak = await peakOf([...weights, first as Variable, second as Variable], () => {
      const { x, gradients } = backward(weights, [top]);
      adam(top, first as Variable, second as Variable, gradients[0] as Tensor);
      dispose([x, ...gradients]);
    });
    expect(peak.parts).toEqual({
      weights: LAYERS * W,
      gradients: W,
      optimizerState: 2 * W,
      // the top layer's input, dh of its output, the loss; the batch was last used by the first layer
      activations: 2 * A + S,
    });
  });
});

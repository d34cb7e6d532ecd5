// Logical in-place peak against programs whose memory is counted by hand.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, LogicalPeak } from "../engine.ts";
import { hostOp } from "../host-op.ts";
import { openEngine } from "../open.ts";
import { matMul, mul, neg, ones, sub, type Tensor, tidy, type Variable, variable } from "../tensor.ts";

const KB = 1024;
/** A float32 vector of one kilobyte. */
const kilobyte = () => ones([256]);

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine("onnx");
});
afterAll(() => engine.dispose());

const weight = (): Variable => {
  const made = tidy(() => variable(kilobyte()));
  engine.tag("weights", [made]);
  return made;
};

async function peakOf(resident: Tensor[], step: () => void): Promise<LogicalPeak> {
  const peak = await engine.measurePeak(async () => {
    step();
    await engine.settle();
  }, resident);
  if (peak === null) throw new Error("onnx measures peaks");
  const sum = Object.values(peak.parts).reduce((a, b) => a + b, 0);
  expect(sum).toBe(peak.totalBytes);
  return peak;
}

describe("the logical peak", () => {
  it("of gradient descent is weights and gradients: the update lies over both", async () => {
    const w = weight();
    const rate = ones([]);
    const peak = await peakOf([w, rate], () =>
      tidy(() => {
        const gradient = neg(w);
        engine.tag("gradients", [gradient]);
        w.assign(sub(w, mul(gradient, rate)));
      }),
    );
    expect(peak.totalBytes).toBe(2 * KB + 4);
    expect(peak.parts).toEqual({ weights: KB, gradients: KB, optimizerState: 0, activations: 4 });
    expect(peak.at).toBe("Neg[256]");
  });

  it("is lower when each layer is updated as soon as its gradient is there (LOMO order)", async () => {
    const layers = [weight(), weight(), weight(), weight()];
    const gradientOf = (w: Variable) => neg(w);
    const together = await peakOf(layers, () =>
      tidy(() => {
        const gradients = layers.map(gradientOf);
        for (const [i, w] of layers.entries()) w.assign(sub(w, gradients[i] as Tensor));
      }),
    );
    const fused = await peakOf(layers, () => {
      for (const w of layers) tidy(() => w.assign(sub(w, gradientOf(w))));
    });
    expect(together.totalBytes).toBe(8 * KB);
    expect(fused.totalBytes).toBe(5 * KB);
  });

  it("counts a frozen backbone that the step never touches, and its optimizer state not at all", async () => {
    const frozen = [weight(), weight(), weight()];
    const trained = weight();
    const peak = await peakOf([...frozen, trained], () =>
      tidy(() => trained.assign(sub(trained, neg(trained)))),
    );
    expect(peak.totalBytes).toBe(5 * KB);
    expect(peak.parts.weights).toBe(4 * KB);
    expect(peak.parts.optimizerState).toBe(0);
  });

  it("of a momentum step on the host is weights, state and gradient: nothing is doubled", async () => {
    const w = weight();
    const m = weight();
    engine.tag("optimizerState", [m]);
    const shape = [256];
    const peak = await peakOf([w, m], () =>
      tidy(() => {
        const gradient = neg(w);
        engine.tag("gradients", [gradient]);
        const [nextW, nextM] = hostOp(
          {
            name: "Momentum",
            outputs: [
              { shape, dtype: "float32", over: 0 },
              { shape, dtype: "float32", over: 1 },
            ],
            run: ([, m0, g], [w1, m1]) => {
              if (!m0 || !g || !w1 || !m1) throw new Error("missing buffer");
              for (let i = 0; i < g.length; i++) {
                m1[i] = 0.9 * (m0[i] ?? 0) + (g[i] ?? 0);
                w1[i] = (w1[i] ?? 0) - (m1[i] ?? 0);
              }
            },
          },
          [w, m, gradient],
        );
        w.assign(nextW as never);
        m.assign(nextM as never);
      }),
    );
    expect(peak.parts).toEqual({ weights: KB, gradients: KB, optimizerState: KB, activations: 0 });
    // The tag went over with the buffer: the next step counts the same without tagging again.
    const next = await peakOf([w, m], () => tidy(() => neg(w)));
    expect(next.parts.weights).toBe(KB);
    expect(next.parts.optimizerState).toBe(KB);
  });

  it("counts accumulated gradients that live over several settles", async () => {
    const w = weight();
    const peak = await engine.measurePeak(async () => {
      const first = neg(w);
      engine.tag("gradients", [first]);
      await engine.settle();
      // first (1) + w (1) + two activations of the second micro-batch
      const second = tidy(() => mul(neg(w), sub(w, w)));
      await engine.settle();
      first.dispose();
      second.dispose();
    }, [w]);
    expect(peak?.totalBytes).toBe(4 * KB);
    expect(peak?.parts).toEqual({ weights: KB, gradients: KB, optimizerState: 0, activations: 2 * KB });
  });

  it("of a chain is two links, however long; of a chain whose links are kept, all of them", async () => {
    const a = kilobyte();
    const chain = await peakOf([a], () => tidy(() => neg(neg(neg(neg(neg(a))))).dispose()));
    expect(chain.totalBytes).toBe(KB);
    const alive = await peakOf([a], () => tidy(() => neg(neg(neg(neg(neg(a)))))));
    expect(alive.totalBytes).toBe(2 * KB);
    const kept: Tensor[] = [];
    const all = await peakOf([a], () => {
      for (let i = 0; i < 5; i++) kept.push(neg(kept.at(-1) ?? a));
    });
    expect(all.totalBytes).toBe(6 * KB);
  });

  it("gives a result memory of its own when no operand of its size dies", async () => {
    const a = ones([16, 16]);
    const b = ones([16, 32]);
    // a (1), b (2), neg a (1), product (2): nothing of the product's size dies at it.
    const peak = await peakOf([a, b], () => tidy(() => matMul(neg(a), b)));
    expect(peak.totalBytes).toBe(6 * KB);
    expect(peak.at).toBe("BatchMatMul[16,32]");
  });
});

import { describe, expect, it } from "vitest";
import type { Measured, Measurement, Results } from "./measurement.ts";
import { compare, lossGap, median, renderDocument, type Summary, summarise } from "./report.ts";

const round = (stepMs: number[], more: Partial<Measured> = {}): Measured => ({
  status: "measured",
  library: "library 1",
  parameters: 10,
  stepMs,
  cpuMs: 2,
  engineMs: null,
  firstStepMs: 9,
  gemmGflops: 80,
  losses: [2, 1],
  peakBytes: 3_000_000,
  ...more,
});

const results = (onnx: Measurement[], pytorch: Measurement[]): Results => ({
  date: "2026-01-02",
  machine: { cpu: "a processor", cores: 2, node: "v20.19.0", os: "a system" },
  load: [0.1, 0.2],
  rounds: onnx.length,
  budgetMs: 3000,
  models: [{ id: "mlp", what: "a perceptron", contenders: { onnx, pytorch } }],
});

const summary = (measurement: Measured): Summary => {
  const found = summarise([measurement]);
  if (typeof found === "string") throw new Error(found);
  return found;
};

describe("report of the engine benchmark", () => {
  it("takes the minimum and the median over the steps of all rounds", () => {
    const { minMs, medianMs, cpuMs } = summarise([round([5, 3, 9]), round([4], { cpuMs: 1 })]) as Summary;
    expect([minMs, medianMs, cpuMs]).toEqual([3, 4.5, 1]);
    expect(median([7, 1, 3])).toBe(3);
  });

  it("divides onnx by PyTorch, so that below 1 is faster and smaller", () => {
    const text = renderDocument(
      results([round([2, 4])], [round([4, 5], { cpuMs: 4, peakBytes: 6_000_000 })]),
    );
    expect(text).toContain("| `mlp` | 2.0 / 3.0 | 4.0 / 4.5 | **0.50** | 0.67 | 0.50 |");
    expect(text).toContain("| `mlp` | 10 | 3.0 | 6.0 | 0.50 |");
  });

  it("counts as recording what of the mean step is not inside the engine", () => {
    const { outsideMs } = summary(round([4, 6], { engineMs: 3.5 }));
    expect(outsideMs).toBe(1.5);
  });

  it("makes no ratio against a PyTorch without a fast BLAS, and says why", () => {
    const text = renderDocument(results([round([2])], [round([60], { gemmGflops: 4 })]));
    expect(text).toContain("| `mlp` | 2.0 / 2.0 | - | **-** |");
    expect(text).toMatch(/- pytorch, all models: a matrix product reaches 4 GFLOP\/s where onnx reaches 80/);
  });

  it("gives the reason of a contender that was skipped", () => {
    const text = renderDocument(results([round([2])], [{ status: "skipped", reason: "no PyTorch here" }]));
    expect(text).toContain("- pytorch, all models: no PyTorch here");
  });

  it("sees by parameters and losses that two models are not the same", () => {
    const one = summary(round([1]));
    expect(lossGap(one, summary(round([1], { losses: [2, 1.01] })))).toBeCloseTo(0.01, 10);
    expect(lossGap(one, summary(round([1], { parameters: 11 })))).toBe("10 parameters against 11");
    const [row] = compare(results([round([1])], [round([1], { losses: [2] })]));
    expect(row?.gap).toBe("2 losses against 1");
  });
});

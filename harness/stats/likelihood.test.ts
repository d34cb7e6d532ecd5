import { expect, it } from "vitest";
import { likelihoodMetrics } from "./likelihood.ts";

it("a uniform guess among V tokens has perplexity V, however tokens lie in windows", () => {
  const nats = Float32Array.of(10 * Math.log(50), 3 * Math.log(50));
  const found = likelihoodMetrics(nats, [10, 24, 3, 6]);
  expect(found.perplexity).toEqual({ value: expect.closeTo(50, 4) });
  expect(found["nats-per-token"]).toEqual({ value: expect.closeTo(Math.log(50), 6) });
  // 13 tokens of log2(50) bits for 30 characters.
  expect(found["bits-per-character"]).toEqual({ value: expect.closeTo((13 * Math.log2(50)) / 30, 6) });
});

it("tokens weigh alike: windows are added up before the mean is taken", () => {
  // 4 tokens of probability 1/2 and one of 1/32: 9 bits, so perplexity 2^(9/5); the mean of windows would be 2^3.
  const found = likelihoodMetrics(Float32Array.of(4 * Math.LN2, 5 * Math.LN2), [4, 4, 1, 1]);
  expect(found.perplexity).toEqual({ value: expect.closeTo(2 ** 1.8, 5) });
});

it("what has no value says why", () => {
  expect(likelihoodMetrics(new Float32Array(), []).perplexity).toEqual({ undefined: "no items" });
  expect(likelihoodMetrics(Float32Array.of(5_000), [2, 2]).perplexity).toEqual({
    undefined: "a score is not finite",
  });
  expect(() => likelihoodMetrics(Float32Array.of(1), [1])).toThrow(/counts/);
});

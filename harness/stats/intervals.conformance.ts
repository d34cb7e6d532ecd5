// What intervals and ranks are worth, by simulation: coverage of the 95 % interval of the mean over seeds, and how often
// equal methods are told apart. Seeds are fixed, so the numbers are the same on every machine.
import { expect, test } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { rankSamples, type Sample } from "./ranks.ts";
import { interval } from "./summary.ts";

/** [values, trials, lowest share that is accepted]; nominal coverage is 0.95, and 0.75 is all that 3 values can give. */
const COVERAGE = [
  [3, 4000, 0.73],
  [5, 3000, 0.91],
  [10, 400, 0.91],
] as const;

test.each(COVERAGE)(
  "the interval over %i normal seeds covers the mean as often as documented",
  (n, trials, least) => {
    const source = stream(7, "coverage", String(n));
    let hits = 0;
    for (let trial = 0; trial < trials; trial++) {
      const found = interval(Array.from({ length: n }, () => source.normal()));
      if (found !== null && found.low <= 0 && found.high >= 0) hits++;
    }
    const share = hits / trials;
    console.log(`coverage at n = ${n}: ${(100 * share).toFixed(1)} % of ${trials}`);
    expect(share).toBeGreaterThan(least);
    expect(share).toBeLessThanOrEqual(0.98);
  },
);

/** A test accuracy on 872 items: the seed's true rate, shared noise of the seed, and rounding to whole items. */
function equalMethods(count: number, seeds: number, trial: number): Sample[] {
  const source = stream(trial, "equal", String(count), String(seeds));
  const shared = Array.from({ length: seeds }, () => 0.005 * source.normal());
  return Array.from({ length: count }, (_, id) => ({
    id: String(id),
    bySeed: new Map(
      shared.map((common, seed) => [seed, Math.round(872 * (0.84 + common + 0.005 * source.normal())) / 872]),
    ),
  }));
}

test.each([
  [2, 3],
  [2, 5],
  [5, 3],
  [5, 5],
])("%i equal methods with %i seeds: A beats B falsely on at most one board in twenty", (count, seeds) => {
  const trials = 8000;
  let ordered = 0;
  let anyone = 0;
  for (let trial = 0; trial < trials; trial++) {
    const ranks = rankSamples(equalMethods(count, seeds, trial), "higher").map((row) => row.rank);
    if (ranks.some((rank) => rank !== 1)) anyone++;
    if (ranks[0] === 1 && ranks[1] !== 1) ordered++;
  }
  console.log(
    `${count} equal methods, ${seeds} seeds: "A beats B" ${((100 * ordered) / trials).toFixed(2)} %, any pair ${((100 * anyone) / trials).toFixed(2)} %`,
  );
  expect(ordered / trials).toBeLessThanOrEqual(0.05);
  // Any false order on the board: nominally 5 %; two standard errors of 8,000 trials are half a point.
  expect(anyone / trials).toBeLessThanOrEqual(0.055);
});

test("a real difference of four standard deviations of a seed is found with five seeds", () => {
  let found = 0;
  const trials = 200;
  for (let trial = 0; trial < trials; trial++) {
    const [first, second] = equalMethods(2, 5, trial);
    if (first === undefined || second === undefined) throw new Error("two methods were made");
    const better: Sample = {
      id: "better",
      bySeed: new Map([...second.bySeed].map(([seed, value]) => [seed, value + 0.028])),
    };
    const ranks = rankSamples([first, better], "higher").map((row) => row.rank);
    if (ranks[0] === 2 && ranks[1] === 1) found++;
  }
  expect(found / trials).toBeGreaterThan(0.9);
});

// Which runs share an element and how long it may take: sums done by hand.
import { describe, expect, it } from "vitest";
import { grantedSeconds, type Packed, packArrays } from "./pack.ts";

const CPU = { cpus: 2, memoryMiB: 8192, gres: null };
const GPU = { cpus: 1, memoryMiB: null, gres: "gpu:h100:1" };
const run = (changes: Partial<Packed> = {}): Packed => ({
  expectedSeconds: 100,
  timeoutSeconds: 21_600,
  attempts: 0,
  resources: CPU,
  ...changes,
});

describe("the time of a run", () => {
  it("is three times the expected one and a minute, twice as much at each further attempt", () => {
    expect([0, 1, 2].map((attempts) => grantedSeconds(run({ attempts })))).toEqual([360, 720, 1440]);
  });

  it("is never more than the run's own timeout and a minute, in which it ends with a record", () => {
    expect(grantedSeconds(run({ timeoutSeconds: 120 }))).toBe(180);
    expect(grantedSeconds(run({ attempts: 40 }))).toBe(21_660);
    expect(grantedSeconds(run({ expectedSeconds: null }))).toBe(21_660);
    expect(grantedSeconds(run({ expectedSeconds: null, timeoutSeconds: null }))).toBeNull();
  });
});

describe("packing", () => {
  const options = { elementSeconds: 250, mostElements: 1000 };

  it("gives an element runs in their order until it is full, and an array one limit in powers of two", () => {
    const runs = Array.from({ length: 5 }, () => run());
    const [long, short, ...more] = packArrays(runs, options);
    expect(more).toEqual([]);
    // Two of 360 s are 12 minutes, one is 6.
    expect(long).toEqual({
      elements: [runs.slice(0, 2), runs.slice(2, 4)],
      resources: CPU,
      limitMinutes: 16,
    });
    expect(short).toEqual({ elements: [runs.slice(4)], resources: CPU, limitMinutes: 8 });
  });

  it("leaves a run alone that is longer than an element, or of unknown length", () => {
    const runs = [
      run({ expectedSeconds: 9000 }),
      run(),
      run({ expectedSeconds: null, timeoutSeconds: null }),
      run(),
    ];
    expect(
      packArrays(runs, options)
        .flatMap(({ elements }) => elements)
        .map((element) => element.length),
    ).toEqual([1, 1, 1, 1]);
    expect(packArrays(runs.slice(2, 3), options)).toMatchObject([{ limitMinutes: null }]);
  });

  it("never mixes machines in an array, and cuts arrays at the cluster's limit", () => {
    const runs = [run(), run({ resources: GPU }), run(), run({ resources: GPU })];
    const kinds = packArrays(runs, options);
    expect(kinds.map(({ resources, elements }) => [resources, elements.flat().length])).toEqual([
      [CPU, 2],
      [GPU, 2],
    ]);
    const many = packArrays(
      Array.from({ length: 7 }, () => run()),
      { elementSeconds: 1, mostElements: 3 },
    );
    expect(many.map(({ elements }) => elements.length)).toEqual([3, 3, 1]);
  });
});

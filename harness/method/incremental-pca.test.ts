import { describe, expect, it } from "vitest";
import { symmetricEigen } from "#harness/linalg/eigen.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { columnGram } from "#harness/linalg/multiply.ts";
import { stream } from "#harness/random/stream.ts";
import { incrementalPca } from "./incremental-pca.ts";
import { allocateRanks } from "./rank-allocation.ts";

const WIDTH = 6;
const random = stream(54, "pca");
/** 40 rows with mean 5 in one direction and unequal spread. */
const data = Array.from(
  { length: 40 * WIDTH },
  (_, i) => (i % WIDTH === 2 ? 5 : 0) + random.normal() * (1 + (i % WIDTH)),
);

/** Eigenvalues of the centred scatter matrix: squared singular values of the centred data. */
function scatter(values: readonly number[]) {
  const rows = values.length / WIDTH;
  const mean = Array.from(
    { length: WIDTH },
    (_, j) => values.filter((_, i) => i % WIDTH === j).reduce((a, b) => a + b, 0) / rows,
  );
  return symmetricEigen(
    columnGram(
      matrixFrom(
        rows,
        WIDTH,
        values.map((x, i) => x - (mean[i % WIDTH] as number)),
      ),
    ),
  );
}

describe("incrementalPca", () => {
  it("in 5 batches with all components equals the decomposition of the whole centred data; ratios add up to 1", () => {
    const pca = incrementalPca(WIDTH, WIDTH);
    for (let start = 0; start < 40; start += 8)
      expect(pca.add(data.slice(start * WIDTH, (start + 8) * WIDTH))).toBe(true);
    const found = pca.components();
    const { values, vectors } = scatter(data);
    for (let k = 0; k < WIDTH; k++) {
      expect((found?.singularValues[k] ?? 0) ** 2).toBeCloseTo(values[k] ?? 0, 6);
      let cosine = 0;
      for (let j = 0; j < WIDTH; j++)
        cosine += (found?.rows.data[k * WIDTH + j] as number) * (vectors.data[j * WIDTH + k] as number);
      expect(Math.abs(cosine)).toBeCloseTo(1, 8);
    }
    expect(found?.ratios.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
  });

  it("removes the mean: data that only has a mean has no variance", () => {
    const pca = incrementalPca(2, 1);
    pca.add([3, 4, 3, 4, 3, 4]);
    pca.add([3, 4, 3, 4]);
    expect(pca.components()?.singularValues[0]).toBeLessThan(1e-12);
    expect([...(pca.components()?.ratios ?? [])]).toEqual([0]);
  });

  it("skips a batch of fewer rows than components, and makes the largest entry of each row positive", () => {
    const pca = incrementalPca(WIDTH, 3);
    expect(pca.add(data.slice(0, 2 * WIDTH))).toBe(false);
    expect(pca.components()).toBeUndefined();
    pca.add(data);
    const rows = pca.components()?.rows;
    for (let k = 0; k < 3; k++) {
      const row = Array.from(rows?.data.subarray(k * WIDTH, (k + 1) * WIDTH) ?? []);
      expect(Math.max(...row)).toBe(Math.max(...row.map(Math.abs)));
    }
  });
});

describe("allocateRanks", () => {
  it("gives the budget to the best components over all maps, ties to the earlier map", () => {
    expect(
      allocateRanks(
        [
          [0.5, 0.2, 0.1],
          [0.9, 0.05, 0.01],
          [0.3, 0.2, 0.2],
        ],
        5,
      ),
    ).toEqual([2, 1, 2]);
    expect(
      allocateRanks(
        [
          [0.4, 0.4],
          [0.4, 0.4],
        ],
        3,
      ),
    ).toEqual([2, 1]);
    expect(allocateRanks([[1], [1]], 9)).toEqual([1, 1]);
  });
});

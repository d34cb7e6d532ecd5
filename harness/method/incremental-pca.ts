// Principal components of rows that arrive in batches (Ross et al. 2008, as scikit-learn and peft do it): centred, with the
// share of the variance that each component explains. Double precision.
import { type Matrix, matrixFrom } from "#harness/linalg/matrix.ts";
import { truncatedSvd } from "#harness/linalg/truncated-svd.ts";

export interface Components {
  /** [count, width], orthonormal rows, most variance first; the largest entry of each row is positive. */
  readonly rows: Matrix;
  readonly singularValues: Float64Array;
  /** Singular value squared over the sum of squares in all directions, so far; 0 where nothing varies. */
  readonly ratios: Float64Array;
}

export interface IncrementalPca {
  /** Adds a batch of rows [rows, width], row-major. One with fewer rows than components is refused with `false`. */
  add(values: ArrayLike<number>): boolean;
  /** Undefined before the first batch. */
  components(): Components | undefined;
}

function flipRows(rows: Matrix): Matrix {
  const data = rows.data.slice();
  for (let k = 0; k < rows.rows; k++) {
    const row = data.subarray(k * rows.cols, (k + 1) * rows.cols);
    const largest = row.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0);
    if (largest < 0) for (let j = 0; j < row.length; j++) row[j] = -(row[j] as number);
  }
  return { ...rows, data };
}

/** Tracks the leading `count` components of rows of `width` numbers. */
export function incrementalPca(width: number, count: number): IncrementalPca {
  let seen = 0;
  let squares = 0;
  const mean = new Float64Array(width);
  let kept: Components | undefined;
  return {
    components: () => kept,
    add(values) {
      const rows = values.length / width;
      if (rows < count) return false;
      const centre = new Float64Array(width);
      for (let i = 0; i < values.length; i++)
        centre[i % width] = (centre[i % width] as number) + (values[i] as number) / rows;
      // Stacked: what is known as diag(S) V, the centred batch, and one row for the move of the mean.
      const stacked: number[] = [];
      if (kept !== undefined) {
        for (let i = 0; i < kept.rows.data.length; i++) {
          stacked.push(
            (kept.singularValues[Math.floor(i / width)] as number) * (kept.rows.data[i] as number),
          );
        }
      }
      for (let i = 0; i < values.length; i++) {
        const x = (values[i] as number) - (centre[i % width] as number);
        squares += x * x;
        stacked.push(x);
      }
      if (kept !== undefined) {
        const factor = Math.sqrt((seen * rows) / (seen + rows));
        for (let j = 0; j < width; j++) {
          const g = factor * ((mean[j] as number) - (centre[j] as number));
          squares += g * g;
          stacked.push(g);
        }
      }
      for (let j = 0; j < width; j++)
        mean[j] = (seen * (mean[j] as number) + rows * (centre[j] as number)) / (seen + rows);
      seen += rows;
      const { s, v } = truncatedSvd(matrixFrom(stacked.length / width, width, stacked), count);
      const found = Math.min(count, s.length);
      const data = Float64Array.from(
        { length: found * width },
        (_, i) => v.data[(i % width) * v.cols + Math.floor(i / width)] as number,
      );
      const singularValues = s.slice(0, found);
      kept = {
        rows: flipRows({ rows: found, cols: width, data }),
        singularValues,
        ratios: singularValues.map((value) => (squares === 0 ? 0 : (value * value) / squares)),
      };
      return true;
    },
  };
}

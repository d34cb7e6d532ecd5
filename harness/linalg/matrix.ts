// The matrix of the host linear algebra: row-major doubles with a shape, and what only moves entries around.
// Arithmetic that costs more than one pass lives in multiply.ts; nothing here may know of decompositions.

/** A dense matrix: entry (i, j) is `data[i * cols + j]`. Functions of this folder never write to an argument. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

function checkSide(side: number, name: string): void {
  if (!Number.isInteger(side) || side < 0)
    throw new RangeError(`matrix ${name} is ${side}, not a whole number`);
}

/** A matrix of zeros. */
export function zeros(rows: number, cols: number): Matrix {
  checkSide(rows, "rows");
  checkSide(cols, "cols");
  return { rows, cols, data: new Float64Array(rows * cols) };
}

/** A copy of row-major values (a plain array, Float32Array or Float64Array of `rows * cols` numbers) as doubles. */
export function matrixFrom(rows: number, cols: number, values: ArrayLike<number>): Matrix {
  const result = zeros(rows, cols);
  if (values.length !== rows * cols) {
    throw new RangeError(`a ${rows} x ${cols} matrix needs ${rows * cols} values, got ${values.length}`);
  }
  result.data.set(values);
  return result;
}

/** Rows written out, for small matrices: `fromRows([[1, 2], [3, 4]])`. */
export function fromRows(rows: readonly (readonly number[])[]): Matrix {
  const cols = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== cols)) throw new RangeError("rows of a matrix differ in length");
  return matrixFrom(rows.length, cols, rows.flat());
}

/** The entries rounded to single precision, row-major: what an engine's tensor takes. */
export function toFloat32(a: Matrix): Float32Array {
  return Float32Array.from(a.data);
}

export function identity(n: number): Matrix {
  return diagonal(new Float64Array(n).fill(1));
}

/** A matrix with `values` on its diagonal; square unless a shape is given. */
export function diagonal(values: ArrayLike<number>, rows = values.length, cols = values.length): Matrix {
  const result = zeros(rows, cols);
  const count = Math.min(rows, cols, values.length);
  for (let i = 0; i < count; i++) result.data[i * cols + i] = values[i] as number;
  return result;
}

/** Entry (i, j); outside of the matrix a RangeError. For tests and cold paths: loops read `data`. */
export function entry(a: Matrix, i: number, j: number): number {
  const value = i < 0 || i >= a.rows || j < 0 || j >= a.cols ? undefined : a.data[i * a.cols + j];
  if (value === undefined) throw new RangeError(`no entry (${i}, ${j}) in a ${a.rows} x ${a.cols} matrix`);
  return value;
}

export function transpose(a: Matrix): Matrix {
  const result = zeros(a.cols, a.rows);
  const { rows, cols, data } = a;
  const out = result.data;
  // 16 x 16 tiles: both sides of a tile stay in the first-level cache (3 times faster at 512 x 512 than row by row).
  for (let i0 = 0; i0 < rows; i0 += 16) {
    const i1 = Math.min(rows, i0 + 16);
    for (let j0 = 0; j0 < cols; j0 += 16) {
      const j1 = Math.min(cols, j0 + 16);
      for (let i = i0; i < i1; i++) {
        for (let j = j0; j < j1; j++) out[j * rows + i] = data[i * cols + j] as number;
      }
    }
  }
  return result;
}

function checkRange(start: number, end: number, size: number, what: string): void {
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > size) {
    throw new RangeError(`${what} ${start}..${end} are not within 0..${size}`);
  }
}

/** Rows `start` to `end` (exclusive), as a copy. */
export function rowSlice(a: Matrix, start: number, end: number): Matrix {
  checkRange(start, end, a.rows, "rows");
  return { rows: end - start, cols: a.cols, data: a.data.slice(start * a.cols, end * a.cols) };
}

/** Columns `start` to `end` (exclusive), as a copy. */
export function columnSlice(a: Matrix, start: number, end: number): Matrix {
  checkRange(start, end, a.cols, "columns");
  const result = zeros(a.rows, end - start);
  for (let i = 0; i < a.rows; i++) {
    result.data.set(a.data.subarray(i * a.cols + start, i * a.cols + end), i * result.cols);
  }
  return result;
}

/** `factor * a`. */
export function scale(a: Matrix, factor: number): Matrix {
  return { rows: a.rows, cols: a.cols, data: a.data.map((x) => x * factor) };
}

/** diag(factors) a: row i times `factors[i]`. */
export function scaleRows(a: Matrix, factors: ArrayLike<number>): Matrix {
  if (factors.length !== a.rows) throw new RangeError(`${factors.length} factors for ${a.rows} rows`);
  return {
    rows: a.rows,
    cols: a.cols,
    data: a.data.map((x, i) => x * (factors[Math.floor(i / a.cols)] as number)),
  };
}

/** a diag(factors): column j times `factors[j]`. */
export function scaleColumns(a: Matrix, factors: ArrayLike<number>): Matrix {
  if (factors.length !== a.cols) throw new RangeError(`${factors.length} factors for ${a.cols} columns`);
  return { rows: a.rows, cols: a.cols, data: a.data.map((x, i) => x * (factors[i % a.cols] as number)) };
}

function checkSameShape(a: Matrix, b: Matrix): void {
  if (a.rows !== b.rows || a.cols !== b.cols) {
    throw new RangeError(`shapes differ: ${a.rows} x ${a.cols} and ${b.rows} x ${b.cols}`);
  }
}

export function add(a: Matrix, b: Matrix): Matrix {
  checkSameShape(a, b);
  return { rows: a.rows, cols: a.cols, data: a.data.map((x, i) => x + (b.data[i] as number)) };
}

export function subtract(a: Matrix, b: Matrix): Matrix {
  checkSameShape(a, b);
  return { rows: a.rows, cols: a.cols, data: a.data.map((x, i) => x - (b.data[i] as number)) };
}

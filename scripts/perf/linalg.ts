// Timings of harness/linalg on this machine: min and median of five calls, in milliseconds.
//   node --import tsx scripts/perf/linalg.ts
// Gaussian matrices are the worst case of the iterative path (a flat spectrum); the power law is like a gradient.
import { symmetricEigen, symmetricEigenvalues } from "#harness/linalg/eigen.ts";
import { type Matrix, matrixFrom, scaleColumns } from "#harness/linalg/matrix.ts";
import { multiply, multiplyABt, rowGram } from "#harness/linalg/multiply.ts";
import { qr } from "#harness/linalg/qr.ts";
import { singularVectors, svd } from "#harness/linalg/svd.ts";
import { leadingSubspace } from "#harness/linalg/truncated-svd.ts";
import { stream } from "#harness/random/stream.ts";

function gaussian(rows: number, cols: number): Matrix {
  const random = stream(0, "perf", String(rows), String(cols));
  return matrixFrom(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, () => random.normal()),
  );
}

/** Singular values 1 / i. */
function powerLaw(rows: number, cols: number): Matrix {
  const k = Math.min(rows, cols);
  const s = Float64Array.from({ length: k }, (_, i) => 1 / (i + 1));
  return multiplyABt(scaleColumns(qr(gaussian(rows, k)).q, s), qr(gaussian(cols, k)).q);
}

function time(name: string, run: () => unknown, flops?: number): void {
  const taken = Array.from({ length: 5 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const [min = 0, , median = 0] = taken;
  const rate = flops === undefined ? "" : `  ${(flops / min / 1e6).toFixed(1)} GFLOP/s`;
  console.log(
    `${name.padEnd(52)} min ${min.toFixed(0).padStart(5)}  median ${median.toFixed(0).padStart(5)}${rate}`,
  );
}

const square = gaussian(512, 512);
time("multiply 512 x 512 x 512", () => multiply(square, square), 2 * 512 ** 3);
time("multiplyABt 512 x 512 x 512", () => multiplyABt(square, square), 2 * 512 ** 3);

const matrices: [string, Matrix][] = [
  ["gaussian 512 x 512", square],
  ["gaussian 512 x 1536", gaussian(512, 1536)],
  ["power law 512 x 512", powerLaw(512, 512)],
  ["power law 512 x 1536", powerLaw(512, 1536)],
];
for (const [name, a] of matrices) {
  for (const rank of [8, 32]) {
    time(`leading subspace, ${name}, rank ${rank}`, () => leadingSubspace(a, rank, { side: "left" }));
  }
}
time("leading subspace, exact, gaussian 512 x 512, rank 32", () =>
  leadingSubspace(square, 32, { side: "left", mode: "exact" }),
);
for (const n of [256, 512]) {
  const a = gaussian(n, n);
  time(`svd ${n} x ${n}`, () => svd(a));
  time(`singular vectors of one side ${n} x ${n}`, () => singularVectors(a, "left"));
  time(`qr ${n} x ${n}`, () => qr(a));
}
const gram = rowGram(square);
time("symmetric eigen 512 x 512", () => symmetricEigen(gram));
time("symmetric eigenvalues 512 x 512", () => symmetricEigenvalues(gram));

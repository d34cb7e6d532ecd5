// Leading left singular vectors by randomised block Krylov iteration (Musco and Musco 2015, "Randomized Block Krylov
// Methods for Stronger and Faster Approximate Singular Value Decomposition", algorithm 2), grown block by block until the
// energy it holds stops growing. It needs far fewer products with A than power iteration, which forgets earlier blocks.
import type { Stream } from "#harness/random/stream.ts";
import { symmetricEigen, symmetricEigenvalues } from "./eigen.ts";
import { KrylovBasis } from "./krylov-basis.ts";
import { columnSlice, type Matrix, transpose } from "./matrix.ts";
import { sumOfSquares } from "./norms.ts";

/** Four vectors a block fill the tiles of the matrix product; more would lower the degree reached at equal size. */
const BLOCK = 4;
/** Growth over which the energy must have stood still; where it converges slowly one block shows too little. */
const WINDOW = 2 * BLOCK;
/** Growth from a random block before it is judged: enough for a missed direction to stand out. */
const PROBE = 3 * BLOCK;
/**
 * Growth over the window must fall below this part of the tolerance. What was still missing then was up to 2.3 times
 * that growth on the spectra tried (Gaussian, linear and power laws, steps, multiple values, noise floors).
 */
const SAFETY = 1 / 4;
/** Energy left that counts as nothing: rounding of the projection. */
const NOTHING = 1e-14;

export interface KrylovOptions {
  readonly stream: Stream;
  /** Excess of the energy outside over its least value, relative to it, that is good enough. */
  readonly tolerance: number;
}

/**
 * The leading left singular vectors of A [p, q] (entries of order 1, p <= q for the least work) as orthonormal ROWS
 * [rank, p], most energy first; rank <= p. A space that never stands still grows to all p directions, and is exact.
 *
 * Energy that stands still may also mean that the space is closed: a singular value of multiplicity above BLOCK shows
 * only BLOCK of its vectors. So a stop is granted only after a fresh random block, orthogonal to everything so far, has
 * grown to PROBE vectors without finding energy.
 */
export function krylovVectors(a: Matrix, rank: number, options: KrylovOptions): Matrix {
  const total = sumOfSquares(a);
  const basis = new KrylovBasis(a, options.stream);
  basis.appendRandom(BLOCK);
  const looks: Look[] = [];
  let nextLook = rank;
  let probeFrom: number | undefined;
  for (;;) {
    basis.multiplyNewest();
    if (basis.size < nextLook && !basis.full) {
      basis.appendRest();
      continue;
    }
    const energy = leadingSum(symmetricEigenvalues(basis.projection()), rank);
    const outside = total - energy;
    const since: number = probeFrom ?? basis.size - Math.max(WINDOW, Math.floor(basis.size / 10));
    const before = looks.findLast((look) => look.size <= since);
    looks.push({ size: basis.size, energy });
    const nothing = NOTHING * total;
    const still =
      before !== undefined &&
      energy - before.energy <= Math.max(SAFETY * options.tolerance * outside, nothing);
    if (outside <= nothing || basis.full || (still && probeFrom !== undefined)) break;
    if (still) {
      probeFrom = basis.size;
      nextLook = probeFrom + PROBE;
      basis.appendRandom(BLOCK);
    } else {
      probeFrom = undefined;
      // A look costs the eigenvalues of the projection: one at every tenth of growth stays below the cost of products.
      nextLook = Math.floor(1.1 * basis.size);
      basis.appendRest();
    }
  }
  const { vectors } = symmetricEigen(basis.projection());
  return basis.combine(transpose(columnSlice(vectors, 0, rank)));
}

/** The energy of the leading directions within the first `size` vectors. */
interface Look {
  readonly size: number;
  readonly energy: number;
}

function leadingSum(values: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i] as number;
  return sum;
}

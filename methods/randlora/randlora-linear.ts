// RandLoRA's map: a sum of n products of frozen random matrices, each scaled by two trained diagonals, of full rank in all.
// With d the smaller width, S[k, j, c] = lam[k, j] A[k, c] gam[j, c]; flattened over (rank, basis) it meets B in one product.
import type { Linear } from "#harness/nn/linear.ts";
import { addProduct, type MergeableLinear } from "#harness/nn/mergeable.ts";
import { add, matMul, mul, reshape, scalar, slice, type Tensor } from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";

/** One pair for all sites, never trained. */
export interface RandomBases {
  /** [r, dmax] */
  readonly a: Param;
  /** [Dmax, r, nmax]: rank outside basis, the order in which S is flattened. */
  readonly b: Param;
  readonly rank: number;
}

/** Bases that a map with smaller width d needs for full rank. */
export const basesFor = (d: number, rank: number): number => Math.ceil(d / rank);

export class RandLoraLinear implements MergeableLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base: Linear;
  readonly lam: Param;
  readonly gam: Param;
  readonly #bases: RandomBases;
  readonly #count: number;
  readonly #small: number;
  readonly #scale: number;

  /** Starts with lam 0 and gam 1 / max(n, d): no change of the map. */
  constructor(path: string, base: Linear, bases: RandomBases) {
    this.base = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.#bases = bases;
    this.#small = Math.min(base.inFeatures, base.outFeatures);
    this.#count = basesFor(this.#small, bases.rank);
    // alpha / (r sqrt(n)) with alpha = 2 r.
    this.#scale = 2 / Math.sqrt(this.#count);
    const [n, d, r] = [this.#count, this.#small, bases.rank];
    this.lam = new Param(`${path}.randlora.lam`, [r, n], new Float32Array(r * n), { role: "gate" });
    this.gam = new Param(`${path}.randlora.gam`, [n, d], new Float32Array(n * d).fill(1 / Math.max(n, d)), {
      role: "gate",
    });
  }

  params(): readonly Param[] {
    return [...this.base.params(), this.#bases.a, this.#bases.b, this.lam, this.gam];
  }

  apply(x: Tensor): Tensor {
    const [n, d, r] = [this.#count, this.#small, this.#bases.rank];
    const large = Math.max(this.inFeatures, this.outFeatures);
    const a = reshape(slice(this.#bases.a.variable, [0, 0], [r, d]), [r, 1, d]);
    const scaled = mul(mul(a, reshape(this.lam.variable, [r, n, 1])), reshape(this.gam.variable, [1, n, d]));
    const s = reshape(scaled, [r * n, d]);
    const b = reshape(slice(this.#bases.b.variable, [0, 0, 0], [large, r, n]), [large, r * n]);
    const branch =
      this.inFeatures === d ? matMul(matMul(x, s, false, true), b, false, true) : matMul(matMul(x, b), s);
    return add(this.base.apply(x), mul(branch, scalar(this.#scale)));
  }

  multiplyAdds(): number {
    return this.base.multiplyAdds() + this.#count * this.#bases.rank * (this.inFeatures + this.outFeatures);
  }

  /** The shared bases stay alive: they belong to all sites. */
  async merge(): Promise<Linear> {
    const [n, d, r] = [this.#count, this.#small, this.#bases.rank];
    const [weight, a, b, lam, gam] = await Promise.all(
      [this.base.weight, this.#bases.a, this.#bases.b, this.lam, this.gam].map((param) => param.read()),
    );
    if (!weight || !a || !b || !lam || !gam) throw new Error("randlora: five arrays");
    const [aStride, bStride] = [a.length / r, this.#bases.b.shape[2] ?? 0];
    const large = Math.max(this.inFeatures, this.outFeatures);
    const s = new Float64Array(r * n * d);
    const flat = new Float64Array(large * r * n);
    for (let k = 0; k < r; k++) {
      for (let j = 0; j < n; j++) {
        const row = k * n + j;
        for (let c = 0; c < d; c++) {
          s[row * d + c] = (lam[row] as number) * (a[k * aStride + c] as number) * (gam[j * d + c] as number);
        }
        for (let i = 0; i < large; i++) flat[i * r * n + row] = b[(i * r + k) * bStride + j] as number;
      }
    }
    const turn = (values: Float64Array, columns: number): Float64Array => {
      const rows = values.length / columns;
      return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)] as number);
    };
    const merged =
      this.inFeatures === d
        ? addProduct(weight, this.#scale, turn(s, d), turn(flat, r * n), r * n)
        : addProduct(weight, this.#scale, flat, s, r * n);
    this.base.weight.load(merged);
    this.lam.dispose();
    this.gam.dispose();
    return this.base;
  }
}

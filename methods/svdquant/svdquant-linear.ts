// SVDQuant's map: a 16-bit low-rank branch on the scaled input, and a 4-bit kernel on the rounded one. Rounding is simulated
// in float; `stored` tells what a deployed file would hold.
import type { Linear } from "#harness/nn/linear.ts";
import type { LinearModule, StoredPart } from "#harness/nn/module.ts";
import {
  abs,
  add,
  concat,
  div,
  equal,
  matMul,
  max,
  mul,
  onesLike,
  reshape,
  round,
  scalar,
  slice,
  type Tensor,
  where,
  zeros,
} from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";

/** What maps with the same input share. */
export interface SharedInput {
  /** Divides the input, [in]. */
  readonly lambda: Param;
  /** Down-projection of the branch, [in, rank]; null at rank 0. */
  readonly down: Param | null;
  /** Added to the input before anything else, so that it is non-negative. */
  readonly shift: number;
  readonly unsigned: boolean;
  readonly group: number;
  readonly roundInputs: boolean;
}

export interface SvdquantValues {
  /** Rounded residual [in, out], branch [rank, out], bias [out] corrected for the shift. */
  readonly residual: Float32Array;
  readonly up: Float32Array | null;
  readonly bias: Float32Array;
  /** Whether this map's file holds the shared parts. */
  readonly first: boolean;
}

export class SvdquantLinear implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly residual: Param;
  readonly up: Param | null;
  readonly bias: Param;
  readonly #shared: SharedInput;
  readonly #first: boolean;

  /** Takes the place of a dense map, whose parameters are released. */
  constructor(
    path: string,
    base: Linear,
    shared: SharedInput,
    { residual, up, bias, first }: SvdquantValues,
  ) {
    const frozen = { role: "matrix", trainable: false } as const;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.#shared = shared;
    this.#first = first;
    this.residual = new Param(`${path}.residual`, [base.inFeatures, base.outFeatures], residual, frozen);
    const rank = shared.down?.shape[1] ?? 0;
    this.up = up === null ? null : new Param(`${path}.up`, [rank, base.outFeatures], up, frozen);
    this.bias = new Param(`${path}.bias`, [base.outFeatures], bias, { role: "bias", trainable: false });
    for (const param of base.params()) param.dispose();
  }

  params(): readonly Param[] {
    const { lambda, down } = this.#shared;
    return [lambda, down, this.residual, this.up, this.bias].filter((param) => param !== null);
  }

  apply(x: Tensor): Tensor {
    const { lambda, down, shift, roundInputs } = this.#shared;
    const scaled = div(shift === 0 ? x : add(x, scalar(shift)), lambda.variable);
    const main = matMul(roundInputs ? this.#rounded(scaled) : scaled, this.residual.variable);
    const y = add(main, this.bias.variable);
    return down === null || this.up === null
      ? y
      : add(y, matMul(matMul(scaled, down.variable), this.up.variable));
  }

  #rounded(x: Tensor): Tensor {
    const { group, unsigned } = this.#shared;
    const [rows = 0, width = 0] = x.shape;
    const groups = Math.ceil(width / group);
    const short = groups * group - width;
    const padded = short === 0 ? x : concat([x, zeros([rows, short])], 1);
    const parts = reshape(padded, [rows, groups, group]);
    const magnitude = max(abs(parts), -1, true);
    const divisor = where(equal(magnitude, scalar(0)), onesLike(magnitude), magnitude);
    const top = scalar(unsigned ? 15 : 7);
    const codes = round(mul(div(parts, divisor), top));
    const back = reshape(div(mul(codes, magnitude), top), [rows, groups * group]);
    return short === 0 ? back : slice(back, [0, 0], [rows, width]);
  }

  multiplyAdds(): number {
    const rank = this.#shared.down?.shape[1] ?? 0;
    return this.inFeatures * this.outFeatures + rank * (this.inFeatures + this.outFeatures);
  }

  stored(): readonly StoredPart[] {
    const { lambda, down, group } = this.#shared;
    const part = (param: Param, bits: number): StoredPart => ({ what: param.name, count: param.size, bits });
    const groups = Math.ceil(this.inFeatures / group);
    return [
      part(this.residual, 4),
      { what: `${this.residual.name}.scales`, count: groups * this.outFeatures, bits: 16, auxiliary: true },
      part(this.bias, 32),
      ...(this.up === null ? [] : [part(this.up, 16)]),
      ...(this.#first
        ? [{ ...part(lambda, 16), auxiliary: true }, ...(down === null ? [] : [part(down, 16)])]
        : []),
    ];
  }
}

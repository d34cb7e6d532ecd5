// DSFormer's map: the kernel's inputs are cut into blocks, each the product of sparse codes and a small dense basis. While
// training, a latent dense kernel gets the gradient of the product straight through and the factors follow it.

import { detached } from "#harness/nn/detach.ts";
import type { Linear } from "#harness/nn/linear.ts";
import type { LinearModule, StoredPart } from "#harness/nn/module.ts";
import {
  add,
  div,
  matMul,
  mul,
  reshape,
  scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  transpose,
} from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import { topKRows } from "#harness/nn/top-k-rows.ts";
import type { Blocked } from "./factorise.ts";

export interface Shape {
  /** Width of a block of inputs, atoms a block, non-zeros a row and block. */
  readonly width: number;
  readonly atoms: number;
  readonly nonZeros: number;
}

export class DsLinear implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** The latent kernel while training; the product itself once deployed. */
  readonly latent: Linear;
  /** [g, out, m] and [g, m, w], moved by `follow`, never by the optimizer. */
  readonly codes: Param;
  readonly basis: Param;
  readonly shape: Shape;
  #deployed = false;

  constructor(path: string, base: Linear, shape: Shape, blocks: readonly Blocked[]) {
    this.latent = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.shape = shape;
    const frozen = { role: "factor", trainable: false } as const;
    const flat = (pick: (block: Blocked) => Float64Array) =>
      Float32Array.from(blocks.flatMap((block) => [...pick(block)]));
    const [g, m, w] = [blocks.length, shape.atoms, shape.width];
    this.codes = new Param(
      `${path}.codes`,
      [g, base.outFeatures, m],
      flat(({ s }) => s.data),
      frozen,
    );
    this.basis = new Param(
      `${path}.basis`,
      [g, m, w],
      flat(({ d }) => d.data),
      frozen,
    );
  }

  params(): readonly Param[] {
    return [...this.latent.params(), this.codes, this.basis];
  }

  /** The product as a kernel [in, out]. */
  product(): Tensor {
    const blocks = matMul(this.codes.variable, this.basis.variable);
    return reshape(transpose(blocks, [0, 2, 1]), [this.inFeatures, this.outFeatures]);
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const kernel = this.#deployed ? this.latent.weight.variable : this.#kernel(pass.training);
    const y = matMul(x, kernel);
    return this.latent.bias === null ? y : add(y, this.latent.bias.variable);
  }

  #kernel(training: boolean): Tensor {
    const latent = this.latent.weight.variable;
    return training
      ? add(
          latent,
          detached(() => sub(this.product(), latent)),
        )
      : this.product();
  }

  /**
   * One step of the factors towards the latent kernel: codes by a gradient step and a hard threshold, the basis by a
   * gradient step, atoms back to unit length. `stepSizes` [g]: 1 over the squared spectral norm of each basis.
   */
  follow(stepSizes: readonly number[], basisRate: number): void {
    const [g, w] = [stepSizes.length, this.shape.width];
    const [s0, d0] = [this.codes.variable, this.basis.variable];
    const next = tidy(() => {
      const wanted = transpose(reshape(this.latent.weight.variable, [g, w, this.outFeatures]), [0, 2, 1]);
      const mu = tensor(Float32Array.from(stepSizes), [g, 1, 1]);
      const moved = add(s0, mul(matMul(sub(wanted, matMul(s0, d0)), d0, false, true), mu));
      const s1 = topKRows(moved, this.shape.nonZeros);
      const pull = matMul(s1, sub(matMul(s1, d0), wanted), true, false);
      const d1 = sub(d0, mul(pull, scalar(basisRate / this.outFeatures)));
      const norms = sqrt(add(sum(square(d1), -1, true), scalar(1e-12)));
      return [mul(s1, transpose(norms, [0, 2, 1])), div(d1, norms)];
    });
    const [codes, basis] = next;
    if (codes === undefined || basis === undefined) throw new Error("dsformer: two factors");
    this.codes.assign(codes);
    this.basis.assign(basis);
  }

  /** Puts factors of the host in place. */
  load(blocks: readonly Blocked[]): void {
    this.codes.load(Float32Array.from(blocks.flatMap(({ s }) => [...s.data])));
    this.basis.load(Float32Array.from(blocks.flatMap(({ d }) => [...d.data])));
  }

  /** From now on the product, composed once, is what runs; `stored` says what a file would hold. */
  deploy(): void {
    this.latent.weight.assign(tidy(() => this.product()));
    this.#deployed = true;
  }

  get deployed(): boolean {
    return this.#deployed;
  }

  multiplyAdds(): number {
    const { atoms, nonZeros, width } = this.shape;
    return atoms * this.inFeatures + (this.inFeatures / width) * nonZeros * this.outFeatures;
  }

  stored(): readonly StoredPart[] {
    const { atoms, nonZeros, width } = this.shape;
    const entries = (this.inFeatures / width) * nonZeros * this.outFeatures;
    const { bias } = this.latent;
    return [
      { what: this.basis.name, count: atoms * this.inFeatures, bits: 32 },
      { what: this.codes.name, count: entries, bits: 32 },
      {
        what: `${this.codes.name}.indices`,
        count: entries,
        bits: Math.ceil(Math.log2(atoms)),
        auxiliary: true,
      },
      ...(bias === null ? [] : [{ what: bias.name, count: bias.size, bits: 32 }]),
    ];
  }
}

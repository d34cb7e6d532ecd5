// A dense map with LoRA's product cut in n blocks that share one down-projection: y = x W + b + s (x A)(B_1 + ... + B_n)
// (card 13, first reading), or whose input is cut and shares it (second reading, `chunk`).

import { dropout } from "#harness/nn/dropout.ts";
import type { Linear } from "#harness/nn/linear.ts";
import { addProduct, type MergeableLinear } from "#harness/nn/mergeable.ts";
import { add, addN, matMul, mul, reshape, scalar, sum, type Tensor } from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";

export interface BlockOptions {
  readonly scale: number;
  /** Probability of zeroing an input of the branch while training. */
  readonly dropout: number;
  /** One mask for all blocks, as the paper's sum asks for, or a mask for each, which breaks their symmetry. */
  readonly masks: "shared" | "independent";
  /** Start of A [in, inner]. */
  readonly a: Float32Array;
  readonly inner: number;
  /** Up-projections of [inner, out], which start at zero. */
  readonly blocks: number;
}

abstract class Branch implements MergeableLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base: Linear;

  constructor(base: Linear) {
    this.base = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
  }

  abstract own(): readonly Param[];
  abstract apply(x: Tensor, pass: Pass): Tensor;
  abstract multiplyAdds(): number;
  /** The branch as factors of one product, [in, inner] and [inner, out]. */
  abstract factors(): Promise<{
    readonly a: ArrayLike<number>;
    readonly b: ArrayLike<number>;
    readonly inner: number;
  }>;
  abstract readonly scale: number;

  params(): readonly Param[] {
    return [...this.base.params(), ...this.own()];
  }

  async merge(): Promise<Linear> {
    const { a, b, inner } = await this.factors();
    this.base.weight.load(addProduct(await this.base.weight.read(), this.scale, a, b, inner));
    for (const param of this.own()) param.dispose();
    return this.base;
  }
}

export class BlockLinear extends Branch {
  readonly a: Param;
  readonly ups: readonly Param[];
  readonly scale: number;
  readonly #options: BlockOptions;

  constructor(path: string, base: Linear, options: BlockOptions) {
    super(base);
    const { inner, blocks } = options;
    this.#options = options;
    this.scale = options.scale;
    this.a = new Param(`${path}.block.a`, [base.inFeatures, inner], options.a, { role: "factor" });
    this.ups = Array.from(
      { length: blocks },
      (_, at) =>
        new Param(
          `${path}.block.b.${at}`,
          [inner, base.outFeatures],
          new Float32Array(inner * base.outFeatures),
          { role: "factor" },
        ),
    );
  }

  own(): readonly Param[] {
    return [this.a, ...this.ups];
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const { masks, dropout: rate } = this.#options;
    const down = () => matMul(dropout(x, rate, pass), this.a.variable);
    const branch =
      masks === "shared"
        ? matMul(down(), total(this.ups.map((up) => up.variable)))
        : total(this.ups.map((up) => matMul(down(), up.variable)));
    return add(this.base.apply(x), mul(branch, scalar(this.scale)));
  }

  /** The blocks are summed once a step, not once a row. */
  multiplyAdds(): number {
    return this.base.multiplyAdds() + this.#options.inner * (this.inFeatures + this.outFeatures);
  }

  async factors() {
    const ups = await Promise.all(this.ups.map((up) => up.read()));
    const b = Float64Array.from(ups[0] ?? [], (_, at) =>
      ups.reduce((sum, up) => sum + (up[at] as number), 0),
    );
    return { a: await this.a.read(), b, inner: this.#options.inner };
  }
}

/** Sum of tensors; one alone stays itself, so that a single block is LoRA to the bit. */
const total = (tensors: readonly Tensor[]): Tensor => {
  const [first] = tensors;
  if (first === undefined) throw new Error("no blocks");
  return tensors.length === 1 ? first : addN([...tensors]);
};

/** Second reading: x = [x_1 ... x_n], all parts go down through one A [in / n, rank]: y = ... + s ((x_1 + ... + x_n) A) B. */
export class ChunkLinear extends Branch {
  readonly a: Param;
  readonly b: Param;
  readonly scale: number;
  readonly #options: Omit<BlockOptions, "masks">;

  /** `options.inner` is the rank; `options.a` [in / blocks, inner]. */
  constructor(path: string, base: Linear, options: Omit<BlockOptions, "masks">) {
    super(base);
    const { inner, blocks } = options;
    this.#options = options;
    this.scale = options.scale;
    this.a = new Param(`${path}.chunk.a`, [base.inFeatures / blocks, inner], options.a, { role: "factor" });
    this.b = new Param(
      `${path}.chunk.b`,
      [inner, base.outFeatures],
      new Float32Array(inner * base.outFeatures),
      { role: "factor" },
    );
  }

  own(): readonly Param[] {
    return [this.a, this.b];
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const { blocks, dropout: rate } = this.#options;
    const parts = reshape(dropout(x, rate, pass), [-1, blocks, this.inFeatures / blocks]);
    const branch = matMul(matMul(sum(parts, 1), this.a.variable), this.b.variable);
    return add(this.base.apply(x), mul(branch, scalar(this.scale)));
  }

  multiplyAdds(): number {
    const { blocks, inner } = this.#options;
    return this.base.multiplyAdds() + this.inFeatures + inner * (this.inFeatures / blocks + this.outFeatures);
  }

  async factors() {
    const a = await this.a.read();
    const tiled = new Float32Array(a.length * this.#options.blocks);
    for (let at = 0; at < this.#options.blocks; at++) tiled.set(a, at * a.length);
    return { a: tiled, b: await this.b.read(), inner: this.#options.inner };
  }
}

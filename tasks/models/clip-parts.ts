// What the towers of image-text models are built of: sites made from named weights, and the pre-norm transformer block.
// Knows no data set, no tokenizer and no particular checkpoint.
import { add, mul, reshape, type Tensor, transpose } from "#harness/engine/tensor.ts";
import { DotProductAttention } from "#harness/nn/attention.ts";
import { LayerNorm } from "#harness/nn/layer-norm.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { Inputs } from "#harness/nn/model.ts";
import { Param, type ParamRole } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import {
  type AttentionSite,
  applyLinear,
  type LinearPlace,
  type LinearRole,
  type LinearSite,
  type NormSite,
  type Site,
} from "#harness/nn/site.ts";

/** Weights by our names: maps `<path>.weight` [in, out] and `<path>.bias` [out]; norms `<path>.weight` and `.bias` [width]. */
export type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** An encoder of pictures or of class texts: rows of one width. */
export interface Tower {
  readonly sites: readonly Site[];
  /** Parameters at no site: positions, class tokens. */
  readonly own: readonly Param[];
  readonly width: number;
  /** Multiply-adds for one picture or one text. */
  multiplyAdds(): number;
}

/** Pictures `pixels` [B, S, S, 3], normalised as the tower wants them, to [B, width]. */
export interface ImageTower extends Tower {
  encode(inputs: Inputs, pass: Pass): Tensor;
}

/** The texts of all classes, which the tower holds, to [classes, width]. */
export interface TextTower extends Tower {
  readonly classes: number;
  encode(pass: Pass): Tensor;
}

export const place = (path: string, role: LinearRole, block: number | null = null): LinearPlace => ({
  kind: "linear",
  path,
  role,
  block,
});

/** The linear places of a pre-norm block, in model order. */
export const blockPlaces = (path: string, block: number): readonly LinearPlace[] => [
  place(`${path}.attention.query`, "query", block),
  place(`${path}.attention.key`, "key", block),
  place(`${path}.attention.value`, "value", block),
  place(`${path}.attention.output`, "attention-output", block),
  place(`${path}.ffn.in`, "ffn-in", block),
  place(`${path}.ffn.out`, "ffn-out", block),
];

/** Collects the sites of one tower in forward order, each with the module made from its weights. */
export class SiteMaker {
  readonly sites: Site[] = [];
  readonly own: Param[] = [];
  readonly #weights: Weights;
  readonly #places: readonly LinearPlace[];

  constructor(weights: Weights, places: readonly LinearPlace[]) {
    this.#weights = weights;
    this.#places = places;
  }

  take(name: string): { readonly shape: readonly number[]; readonly data: Float32Array } {
    const found = this.#weights.get(name);
    if (found === undefined) throw new Error(`no weight ${name}`);
    return found;
  }

  linear(path: string): LinearSite {
    const known = this.#places.find((each) => each.path === path);
    if (known === undefined) throw new Error(`no place ${path}`);
    const { shape, data } = this.take(`${path}.weight`);
    const bias = this.#weights.get(`${path}.bias`)?.data ?? null;
    const module = new Linear(path, shape[0] ?? 0, shape[1] ?? 0, { weight: data, bias });
    const site: LinearSite = { ...known, module };
    this.sites.push(site);
    return site;
  }

  norm(path: string, block: number | null, epsilon: number): NormSite {
    const gain = this.take(`${path}.weight`).data;
    const shift = this.take(`${path}.bias`).data;
    const module = new LayerNorm(path, gain.length, epsilon, { gain, shift });
    const site: NormSite = { kind: "norm", path, block, module };
    this.sites.push(site);
    return site;
  }

  attention(path: string, block: number, width: number): AttentionSite {
    const module = new DotProductAttention(width);
    const site: AttentionSite = { kind: "attention", path, block, module };
    this.sites.push(site);
    return site;
  }

  param(name: string, role: ParamRole): Param {
    const { shape, data } = this.take(name);
    const param = new Param(name, shape, data, { role });
    this.own.push(param);
    return param;
  }
}

export interface BlockOptions {
  readonly heads: number;
  readonly epsilon: number;
  activation(x: Tensor): Tensor;
}

/** A pre-norm transformer block: x + attention(norm(x)), then x + ffn(norm(x)). */
export class PreNormBlock {
  readonly #norm1: NormSite;
  readonly #maps: Readonly<Record<"query" | "key" | "value" | "output" | "in" | "out", LinearSite>>;
  readonly #attention: AttentionSite;
  readonly #norm2: NormSite;
  readonly #options: BlockOptions;
  readonly #width: number;

  constructor(make: SiteMaker, path: string, index: number, options: BlockOptions) {
    this.#options = options;
    this.#norm1 = make.norm(`${path}.norm1`, index, options.epsilon);
    this.#width = this.#norm1.module.width;
    const query = make.linear(`${path}.attention.query`);
    const key = make.linear(`${path}.attention.key`);
    const value = make.linear(`${path}.attention.value`);
    this.#attention = make.attention(`${path}.attention`, index, this.#width);
    const output = make.linear(`${path}.attention.output`);
    this.#norm2 = make.norm(`${path}.norm2`, index, options.epsilon);
    const into = make.linear(`${path}.ffn.in`);
    this.#maps = { query, key, value, output, in: into, out: make.linear(`${path}.ffn.out`) };
  }

  /** x [rows * tokens, width]; `bias` is added to the scores [rows, heads, tokens, tokens]. */
  apply(x: Tensor, rows: number, tokens: number, bias: Tensor, pass: Pass): Tensor {
    const { heads, activation } = this.#options;
    const { query, key, value, output, in: into, out } = this.#maps;
    const perHead = this.#width / heads;
    const split = (y: Tensor) => transpose(reshape(y, [rows, tokens, heads, perHead]), [0, 2, 1, 3]);
    const normed = this.#norm1.module.apply(x, pass);
    const mixed = this.#attention.module.apply(
      {
        query: split(mul(applyLinear(query, normed, pass), perHead ** -0.5)),
        key: split(applyLinear(key, normed, pass)),
        value: split(applyLinear(value, normed, pass)),
        bias,
      },
      pass,
    );
    const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [rows * tokens, this.#width]);
    const attended = add(applyLinear(output, joined, pass), x);
    const hidden = activation(applyLinear(into, this.#norm2.module.apply(attended, pass), pass));
    return add(applyLinear(out, hidden, pass), attended);
  }

  multiplyAdds(tokens: number): number {
    const maps = Object.values(this.#maps).reduce((sum, { module }) => sum + module.multiplyAdds(), 0);
    return tokens * maps + this.#attention.module.multiplyAdds(tokens);
  }
}

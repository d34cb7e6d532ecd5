// A small LLaMA (Touvron et al. 2023): pre-norm blocks of causal attention with rotary positions and gated feed-forward
// maps, no biases. Every linear map, table and norm is a named site. Which sizes there are stands in lm.ts.
import { add, mul, reshape, type Tensor, transpose } from "#harness/engine/tensor.ts";
import { DotProductAttention } from "#harness/nn/attention.ts";
import { causalBias } from "#harness/nn/causal.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import { RmsNorm } from "#harness/nn/rms-norm.ts";
import { type Rotation, rotate, rotation } from "#harness/nn/rotary.ts";
import {
  type AttentionSite,
  applyLinear,
  type EmbeddingSite,
  type LinearPlace,
  type LinearRole,
  type LinearSite,
  type NormSite,
  type Site,
} from "#harness/nn/site.ts";
import { swiglu } from "#harness/nn/swiglu.ts";
import { TiedLinear } from "#harness/nn/tied-linear.ts";

const NORM_EPSILON = 1e-5;

export interface LlamaForm {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width inside the feed-forward maps, about 8/3 of `width`. */
  readonly ffnWidth: number;
  /** Whether the head reads the embedding's table instead of one of its own. */
  readonly tied: boolean;
}

/** What a parameter starts as: asked in model order, by its name without `.weight`, with its shape. */
export type LlamaValues = (name: string, shape: readonly number[]) => Float32Array;

/** Maps of a block: name, role, and whether they enter or leave the inner width. */
const BLOCK_MAPS: readonly (readonly [name: string, role: LinearRole, ffn: "none" | "in" | "out"])[] = [
  ["attention.query", "query", "none"],
  ["attention.key", "key", "none"],
  ["attention.value", "value", "none"],
  ["attention.output", "attention-output", "none"],
  ["ffn.gate", "ffn-gate", "in"],
  ["ffn.in", "ffn-in", "in"],
  ["ffn.out", "ffn-out", "out"],
];

/** Linear sites in model order. */
export const llamaPlaces = ({ layers }: Pick<LlamaForm, "layers">): readonly LinearPlace[] => [
  ...Array.from({ length: layers }, (_, block) =>
    BLOCK_MAPS.map(
      ([name, role]): LinearPlace => ({ kind: "linear", path: `layer.${block}.${name}`, role, block }),
    ),
  ).flat(),
  { kind: "linear", path: "head", role: "head", block: null },
];

interface Block {
  readonly norm1: NormSite;
  readonly query: LinearSite;
  readonly key: LinearSite;
  readonly value: LinearSite;
  readonly attention: AttentionSite;
  readonly output: LinearSite;
  readonly norm2: NormSite;
  readonly gate: LinearSite;
  readonly up: LinearSite;
  readonly down: LinearSite;
}

export class Llama implements Model {
  readonly sites: readonly Site[];
  readonly head: LinearSite;
  readonly #form: LlamaForm;
  readonly #embedding: EmbeddingSite;
  readonly #blocks: readonly Block[];
  readonly #norm: NormSite;

  constructor(form: LlamaForm, values: LlamaValues) {
    const { vocabulary, width, layers, ffnWidth, tied } = form;
    this.#form = form;
    const sites: Site[] = [];
    const put = <S extends Site>(site: S): S => {
      sites.push(site);
      return site;
    };
    const norm = (path: string, block: number | null): NormSite =>
      put({
        kind: "norm",
        path,
        block,
        module: new RmsNorm(path, width, NORM_EPSILON, values(path, [width])),
      });
    const map = (path: string, fanIn: number, fanOut: number): Linear =>
      new Linear(path, fanIn, fanOut, { weight: values(path, [fanIn, fanOut]), bias: null });

    const table = new Embedding("embedding", vocabulary, width, values("embedding", [vocabulary, width]));
    this.#embedding = put({ kind: "embedding", path: "embedding", block: null, module: table });
    this.#blocks = Array.from({ length: layers }, (_, block): Block => {
      const linear = (name: string): LinearSite => {
        const found = BLOCK_MAPS.find(([known]) => known === name);
        if (found === undefined) throw new Error(`llama: no map ${name}`);
        const [, role, ffn] = found;
        const path = `layer.${block}.${name}`;
        const module = map(path, ffn === "out" ? ffnWidth : width, ffn === "in" ? ffnWidth : width);
        return put({ kind: "linear", path, role, block, module });
      };
      return {
        norm1: norm(`layer.${block}.norm1`, block),
        query: linear("attention.query"),
        key: linear("attention.key"),
        value: linear("attention.value"),
        attention: put({
          kind: "attention",
          path: `layer.${block}.attention`,
          block,
          module: new DotProductAttention(width),
        }),
        output: linear("attention.output"),
        norm2: norm(`layer.${block}.norm2`, block),
        gate: linear("ffn.gate"),
        up: linear("ffn.in"),
        down: linear("ffn.out"),
      };
    });
    this.#norm = norm("norm", null);
    const module = tied ? new TiedLinear(table.table) : map("head", width, vocabulary);
    this.head = put({ kind: "linear", path: "head", role: "head", block: null, module });
    this.sites = sites;
  }

  params(): readonly Param[] {
    return [...new Set(this.sites.flatMap((site) => site.module.params()))];
  }

  /** [B T, vocabulary]: scores of the token after each token of `ids` [B, T]. */
  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** [B T, width]: what enters the head, one row a token. Input `ids` [B, T] int32. */
  features({ ids }: Inputs, pass: Pass): Tensor {
    if (ids === undefined) throw new Error("llama: input is `ids`");
    const [batch = 0, tokens = 0] = ids.shape;
    const { width, heads } = this.#form;
    const turn = rotation(tokens, width / heads);
    const bias = causalBias(tokens);
    let x: Tensor = reshape(this.#embedding.module.apply(ids, pass), [batch * tokens, width]);
    for (const block of this.#blocks) {
      const mixed = this.#attend(block, block.norm1.module.apply(x, pass), [batch, tokens], {
        turn,
        bias,
        pass,
      });
      const attended = add(x, applyLinear(block.output, mixed, pass));
      const normed = block.norm2.module.apply(attended, pass);
      const inner = swiglu(applyLinear(block.gate, normed, pass), applyLinear(block.up, normed, pass));
      x = add(attended, applyLinear(block.down, inner, pass));
    }
    return this.#norm.module.apply(x, pass);
  }

  /** Heads side by side, [B T, width], before the output map. */
  #attend(
    block: Block,
    x: Tensor,
    [batch, tokens]: readonly [number, number],
    { turn, bias, pass }: { readonly turn: Rotation; readonly bias: Tensor; readonly pass: Pass },
  ): Tensor {
    const { width, heads } = this.#form;
    const perHead = width / heads;
    const split = (site: LinearSite) =>
      transpose(reshape(applyLinear(site, x, pass), [batch, tokens, heads, perHead]), [0, 2, 1, 3]);
    const query = mul(rotate(split(block.query), turn), perHead ** -0.5);
    const key = rotate(split(block.key), turn);
    const mixed = block.attention.module.apply({ query, key, value: split(block.value), bias }, pass);
    return reshape(transpose(mixed, [0, 2, 1, 3]), [batch * tokens, width]);
  }

  /** All scores of `tokens` tokens, hidden ones too: every token is a row of every map and of the head. */
  multiplyAdds({ tokens = 0 }: ExampleShape): number {
    let total = 0;
    for (const site of this.sites) {
      if (site.kind === "linear") total += tokens * site.module.multiplyAdds();
      if (site.kind === "attention") total += site.module.multiplyAdds(tokens);
    }
    return total;
  }

  dispose(): void {
    for (const param of this.params()) param.dispose();
  }
}

// The click-through models of the baseline cards, section E: first-order weights, then factorisation-machine pairs, cross
// layers and a deep net as the form says, over one shared table of embeddings. The head adds them up.
import { concat, relu, reshape, sum, type Tensor } from "#harness/engine/tensor.ts";
import { FieldEmbedding, isNarrowFields, type TableField, tableRows } from "#harness/nn/field-embedding.ts";
import { normal, ones, zeros } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import {
  applyLinear,
  type EmbeddingSite,
  type LinearPlace,
  type LinearSite,
  type Site,
} from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { crossMatrix, crossVector, fieldPairs } from "./ctr-parts.ts";

/** Which parts a model has. */
export interface CtrForm {
  /** Width d of a field's embedding. */
  readonly width: number;
  /** Standard deviation of a new embedding. */
  readonly embeddingStd: number;
  /** Sum of products of pairs of fields. */
  readonly pairs: boolean;
  /** Cross layers beside the deep net: full matrices (DCN-V2) or vectors (DCN). */
  readonly cross: { readonly weights: "matrix" | "vector"; readonly layers: number } | null;
  /** Widths of the deep net's layers, ReLU after each; none for no deep net. */
  readonly hidden: readonly number[];
}

const dense = (path: string, block: number): LinearPlace => ({ kind: "linear", path, role: "dense", block });

/** Linear sites in model order. Layers count from the fields on, in the deep net and in the cross layers alike. */
export const ctrPlaces = ({ cross, hidden }: CtrForm): readonly LinearPlace[] => [
  ...Array.from({ length: cross?.layers ?? 0 }, (_, layer) => dense(`cross.${layer}`, layer)),
  ...hidden.map((_, layer) => dense(`mlp.${layer}`, layer)),
  { kind: "linear", path: "head", role: "head", block: null },
];

export interface CtrModelOptions {
  readonly form: CtrForm;
  readonly fields: readonly TableField[];
  readonly init: Stream;
}

export class CtrModel implements Model {
  readonly sites: readonly Site[];
  readonly head: LinearSite;
  readonly #form: CtrForm;
  readonly #fields: number;
  readonly #embedding: EmbeddingSite;
  readonly #firstOrder: EmbeddingSite;
  readonly #cross: readonly LinearSite[];
  /** Biases of vector cross layers, which are wider than their maps. */
  readonly #crossBiases: readonly Param[];
  readonly #mlp: readonly LinearSite[];

  constructor({ form, fields, init }: CtrModelOptions) {
    this.#form = form;
    this.#fields = fields.length;
    const rows = tableRows(fields);
    const inputs = fields.length * form.width;
    const table = (path: string, width: number, values: Float32Array): EmbeddingSite => ({
      kind: "embedding",
      path,
      block: null,
      module: new FieldEmbedding(path, fields, width, values),
    });
    this.#embedding = table("embedding", form.width, normal(rows * form.width, form.embeddingStd, init));
    this.#firstOrder = table("first-order", 1, zeros(rows));
    const linear = (path: string, fanIn: number, fanOut: number, std: number, bias: boolean): LinearSite => ({
      ...place(form, path),
      module: new Linear(path, fanIn, fanOut, {
        weight: normal(fanIn * fanOut, std, init),
        bias: bias ? zeros(fanOut) : null,
      }),
    });
    const { cross } = form;
    const crossLayers = Array.from({ length: cross?.layers ?? 0 }, (_, layer) => `cross.${layer}`);
    // Xavier's normal start.
    this.#cross = crossLayers.map((path) =>
      cross?.weights === "matrix"
        ? linear(path, inputs, inputs, inputs ** -0.5, true)
        : linear(path, inputs, 1, Math.sqrt(2 / (inputs + 1)), false),
    );
    this.#crossBiases =
      cross?.weights === "vector"
        ? crossLayers.map((path) => new Param(`${path}.bias`, [inputs], zeros(inputs), { role: "bias" }))
        : [];
    // He's start for ReLU.
    const widths = [inputs, ...form.hidden];
    this.#mlp = form.hidden.map((fanOut, layer) => {
      const fanIn = widths[layer] ?? inputs;
      return linear(`mlp.${layer}`, fanIn, fanOut, Math.sqrt(2 / fanIn), true);
    });
    this.head = { ...place(form, "head"), module: newHead(form, inputs, init) };
    this.sites = [this.#embedding, this.#firstOrder, ...this.#cross, ...this.#mlp, this.head];
  }

  params(): readonly Param[] {
    return [...new Set([...this.sites.flatMap((site) => site.module.params()), ...this.#crossBiases])];
  }

  /** Log odds of a click, [B, 1]. */
  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** First-order sum, pairs, cross and deep part side by side, those that the form has. Input `ids` [B, F] int32. */
  features({ ids }: Inputs, pass: Pass): Tensor {
    if (ids === undefined) throw new Error("click-through model: input is `ids`");
    const [batch = 0] = ids.shape;
    const { module } = this.#embedding;
    const narrow = isNarrowFields(module) ? { rows: module.narrow(ids), of: module } : null;
    const embedded = narrow === null ? module.apply(ids, pass) : narrow.of.widen(narrow.rows);
    const parts: Tensor[] = [sum(this.#firstOrder.module.apply(ids, pass), 1)];
    if (this.#form.pairs) parts.push(fieldPairs(embedded));
    const x0 = reshape(embedded, [batch, this.#fields * this.#form.width]);
    if (this.#cross.length > 0) parts.push(this.#crossed(x0, pass));
    const [first] = this.#mlp;
    if (first !== undefined) {
      const read: Tensor = narrow?.of.merged ? reshape(narrow.rows, [batch, first.module.inFeatures]) : x0;
      parts.push(this.#mlp.reduce((x: Tensor, site) => relu(applyLinear(site, x, pass)), read));
    }
    return concat(parts, 1);
  }

  #crossed(x0: Tensor, pass: Pass): Tensor {
    let x = x0;
    for (const [layer, site] of this.#cross.entries()) {
      const mapped = applyLinear(site, x, pass);
      const bias = this.#crossBiases[layer];
      x = bias === undefined ? crossMatrix(x0, x, mapped) : crossVector(x0, x, mapped, bias.variable);
    }
    return x;
  }

  /**
   * Maps, the products of pairs (F + 1 squares of d numbers), those of cross layers, and the widening of a narrow table;
   * lookups and sums cost none.
   */
  multiplyAdds({ fields = this.#fields }: ExampleShape): number {
    const { width, pairs } = this.#form;
    const maps = [...this.#cross, ...this.#mlp, this.head];
    const inMaps = maps.reduce((total, site) => total + site.module.multiplyAdds(), 0);
    const { module } = this.#embedding;
    const widening = isNarrowFields(module) ? module.multiplyAdds() : 0;
    return inMaps + widening + (pairs ? (fields + 1) * width : 0) + this.#cross.length * fields * width;
  }

  dispose(): void {
    for (const param of this.params()) param.dispose();
  }
}

function place(form: CtrForm, path: string): LinearPlace {
  const found = ctrPlaces(form).find((known) => known.path === path);
  if (found === undefined) throw new Error(`click-through model: no place ${path}`);
  return found;
}

/**
 * First-order sum and pairs enter with weight 1, so that the model starts as the published sum of its parts; the other
 * weights start N(0, 1 / inputs), the bias at 0.
 */
function newHead({ pairs, cross, hidden }: CtrForm, inputs: number, init: Stream): Linear {
  const summed = pairs ? 2 : 1;
  const drawn = (cross === null ? 0 : inputs) + (hidden.at(-1) ?? 0);
  const weight = new Float32Array(summed + drawn);
  weight.set(ones(summed));
  if (drawn > 0) weight.set(normal(drawn, drawn ** -0.5, init), summed);
  return new Linear("head", weight.length, 1, { weight, bias: zeros(1) });
}

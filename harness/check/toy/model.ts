// A two-block transformer of a few hundred numbers, for tests: every kind of site that methods look for, no backbone to load.
import {
  add,
  div,
  expandDims,
  matMul,
  maximum,
  mul,
  relu,
  reshape,
  softmax,
  sub,
  sum,
  type Tensor,
  tanh,
} from "#harness/engine/tensor.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import { normal, ones, zeros } from "#harness/nn/init.ts";
import { LayerNorm } from "#harness/nn/layer-norm.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import {
  applyLinear,
  type EmbeddingSite,
  type LinearRole,
  type LinearSite,
  type NormSite,
  type Site,
} from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";

/** Widths differ so that no test passes with two axes exchanged. */
export const TOY = { vocabulary: 12, width: 8, ffnWidth: 12, blocks: 2, outputs: 2 } as const;

interface Block {
  readonly norm1: NormSite;
  readonly norm2: NormSite;
  readonly maps: Readonly<
    Record<"query" | "key" | "value" | "attention-output" | "ffn-in" | "ffn-out", LinearSite>
  >;
}

export class ToyModel implements Model {
  readonly sites: readonly Site[];
  readonly head: LinearSite;
  readonly #embedding: EmbeddingSite;
  readonly #blocks: readonly Block[];
  readonly #pooler: LinearSite;

  constructor(random: Stream) {
    const sites: Site[] = [];
    const linear = (
      path: string,
      role: LinearRole,
      block: number | null,
      fanIn: number,
      fanOut: number,
    ): LinearSite => {
      const weight = normal(fanIn * fanOut, fanIn ** -0.5, random);
      const module = new Linear(path, fanIn, fanOut, { weight, bias: normal(fanOut, 0.1, random) });
      const site: LinearSite = { kind: "linear", path, role, block, module };
      sites.push(site);
      return site;
    };
    const norm = (path: string, block: number): NormSite => {
      const values = { gain: ones(TOY.width), shift: zeros(TOY.width) };
      const site: NormSite = {
        kind: "norm",
        path,
        block,
        module: new LayerNorm(path, TOY.width, 1e-6, values),
      };
      sites.push(site);
      return site;
    };
    const { vocabulary, width, ffnWidth } = TOY;
    const table = new Embedding("embedding", vocabulary, width, normal(vocabulary * width, 1, random));
    this.#embedding = { kind: "embedding", path: "embedding", block: null, module: table };
    sites.push(this.#embedding);
    this.#blocks = Array.from({ length: TOY.blocks }, (_, index): Block => {
      const path = `layer.${index}`;
      const norm1 = norm(`${path}.norm1`, index);
      const query = linear(`${path}.attention.query`, "query", index, width, width);
      const key = linear(`${path}.attention.key`, "key", index, width, width);
      const value = linear(`${path}.attention.value`, "value", index, width, width);
      const output = linear(`${path}.attention.output`, "attention-output", index, width, width);
      const norm2 = norm(`${path}.norm2`, index);
      const ffnIn = linear(`${path}.ffn.in`, "ffn-in", index, width, ffnWidth);
      const ffnOut = linear(`${path}.ffn.out`, "ffn-out", index, ffnWidth, width);
      return {
        norm1,
        norm2,
        maps: { query, key, value, "attention-output": output, "ffn-in": ffnIn, "ffn-out": ffnOut },
      };
    });
    this.#pooler = linear("pooler", "pooler", null, width, width);
    this.head = linear("head", "head", null, width, TOY.outputs);
    this.sites = sites;
  }

  params(): readonly Param[] {
    return [...new Set(this.sites.flatMap((site) => site.module.params()))];
  }

  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  features({ ids, mask }: Inputs, pass: Pass): Tensor {
    if (ids === undefined || mask === undefined) throw new Error("toy model: inputs are `ids` and `mask`");
    const [batch = 0, tokens = 0] = ids.shape;
    const rows = [batch * tokens, TOY.width];
    const batched = (y: Tensor): Tensor => reshape(y, [batch, tokens, TOY.width]);
    const keyBias = reshape(mul(sub(1, mask), -1e9), [batch, 1, tokens]);
    let x: Tensor = reshape(this.#embedding.module.apply(ids, pass), rows);
    for (const { norm1, norm2, maps } of this.#blocks) {
      const normed = norm1.module.apply(x, pass);
      const [q, k, v] = [maps.query, maps.key, maps.value].map((site) =>
        batched(applyLinear(site, normed, pass)),
      );
      if (!q || !k || !v) throw new Error("toy model: three maps");
      const weights = softmax(add(mul(matMul(q, k, false, true), TOY.width ** -0.5), keyBias));
      x = add(x, applyLinear(maps["attention-output"], reshape(matMul(weights, v), rows), pass));
      const hidden = relu(applyLinear(maps["ffn-in"], norm2.module.apply(x, pass), pass));
      x = add(x, applyLinear(maps["ffn-out"], hidden, pass));
    }
    const total = sum(mul(batched(x), expandDims(mask, 2)), 1);
    return tanh(applyLinear(this.#pooler, div(total, maximum(sum(mask, 1, true), 1)), pass));
  }

  multiplyAdds({ tokens = 0 }: ExampleShape): number {
    const maps = this.sites.filter((site): site is LinearSite => site.kind === "linear");
    const inMaps = maps.reduce(
      (total, site) => total + site.module.multiplyAdds() * (site.block === null ? 1 : tokens),
      0,
    );
    return inMaps + TOY.blocks * 2 * tokens * tokens * TOY.width;
  }

  dispose(): void {
    for (const param of this.params()) param.dispose();
  }
}

// A bidirectional GRU over words (Cho et al. 2014; cell, widths and initial values of card 01): its own embedding table, both
// readings side by side, pooling, head. The pooling is a site of its own: the mean, until a method puts another there.
import { type Tensor, transpose } from "#harness/engine/tensor.ts";
import { dropout } from "#harness/nn/dropout.ts";
import { Gru, type GruDirection } from "#harness/nn/gru.ts";
import { orthogonal, type Stream, xavierUniform, zeros } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import {
  applyLinear,
  type EmbeddingSite,
  type LinearPlace,
  type LinearSite,
  type PoolingSite,
  type Site,
} from "#harness/nn/site.ts";
import { place } from "./clip-parts.ts";
import { disposeModel, freshHead, HEAD_PLACE } from "./image-sites.ts";
import { DROPOUT, meanPooling, type WordModelOptions, wordTable } from "./word-parts.ts";

/** Widths of an embedding and of one reading's state. */
export const BIGRU = { embedding: 128, hidden: 64 } as const;

const READINGS = ["forward", "backward"] as const;

/** Both maps of both readings are places: the one from the words, and the one from state to state. */
export const BIGRU_PLACES: readonly LinearPlace[] = [
  ...READINGS.flatMap((reading) => [
    place(`gru.${reading}.input`, "dense", 0),
    place(`gru.${reading}.state`, "recurrent", 0),
  ]),
  HEAD_PLACE,
];

/** Xavier's start from the words, an orthogonal matrix a gate from the state, biases 0. */
function newDirection(reading: (typeof READINGS)[number], init: Stream): GruDirection {
  const { embedding, hidden } = BIGRU;
  const site = (
    name: string,
    role: "dense" | "recurrent",
    fanIn: number,
    weight: Float32Array,
  ): LinearSite => {
    const path = `gru.${reading}.${name}`;
    const module = new Linear(path, fanIn, 3 * hidden, { weight, bias: zeros(3 * hidden) });
    return { ...place(path, role, 0), role, module };
  };
  const input = gates(embedding, () => xavierUniform(embedding, hidden, init));
  const state = gates(hidden, () => orthogonal(hidden, init));
  return {
    input: site("input", "dense", embedding, input),
    state: site("state", "recurrent", hidden, state),
  };
}

/** Three matrices [fanIn, hidden] side by side. */
function gates(fanIn: number, draw: () => Float32Array): Float32Array {
  const { hidden } = BIGRU;
  const values = new Float32Array(fanIn * 3 * hidden);
  for (let gate = 0; gate < 3; gate++) {
    const own = draw();
    for (let row = 0; row < fanIn; row++)
      values.set(own.subarray(row * hidden, (row + 1) * hidden), (3 * row + gate) * hidden);
  }
  return values;
}

export class BidirectionalGru implements Model {
  readonly sites: readonly Site[];
  readonly head: LinearSite;
  readonly #embedding: EmbeddingSite;
  readonly #gru: Gru;
  readonly #pooling: PoolingSite;

  constructor({ vocabulary, outputs, init }: WordModelOptions) {
    this.#embedding = wordTable(vocabulary, BIGRU.embedding, init);
    const [forward, backward] = [newDirection("forward", init), newDirection("backward", init)];
    this.#gru = new Gru([forward, backward]);
    this.#pooling = meanPooling(2 * BIGRU.hidden);
    this.head = freshHead(2 * BIGRU.hidden, outputs, init);
    const maps = [forward, backward].flatMap(({ input, state }) => [input, state]);
    this.sites = [this.#embedding, ...maps, this.#pooling, this.head];
  }

  params(): readonly Param[] {
    return [...new Set(this.sites.flatMap((site) => site.module.params()))];
  }

  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** What the pooling makes of the states, [B, 128] for the mean. Inputs `ids` int32 and `mask` [B, T], 1 at a word. */
  features({ ids, mask }: Inputs, pass: Pass): Tensor {
    if (ids === undefined || mask === undefined)
      throw new Error("bidirectional GRU: inputs are `ids` and `mask`");
    const embedded = dropout(this.#embedding.module.apply(ids, pass), DROPOUT, pass);
    const { states } = this.#gru.apply(transpose(embedded, [1, 0, 2]), transpose(mask), pass);
    const pooled = this.#pooling.module.apply(transpose(states, [1, 0, 2]), mask, pass);
    return dropout(pooled, DROPOUT, pass);
  }

  multiplyAdds({ tokens = 0 }: ExampleShape): number {
    return (
      tokens * this.#gru.multiplyAdds() +
      this.#pooling.module.multiplyAdds(tokens) +
      this.head.module.multiplyAdds()
    );
  }

  dispose(): void {
    disposeModel(this);
  }
}

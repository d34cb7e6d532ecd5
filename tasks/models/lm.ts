// Language models by id: the sizes of the small LLaMA and how each starts. The vocabulary is the task's, so sizes leave it open.
import { RankbenchError } from "#harness/failure/error.ts";
import { normal, ones } from "#harness/nn/init.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { Llama, type LlamaForm, type LlamaValues, llamaPlaces } from "./llama.ts";

/** Standard deviation of new weights (Touvron et al. 2023, code). */
const STD = 0.02;

type Size = Omit<LlamaForm, "vocabulary">;

const SIZES: ReadonlyMap<string, Size> = new Map([
  ["llama-d64-l2", { width: 64, layers: 2, heads: 2, ffnWidth: 176, tied: true }],
  ["llama-d128-l4", { width: 128, layers: 4, heads: 4, ffnWidth: 344, tied: true }],
  ["llama-d192-l6", { width: 192, layers: 6, heads: 6, ffnWidth: 512, tied: true }],
]);

function sizeOf(id: string): Size {
  const found = SIZES.get(id);
  if (found === undefined) {
    throw new RankbenchError({
      reason: "unsupported",
      thing: `backbone ${id}`,
      problem: "it is no language model of this version",
      wanted: [...SIZES.keys()].join(", "),
      next: "choose another scale with --scale small",
    });
  }
  return found;
}

/** New weights N(0, STD^2), those that end in the residual stream over sqrt(2 layers) (Radford et al. 2019); norms at 1. */
export const fromScratch =
  ({ layers }: Pick<LlamaForm, "layers">, init: Stream): LlamaValues =>
  (name, shape) => {
    const count = shape.reduce((a, b) => a * b, 1);
    if (shape.length === 1) return ones(count);
    const last = /\.(attention\.output|ffn\.out)$/.test(name);
    return normal(count, last ? STD / Math.sqrt(2 * layers) : STD, init);
  };

export const lmBackbones = {
  places: (id: string): readonly LinearPlace[] => llamaPlaces(sizeOf(id)),
  model(id: string, options: { readonly vocabulary: number; readonly init: Stream }): Model {
    const form = { ...sizeOf(id), vocabulary: options.vocabulary };
    return new Llama(form, fromScratch(form, options.init));
  },
};

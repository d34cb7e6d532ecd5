// What optimizers learn of the linear sites in a training step: inputs on the way forward, output gradients on the way back.
import { concat, reshape, type Tensor } from "#harness/engine/tensor.ts";
import { isLinear } from "#harness/nn/linear.ts";
import type { Model } from "#harness/nn/model.ts";
import type { SiteObserver } from "#harness/nn/pass.ts";
import type { Slot } from "./slots.ts";

interface Call {
  readonly input: Tensor;
  readonly output: Tensor;
}

export interface WatchedSites {
  readonly observe: SiteObserver;
  /** The outputs whose gradients are wanted, after the forward pass. */
  outputs(): Tensor[];
  /** What each slot's optimizer makes of its site, given gradients by tensor id. A site that the loss does not reach is left out. */
  see(gradients: ReadonlyMap<number, Tensor>, examples: number): [Slot, Readonly<Record<string, Tensor>>][];
}

const rows = (tensors: readonly Tensor[], width: number): Tensor => {
  const flat = tensors.map((tensor) => reshape(tensor, [-1, width]));
  const [first] = flat;
  return flat.length === 1 && first !== undefined ? first : concat(flat, 0);
};

/** Watches the sites whose dense weights belong to those of `slots` that want to see them; null where none does. */
export function watchSites(model: Model, slots: readonly Slot[]): WatchedSites | null {
  const wanted = new Map<string, Slot>();
  for (const slot of slots) {
    if (slot.optimizer.refresh?.see === undefined) continue;
    const site = model.sites.find(({ module }) => isLinear(module) && module.weight === slot.param);
    if (site === undefined)
      throw new Error(
        `${slot.optimizer.id} wants to see a linear site, and ${slot.param.name} is not the weight of one`,
      );
    wanted.set(site.path, slot);
  }
  if (wanted.size === 0) return null;
  const calls = new Map<string, Call[]>();
  return {
    observe(path, input, output) {
      if (wanted.has(path)) calls.set(path, [...(calls.get(path) ?? []), { input, output }]);
    },
    outputs: () => [...calls.values()].flat().map(({ output }) => output),
    see: (gradients, examples) =>
      [...wanted].flatMap(([path, slot]) => {
        const reached = (calls.get(path) ?? []).flatMap(({ input, output }) => {
          const gradient = gradients.get(output.id);
          return gradient === undefined ? [] : [{ input, gradient }];
        });
        const [fanIn = 1, fanOut = 1] = slot.param.shape;
        if (reached.length === 0) return [];
        const site = {
          input: rows(
            reached.map(({ input }) => input),
            fanIn,
          ),
          outputGradient: rows(
            reached.map(({ gradient }) => gradient),
            fanOut,
          ),
          examples,
        };
        const found = slot.optimizer.refresh?.see?.(site);
        return found === undefined ? [] : [[slot, found] as [Slot, Readonly<Record<string, Tensor>>]];
      }),
  };
}

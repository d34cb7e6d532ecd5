// LOMO's update rule (Lv et al. 2023, "Full Parameter Fine-tuning for Large Language Models with Limited Resources"): plain SGD
// as one pass over host memory, written over the weights, so that nothing of a weight's size exists beside its gradient.
import { type HostArray, hostOp } from "#harness/engine/host-op.ts";
import { scalar } from "#harness/engine/tensor.ts";
import type { Optimizer } from "./optimizer.ts";

const floats = (array: HostArray | undefined): Float32Array => {
  if (array instanceof Float32Array) return array;
  throw new Error("LOMO takes float32 tensors only");
};

/**
 * w <- (1 - lr wd) w - lr g, each operation rounded to single precision as in `sgd`, whose bits it has. With `clipValue` the
 * entries of g are cut to +-clipValue first (section 3.3: clipping by value needs one backward pass only). No state.
 */
export function lomo({ clipValue = null }: { readonly clipValue?: number | null } = {}): Optimizer {
  return {
    id: "lomo",
    init: () => ({}),
    stateBytes: () => 0,
    update(input) {
      const { value, gradient, weightDecay, gradientScale } = input;
      const [next] = hostOp(
        {
          name: "Lomo",
          outputs: [{ shape: [...input.param.shape], dtype: "float32", over: 0 }],
          ordered: true,
          numbers: () => [input.learningRate, 1 - input.learningRate * weightDecay],
          run([, gradients, scales], [weights], [rate = 0, keep = 1]) {
            const [w, g] = [floats(weights), floats(gradients)];
            const scale = floats(scales)[0] ?? 1;
            const [lr, kept] = [Math.fround(rate), Math.fround(keep)];
            for (let i = 0; i < w.length; i++) {
              let step = Math.fround((g[i] as number) * scale);
              if (clipValue !== null) step = Math.min(clipValue, Math.max(-clipValue, step));
              w[i] = Math.fround((w[i] as number) * kept) - Math.fround(step * lr);
            }
          },
        },
        [value, gradient, gradientScale ?? scalar(1)],
      );
      if (next === undefined) throw new Error("LOMO: missing result");
      return { value: next, state: {} };
    },
  };
}

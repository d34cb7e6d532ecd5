// Empirical Fisher information of linear maps, summed over one axis: mean over examples of squared per-example gradients
// of the task loss at the true labels. Per example, never the square of a batch mean, which is another estimate.
import type { Linear } from "#harness/nn/linear.ts";
import type { Calibration } from "./contract.ts";

/** Sums of the Fisher information of one [in, out] kernel. */
export interface FisherSums {
  /** Over outputs: importance of each input, [in]. */
  readonly inputs: Float64Array;
  /** Over inputs: importance of each output, [out]. */
  readonly outputs: Float64Array;
}

/** Fisher sums of every map over `examples` training examples; the maps' weights are not changed. */
export async function fisherSums(
  calibration: Calibration,
  maps: readonly Linear[],
  examples: number,
): Promise<ReadonlyMap<Linear, FisherSums>> {
  const sums = new Map(
    maps.map((map) => [
      map,
      { inputs: new Float64Array(map.inFeatures), outputs: new Float64Array(map.outFeatures) },
    ]),
  );
  const kernels = maps.map((map) => map.weight);
  await calibration.perExampleGradients(kernels, examples, (gradients) => {
    for (const [map, { inputs, outputs }] of sums) {
      const gradient = gradients.get(map.weight);
      if (gradient === undefined) throw new Error(`no gradient for ${map.weight.name}`);
      const width = outputs.length;
      for (let i = 0; i < inputs.length; i++) {
        let row = 0;
        for (let j = 0; j < width; j++) {
          const g = gradient[i * width + j] as number;
          row += g * g;
          outputs[j] = (outputs[j] as number) + (g * g) / examples;
        }
        inputs[i] = (inputs[i] as number) + row / examples;
      }
    }
  });
  return sums;
}

// Round-to-nearest quantisation of a fine-tuned model's maps, without training: baseline card, section B (8 bits a row),
// and 2 to 8 bits in groups along the inputs. Activations stay float. Halves round away from zero.
// Not reproduced: integer kernels; latency is that of float products on decoded weights, bytes are those of the codes.
import { z } from "zod";
import { matrixFrom, transpose } from "#harness/linalg/matrix.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { WITH_MAPS } from "#harness/method/fields.ts";
import { recoverCosts, recoverStage } from "#harness/method/recover.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import { groupsOf, quantise } from "#harness/nn/quantise.ts";
import { QuantisedLinear } from "#harness/nn/quantised-linear.ts";

const config = z.strictObject({
  bits: z.int().min(2).max(8).default(8).describe("bits a weight; baseline card 8"),
  group: z
    .int()
    .min(0)
    .default(0)
    .describe(
      "inputs of an output that share a scale; 0 for all of them (baseline card); 64 is common at 4 bits",
    ),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "quantize-rtn",
  title: "Round-to-nearest quantisation",
  kind: "compression",
  paper: null,
  fidelity: "paper",
  summary:
    "Rounds each map of a fine-tuned model to a few bits a weight, with one scale an output or group; no training.",
  families: WITH_MAPS,
  config,
  presets: [],
  startsFrom: "dense",
  promises: { startsAtBase: 0, finishKeeps: null, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model }, { bits, group }) {
    const maps = denseMaps(blockSites(model));
    const deployedParameters = countOf(model.params());
    let deployedBytes = FLOAT_BYTES * deployedParameters;
    const along = group === 0 ? "row" : group;
    for (const { inFeatures: m, outFeatures: n } of maps.map(({ map }) => map)) {
      deployedBytes +=
        Math.ceil((m * n * bits) / 8) + FLOAT_BYTES * n * groupsOf(m, along) - FLOAT_BYTES * m * n;
    }
    return {
      stages: [recoverStage(model, 0, 1)],
      async finish() {
        // Once done, no dense map is left and a second call finds nothing.
        for (const { site, map } of denseMaps(maps.map(({ site }) => site))) {
          const { inFeatures: m, outFeatures: n } = map;
          // Groups run along the inputs of one output: rows of the transposed kernel.
          const rows = transpose(matrixFrom(m, n, await map.weight.read()));
          const { values } = quantise(rows.data, m, { bits, group: along });
          const decoded = Float32Array.from(transpose(matrixFrom(n, m, values)).data);
          site.module = new QuantisedLinear(map, decoded, { bits, scales: n * groupsOf(m, along) });
        }
      },
      declared: { ...recoverCosts(0, 0), deployedParameters, deployedBytes },
    };
  },
});

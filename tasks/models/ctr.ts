// Click-through backbones by id. All start from scratch: there is no pre-trained one.
import { unknownName } from "#harness/failure/suggest.ts";
import type { TableField } from "#harness/nn/field-embedding.ts";
import type { Stream } from "#harness/random/stream.ts";
import { type CtrForm, CtrModel, ctrPlaces } from "./ctr-model.ts";

const COMMON = { width: 16, embeddingStd: 1e-4, pairs: false, cross: null, hidden: [] } as const;

/** Widths and depths of the baseline cards, section E, at this benchmark's scale. */
export const CTR_FORMS = {
  /** Factorisation machine (Rendle 2010). */
  fm: { ...COMMON, pairs: true },
  /** DeepFM (Guo et al. 2017). */
  deepfm: { ...COMMON, pairs: true, hidden: [128, 128, 128] },
  /** Deep & cross network with vectors (Wang et al. 2017). */
  dcn: { ...COMMON, cross: { weights: "vector", layers: 2 }, hidden: [128, 128] },
  /** Its second version with full matrices (Wang et al. 2021). */
  "dcn-v2": { ...COMMON, cross: { weights: "matrix", layers: 2 }, hidden: [128, 128] },
} as const satisfies Record<string, CtrForm>;

function form(id: string): CtrForm {
  const found = Object.entries<CtrForm>(CTR_FORMS).find(([name]) => name === id)?.[1];
  if (found === undefined)
    throw unknownName({ reason: "usage", kind: "backbone", name: id, known: Object.keys(CTR_FORMS) });
  return found;
}

/** Input `ids` [B, F] int32; one score a row. */
export const ctrBackbones = {
  places: (id: string) => ctrPlaces(form(id)),
  model: (id: string, options: { readonly fields: readonly TableField[]; readonly init: Stream }) =>
    new CtrModel({ form: form(id), ...options }),
};

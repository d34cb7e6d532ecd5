// Frappe: does a user open an app in a context?
import type { Task } from "#harness/task/contract.ts";
import { categories } from "#tasks/encoding/categorical-field.ts";
import { ctrSmall, ctrSmoke } from "#tasks/encoding/ctr-presets.ts";
import { drawValidation } from "#tasks/encoding/ctr-rows.ts";
import { ctrTask } from "#tasks/encoding/ctr-task.ts";
import { libfmRows } from "#tasks/encoding/libfm.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { ctrBackbones } from "#tasks/models/ctr.ts";
import { CLICK_METRICS, evaluateClicks } from "./click.metrics.ts";
import { frappeSource, TEST_PART, VALIDATION_PART } from "./frappe.source.ts";

const ID = "ctr-frappe";

const COLUMNS = [
  "user",
  "item",
  "daytime",
  "weekday",
  "isweekend",
  "homework",
  "cost",
  "weather",
  "country",
  "city",
] as const;

export const task: Task = ctrTask({
  id: ID,
  title: "Frappe",
  description:
    "Whether a user opens an app in a context of eight parts; two sampled negatives an opened app. Trained on the NFM paper's validation part, for its training part cannot be had.",
  version: 1,
  source: frappeSource,
  backbones: ctrBackbones,
  fields: categories(2, ...COLUMNS),
  metrics: CLICK_METRICS,
  floor: { value: 0.929, what: "logistic regression on one-hot columns, trained on the same part" },
  scales: {
    smoke: ctrSmoke("deepfm"),
    small: ctrSmall({ backbone: "deepfm", validationRows: 2_500, epochs: 4 }),
  },
  async rows(source, preset) {
    const read = (name: string) => libfmRows(fileOf(source, name), COLUMNS.length);
    return { ...(await drawValidation(read(VALIDATION_PART), preset, ID)), test: read(TEST_PART) };
  },
  evaluate: evaluateClicks,
});

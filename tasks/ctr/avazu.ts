// Avazu: is an advertisement in an app or on a site clicked? 22 categories.
import { readCsv } from "#harness/data/csv.ts";
import type { Task } from "#harness/task/contract.ts";
import { categories, type FieldSpec } from "#tasks/encoding/categorical-field.ts";
import { clickRows } from "#tasks/encoding/click-table.ts";
import { ctrSmall, ctrSmoke } from "#tasks/encoding/ctr-presets.ts";
import { firstRows } from "#tasks/encoding/ctr-rows.ts";
import { ctrTask } from "#tasks/encoding/ctr-task.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { ctrBackbones } from "#tasks/models/ctr.ts";
import { avazuSource } from "./avazu.source.ts";
import { CLICK_METRICS, evaluateClicks } from "./click.metrics.ts";

const PLACES = ["hour", "C1", "banner_pos", "site_id", "site_domain", "site_category"] as const;
const APPS = ["app_id", "app_domain", "app_category"] as const;
/** Nearly every row has another device or address: hashed, for a vocabulary would be as long as the file. */
const DEVICE_IDS = ["device_id", "device_ip"] as const;
const DEVICES = ["device_model", "device_type", "device_conn_type"] as const;
const ANONYMOUS = ["C14", "C15", "C16", "C17", "C18", "C19", "C20", "C21"] as const;
const COLUMNS = [...PLACES, ...APPS, ...DEVICE_IDS, ...DEVICES, ...ANONYMOUS] as const;
const NAMES = ["id", "click", ...COLUMNS] as const;

const hashed = (buckets: number, ...names: readonly string[]): FieldSpec[] =>
  names.map((name) => ({ kind: "hashed", name, buckets }));

export const task: Task = ctrTask({
  id: "ctr-avazu",
  title: "Avazu Click-Through Rate, 8,999 rows",
  description:
    "Whether an advertisement is clicked, from 22 categories of place, app and device. Rows of one hour only, too few to rank methods.",
  version: 1,
  source: avazuSource,
  backbones: ctrBackbones,
  fields: [
    ...categories(5, ...PLACES, ...APPS),
    ...hashed(256, ...DEVICE_IDS),
    ...categories(5, ...DEVICES, ...ANONYMOUS),
  ],
  metrics: CLICK_METRICS,
  floor: { value: 0.71, what: "logistic regression on one-hot columns, same rows" },
  scales: {
    smoke: ctrSmoke("dcn-v2"),
    small: ctrSmall({ backbone: "dcn-v2", validationRows: 480, epochs: 2, batchSize: 128 }),
  },
  async rows(source, preset) {
    // Only the training file has a header line.
    const read = (name: string, header: boolean) => {
      const file = fileOf(source, name);
      return clickRows<(typeof NAMES)[number]>({
        file,
        label: "click",
        fields: COLUMNS,
        read: () => readCsv(file, { columns: NAMES, ...(header ? {} : { names: NAMES }) }),
        // YYMMDDHH: only the hour of the day can come again.
        cell: (field, text) => (field === "hour" ? text.slice(-2) : text),
      });
    };
    return {
      train: firstRows(read("train.csv", true), preset.trainRows),
      validation: firstRows(read("dev.csv", false), preset.validationRows),
      test: read("test.csv", false),
    };
  },
  evaluate: evaluateClicks,
});

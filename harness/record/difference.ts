// Two records of one run side by side: what was computed (must be the same bits), what was merely observed (times and what
// the process took), and the environments. Pure comparison; what a difference means is the caller's matter.
import { canonicalJson } from "./identity.ts";
import { METRIC_IDS, METRICS, type MetricId } from "./metrics.ts";
import { type EnvironmentRecord, type Measured, numberOf, type RunRecord, type RunResult } from "./schema.ts";

const OBSERVED_UNITS: readonly string[] = ["seconds", "milliseconds", "per-second"];

/** Whether a metric depends on the machine's speed and load, so that a repetition may give another value. */
export const isObserved = (id: MetricId): boolean =>
  OBSERVED_UNITS.includes(METRICS[id].unit) || id === "memory-process-peak" || id === "memory-measured-peak";

/** Parts of a result that must be equal, bit for bit. */
const COMPUTED_PARTS = ["weights", "predictions", "metrics", "validation", "curves"] as const;
export type ComputedPart = (typeof COMPUTED_PARTS)[number];

export interface MetricDifference {
  readonly metric: MetricId;
  readonly split: "test" | "validation";
  readonly stored: Measured | null;
  readonly repeated: Measured | null;
  /** `repeated` less `stored`; null where one of them has no value. */
  readonly difference: number | null;
}

export interface FieldDifference {
  /** `node`, `engine.versions.onnxruntime-node`. */
  readonly field: string;
  readonly stored: unknown;
  readonly repeated: unknown;
}

const computedMetrics = (values: RunResult["metrics"]): RunResult["metrics"] =>
  Object.fromEntries(Object.entries(values).filter(([id]) => !isObserved(id as MetricId)));

/** A result with what was recorded on the way to it. */
export interface Computed extends Pick<RunRecord, "curves" | "phases"> {
  readonly result: RunResult;
}

/**
 * Curves of the run itself. Those of a dense checkpoint come first, and only where it was trained for this run: one that came
 * from the cache has none.
 */
function ownCurves({ curves, phases }: Computed): RunRecord["curves"] {
  const trained = phases.filter(({ kind, cached, steps }) => kind === "dense" && !cached && steps > 0);
  return curves.slice(trained.length);
}

function partsOf(computed: Computed): Readonly<Record<ComputedPart, unknown>> {
  const { result } = computed;
  return {
    weights: result.weightsSha256,
    predictions: result.predictions,
    metrics: computedMetrics(result.metrics),
    validation: result.validation,
    curves: ownCurves(computed),
  };
}

function metricDifferences(
  split: MetricDifference["split"],
  stored: RunResult["metrics"],
  repeated: RunResult["metrics"],
): MetricDifference[] {
  return METRIC_IDS.filter((id) => !isObserved(id)).flatMap((metric) => {
    const [a, b] = [stored[metric] ?? null, repeated[metric] ?? null];
    if (canonicalJson(a) === canonicalJson(b)) return [];
    const [x, y] = [numberOf(a), numberOf(b)];
    return [{ metric, split, stored: a, repeated: b, difference: x === null || y === null ? null : y - x }];
  });
}

export interface ResultDifference {
  /** Parts that are not the same bits; empty for a bit-equal repetition. */
  readonly parts: readonly ComputedPart[];
  /** Computed metrics whose values differ. */
  readonly metrics: readonly MetricDifference[];
}

/** What two results of one run have not in common. */
export function resultDifference(stored: Computed, repeated: Computed): ResultDifference {
  const [a, b] = [partsOf(stored), partsOf(repeated)];
  return {
    parts: COMPUTED_PARTS.filter((part) => canonicalJson(a[part]) !== canonicalJson(b[part])),
    metrics: [
      ...metricDifferences("test", stored.result.metrics, repeated.result.metrics),
      ...metricDifferences("validation", stored.result.validation, repeated.result.validation),
    ],
  };
}

/** Loads are observed of one run alone and say nothing of the machine. */
const NOT_COMPARED: readonly string[] = ["contention", "latencyContention"];

/** The fields in which two environments differ, by their dotted names. */
export function environmentDifference(
  stored: EnvironmentRecord,
  repeated: EnvironmentRecord,
): FieldDifference[] {
  const found: FieldDifference[] = [];
  const visit = (a: unknown, b: unknown, field: string): void => {
    if (canonicalJson(a ?? null) === canonicalJson(b ?? null)) return;
    const isMap = (value: unknown): value is Record<string, unknown> =>
      value !== null && typeof value === "object" && !Array.isArray(value);
    if (!isMap(a) || !isMap(b)) {
      found.push({ field, stored: a ?? null, repeated: b ?? null });
      return;
    }
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort())
      if (field !== "" || !NOT_COMPARED.includes(key))
        visit(a[key], b[key], field === "" ? key : `${field}.${key}`);
  };
  visit(stored, repeated, "");
  return found;
}

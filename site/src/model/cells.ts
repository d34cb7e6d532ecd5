// One metric of one row: the mean over seeds, its interval, and what is missing.
import { METRICS, type MetricId, QUALITY_METRICS } from "#harness/record/metrics.ts";
import { formatInterval } from "#harness/stats/format.ts";
import { interval, mean } from "#harness/stats/summary.ts";
import type { RunSummary } from "#harness/store/query.ts";

export interface Cell {
  readonly metric: MetricId;
  /** Mean over the seeds that have a value; null when none has. */
  readonly value: number | null;
  /** Bounds of the 95 % interval; null where the seeds agree or there is one only. */
  readonly bounds: { readonly low: number; readonly high: number } | null;
  /** `84.2 %`, `undefined`, or an en dash where nothing was measured. */
  readonly text: string;
  /** `[83.1, 85.0]`. */
  readonly interval: string | null;
  /** Why seeds have no value: `one class`, each reason once. */
  readonly reasons: readonly string[];
  /** How many seeds have a value. */
  readonly n: number;
  /** Of qualities; empty for costs, which are not shown seed by seed. */
  readonly bySeed: ReadonlyMap<number, number>;
}

const NONE: ReadonlyMap<number, number> = new Map();

/** Values of a metric by seed, those without a value left out. */
export function valuesBySeed(runs: readonly RunSummary[], id: MetricId): ReadonlyMap<number, number> {
  return new Map(
    runs.flatMap(({ seed, metrics }): [number, number][] => {
      const measured = metrics[id];
      return measured !== undefined && "value" in measured ? [[seed, measured.value]] : [];
    }),
  );
}

/** The cell of metric `id` over the runs of one row. */
export function cellOf(runs: readonly RunSummary[], id: MetricId): Cell {
  const bySeed = valuesBySeed(runs, id);
  const values = [...bySeed.values()];
  const reasons = runs.flatMap(({ metrics }) => {
    const measured = metrics[id];
    return measured !== undefined && "undefined" in measured ? [measured.undefined] : [];
  });
  const rest = {
    metric: id,
    reasons: [...new Set(reasons)],
    n: values.length,
    bySeed: id in QUALITY_METRICS ? bySeed : NONE,
  };
  if (values.length === 0) {
    return {
      ...rest,
      value: null,
      bounds: null,
      interval: null,
      text: reasons.length > 0 ? "undefined" : "–",
    };
  }
  const value = mean(values);
  const bounds = values.every((each) => each === values[0]) ? null : interval(values);
  const shown = formatInterval(value, bounds, METRICS[id].unit);
  return {
    ...rest,
    value,
    bounds: bounds === null ? null : { low: bounds.low, high: bounds.high },
    text: shown.mean,
    interval: shown.interval,
  };
}

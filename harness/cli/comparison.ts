// The comparison of two sides as numbers: configurations, quality with paired intervals, costs as ratios. A winner is named
// only where the interval leaves zero out; nothing here prints.
import { stream } from "#harness/random/stream.ts";
import { canonicalJson } from "#harness/record/identity.ts";
import { COST_METRICS, METRICS, type MetricId, type QualityMetricId } from "#harness/record/metrics.ts";
import { unpackArray } from "#harness/record/pack.ts";
import { numberOf, type RunRecord, type RunResult } from "#harness/record/schema.ts";
import { pairedInterval } from "#harness/stats/paired-interval.ts";
import { resampledDifference } from "#harness/stats/resampled-difference.ts";
import { mean, RANKED_SEEDS } from "#harness/stats/summary.ts";
import type { Task } from "#harness/task/contract.ts";
import type { Side } from "./compared-sides.ts";

export interface QualityComparison {
  readonly metric: QualityMetricId;
  readonly first: number;
  readonly other: number;
  /** `other` less `first`. */
  readonly difference: number;
  /** 95 % interval of the difference; null where it cannot be had. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** What the interval is over, or why there is none. */
  readonly over: string;
  /** The better side, only where the interval leaves zero out. */
  readonly better: "first" | "other" | null;
}

export interface CostComparison {
  readonly metric: MetricId;
  readonly first: number;
  readonly other: number;
  /** `other` over `first`; null where `first` is zero. */
  readonly ratio: number | null;
}

export interface Comparison {
  readonly first: Side;
  readonly other: Side;
  /** Fields of configuration or identity that differ. */
  readonly fields: readonly { readonly field: string; readonly first: unknown; readonly other: unknown }[];
  readonly quality: readonly QualityComparison[];
  readonly costs: readonly CostComparison[];
}

const resultOf = (record: RunRecord): RunResult => {
  if (record.outcome.state !== "ok") throw new Error(`run ${record.id} has no result`);
  return record.outcome.result;
};

const valueIn = (record: RunRecord, metric: MetricId): number | null =>
  numberOf(resultOf(record).metrics[metric]);

function meanOf(side: Side, metric: MetricId): number | null {
  const values = side.records.flatMap((record) => valueIn(record, metric) ?? []);
  return values.length === side.records.length && values.length > 0 ? mean(values) : null;
}

function differingFields({ config: a, key: k }: Side, { config: b, key: l }: Side): Comparison["fields"] {
  const [x, y]: Record<string, unknown>[] = [
    { ...k, ...Object.fromEntries(Object.entries(a).map(([name, value]) => [`config.${name}`, value])) },
    { ...l, ...Object.fromEntries(Object.entries(b).map(([name, value]) => [`config.${name}`, value])) },
  ];
  const names = [...new Set([...Object.keys(x ?? {}), ...Object.keys(y ?? {})])];
  return names
    .filter((name) => canonicalJson(x?.[name] ?? null) !== canonicalJson(y?.[name] ?? null))
    .map((field) => ({ field, first: x?.[field] ?? null, other: y?.[field] ?? null }));
}

interface Scored {
  readonly items: number;
  /** Quality of the items drawn. */
  metric(drawn: Int32Array, id: QualityMetricId): number | null;
}

function scoredOf(task: Task, record: RunRecord): Scored {
  const { scores, targets } = resultOf(record).predictions;
  const name = `run record ${record.id}`;
  const s = unpackArray(scores, name, "predictions.scores") as Float32Array;
  const t = unpackArray(targets, name, "predictions.targets");
  const items = targets.shape[0] ?? 0;
  const [sw, tw] = [s.length / items, t.length / items];
  const take = <T extends Float32Array | Int32Array>(from: T, width: number, drawn: Int32Array, to: T): T => {
    for (let i = 0; i < drawn.length; i++) {
      const start = (drawn[i] as number) * width;
      for (let k = 0; k < width; k++) to[i * width + k] = from[start + k] as number;
    }
    return to;
  };
  const drawnScores = new Float32Array(s.length);
  const drawnTargets = t instanceof Int32Array ? new Int32Array(t.length) : new Float32Array(t.length);
  return {
    items,
    metric(drawn, id) {
      const measured = task.evaluate(
        take(s, sw, drawn, drawnScores),
        take<Float32Array | Int32Array>(t, tw, drawn, drawnTargets),
      )[id];
      return numberOf(measured);
    },
  };
}

const sameTargets = (a: RunRecord, b: RunRecord): boolean =>
  canonicalJson(resultOf(a).predictions.targets) === canonicalJson(resultOf(b).predictions.targets);

type Spread = Pick<QualityComparison, "interval" | "over">;

/** Over test items: two single runs. */
function overItems(task: Task, a: RunRecord, b: RunRecord, metric: QualityMetricId): Spread {
  if (!sameTargets(a, b)) return { interval: null, over: "the runs have other test items" };
  const [x, y] = [scoredOf(task, a), scoredOf(task, b)];
  const found = resampledDifference(
    x.items,
    (drawn) => {
      const [p, q] = [x.metric(drawn, metric), y.metric(drawn, metric)];
      return p === null || q === null ? null : q - p;
    },
    stream(0, "compare", metric),
  );
  return found === null
    ? { interval: null, over: "the metric has no value on too many draws of the items" }
    : { interval: found, over: `${x.items} test items, paired bootstrap of ${found.draws} draws` };
}

/** Over seeds: two methods on the seeds that they share. */
function overSeeds(first: Side, other: Side, metric: QualityMetricId): Spread {
  const bySeed = new Map(first.records.map((record) => [record.identity.seed, valueIn(record, metric)]));
  const differences = other.records.flatMap((record) => {
    const [a, b] = [bySeed.get(record.identity.seed) ?? null, valueIn(record, metric)];
    return a === null || b === null ? [] : [b - a];
  });
  const found = differences.length < RANKED_SEEDS ? null : pairedInterval(differences);
  return found === null
    ? { interval: null, over: `${differences.length} shared seeds; an interval takes three` }
    : { interval: found, over: `${differences.length} shared seeds, paired differences` };
}

/** Compares `other` with `first`. */
export function compareSides(task: Task, kind: "runs" | "methods", first: Side, other: Side): Comparison {
  const quality = task.metrics.flatMap((metric): QualityComparison[] => {
    const [a, b] = [meanOf(first, metric), meanOf(other, metric)];
    if (a === null || b === null) return [];
    const [x, y] = [first.records[0], other.records[0]];
    const spread =
      kind === "methods" || x === undefined || y === undefined
        ? overSeeds(first, other, metric)
        : overItems(task, x, y, metric);
    const { interval } = spread;
    const apart = interval !== null && (interval.low > 0 || interval.high < 0);
    const higher = METRICS[metric].direction === "higher";
    const better = !apart ? null : interval.low > 0 === higher ? "other" : "first";
    const bounds = interval === null ? null : { low: interval.low, high: interval.high };
    return [{ metric, first: a, other: b, difference: b - a, interval: bounds, over: spread.over, better }];
  });
  const costs = (Object.keys(COST_METRICS) as MetricId[]).flatMap((metric): CostComparison[] => {
    const [a, b] = [meanOf(first, metric), meanOf(other, metric)];
    return a === null || b === null ? [] : [{ metric, first: a, other: b, ratio: a === 0 ? null : b / a }];
  });
  return { first, other, fields: differingFields(first, other), quality, costs };
}

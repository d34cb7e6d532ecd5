// Metric values of many runs at once. The one query whose rows outnumber the runs thirty to one, so it is read as plain
// arrays by statements prepared once: through the query builder it took three times as long.
import type { MetricId } from "#harness/record/metrics.ts";
import type { Measured } from "#harness/record/schema.ts";
import type { Store } from "./database.ts";
import { measured } from "./rows.ts";

/** Values on the test split and costs, by metric. */
export type MetricValues = Readonly<Partial<Record<MetricId, Measured>>>;

type Row = [run: number, metric: MetricId, value: number | null, undefined: string | null];

/** What was measured in a process of its own counts among its run's costs. */
const OF_RUNS = `with asked as (select value from json_each(?))
  select run, metric, value, undefined from metrics where run in asked and split = 'test'
  union all
  select runs.key, metric, value, null from measurements join runs on runs.id = measurements.run
    where runs.key in asked and runs.state = 'ok'`;
const AMONG = `select * from (${OF_RUNS}) where metric in (select value from json_each(?))`;

/** Values of the runs with these keys, by key; runs without a value are left out. */
export function testValues(
  store: Store,
  keys: readonly number[],
  wanted: readonly MetricId[] | "all",
): Map<number, MetricValues> {
  const found = new Map<number, Partial<Record<MetricId, Measured>>>();
  if (keys.length === 0 || (wanted !== "all" && wanted.length === 0)) return found;
  const runs = JSON.stringify(keys);
  const rows =
    wanted === "all"
      ? store.sqlite.prepare<unknown[], Row>(OF_RUNS).raw().iterate(runs)
      : store.sqlite.prepare<unknown[], Row>(AMONG).raw().iterate(runs, JSON.stringify(wanted));
  let last: [key: number, values: Partial<Record<MetricId, Measured>>] = [-1, {}];
  for (const [run, metric, value, undefinedFor] of rows as IterableIterator<Row>) {
    if (run !== last[0]) {
      last = [run, found.get(run) ?? {}];
      found.set(run, last[1]);
    }
    last[1][metric] = measured({ value, undefined: undefinedFor });
  }
  return found;
}

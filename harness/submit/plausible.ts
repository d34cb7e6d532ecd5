// Whether the numbers of a record can be true, from the record alone and from others of its cohort: metrics against
// predictions, bounds, memory against its parts, times against phases. What passes may still be invented; a repetition
// tells. Pure functions.
import { METRICS, type MetricId, QUALITY_METRICS, type Unit } from "#harness/record/metrics.ts";
import { unpackArray } from "#harness/record/pack.ts";
import { type Measured, numberOf, type RunRecord, type RunResult } from "#harness/record/schema.ts";
import type { Task } from "#harness/task/contract.ts";
import { type Broken, broken, brokenBy } from "./rules.ts";
import { type Submitted, type WithResult, withResults } from "./submitted.ts";

/** Metrics that every result has. */
const REQUIRED: readonly MetricId[] = [
  "parameters-trainable",
  "parameters-training",
  "parameters-deployed",
  "deployed-bytes",
  "optimizer-state-bytes",
  "steps-total",
  "time-training",
  "time-total",
  "latency-1-p50",
  "latency-32-p50",
  "multiply-adds",
];

/** Closed ranges of values by unit. */
const BOUNDS: Readonly<Record<Unit, readonly [number, number]>> = {
  share: [0, 1],
  coefficient: [-1, 1],
  nats: [0, Number.POSITIVE_INFINITY],
  bits: [0, Number.POSITIVE_INFINITY],
  choices: [1, Number.POSITIVE_INFINITY],
  count: [0, Number.MAX_SAFE_INTEGER],
  bytes: [0, Number.MAX_SAFE_INTEGER],
  seconds: [0, Number.POSITIVE_INFINITY],
  milliseconds: [0, Number.POSITIVE_INFINITY],
  "per-second": [0, Number.POSITIVE_INFINITY],
  "multiply-adds": [0, Number.MAX_SAFE_INTEGER],
};
const WHOLE: readonly Unit[] = ["count", "bytes", "multiply-adds"];

const FLOAT_BYTES = 4;
/** Rounding of a sum in another order, and of logarithms on another processor. */
const RELATIVE = 1e-9;
/** How much faster than the fastest stored run of the cohort a run may be. */
const FASTER = 10;
/** Clocks are set while a run goes on. */
const CLOCK_SECONDS = 2;

const near = (a: number, b: number): boolean =>
  Math.abs(a - b) <= RELATIVE * Math.max(1, Math.abs(a), Math.abs(b));

const metricOf = ({ metrics }: RunResult, id: MetricId): number | null => numberOf(metrics[id]);

const same = (a: Measured | undefined, b: Measured | undefined): boolean => {
  const [x, y] = [numberOf(a), numberOf(b)];
  return x !== null && y !== null
    ? near(x, y)
    : x === null && y === null && (a === undefined) === (b === undefined);
};

const show = (measured: Measured | undefined): string =>
  measured === undefined ? "nothing" : "value" in measured ? String(measured.value) : measured.undefined;

/** The quality metrics are what the task makes of the stored predictions. */
function judgeQuality({ path, result }: WithResult, task: Task): Broken[] {
  const thing = `run record ${path}`;
  const { predictions } = result;
  if (predictions.kind !== task.predictionKind)
    return [broken("metrics", path, `has ${predictions.kind} where ${task.id} gives ${task.predictionKind}`)];
  let computed: ReturnType<Task["evaluate"]>;
  try {
    const scores = unpackArray(predictions.scores, thing, "scores");
    const targets = unpackArray(predictions.targets, thing, "targets");
    if (!(scores instanceof Float32Array)) return [broken("metrics", path, "has scores that are no floats")];
    computed = task.evaluate(scores, targets);
  } catch (error) {
    return [brokenBy("metrics", path, error)];
  }
  const claimed = Object.keys(result.metrics).filter(
    (id): id is keyof typeof QUALITY_METRICS => id in QUALITY_METRICS,
  );
  const ids = [...new Set([...claimed, ...task.metrics])];
  return ids
    .filter((id) => !same(result.metrics[id], computed[id]))
    .map((id) =>
      broken(
        "metrics",
        path,
        `says ${METRICS[id].short} ${show(result.metrics[id])}; its predictions give ${show(computed[id])}`,
      ),
    );
}

function judgeBounds({ path, result }: WithResult): Broken[] {
  const found = REQUIRED.filter((id) => result.metrics[id] === undefined).map((id) =>
    broken("metrics", path, `has no ${id}`),
  );
  for (const [part, metrics] of [
    ["", result.metrics],
    ["validation ", result.validation],
  ] as const) {
    for (const [id, measured] of Object.entries(metrics) as [MetricId, Measured][]) {
      const value = numberOf(measured);
      if (value === null) continue;
      const { unit } = METRICS[id];
      const [low, high] = BOUNDS[unit];
      if (value < low || value > high)
        found.push(broken("metrics", path, `says ${part}${id} ${value}, outside [${low}, ${high}]`));
      else if (WHOLE.includes(unit) && !Number.isInteger(value))
        found.push(broken("metrics", path, `says ${part}${id} ${value}, which is no whole number`));
    }
  }
  return found;
}

const MEMORY_PARTS = [
  "memory-weights",
  "memory-gradients",
  "memory-optimizer-state",
  "memory-activations",
] as const;

/** Trained numbers are held in full width with their optimizer's state, so no step can take less. */
function judgeMemory({ path, result }: WithResult): Broken[] {
  const peak = metricOf(result, "memory-logical-peak");
  if (peak === null) return [];
  const found: Broken[] = [];
  const parts = MEMORY_PARTS.map((id) => metricOf(result, id) ?? 0).reduce((sum, value) => sum + value, 0);
  if (parts !== peak)
    found.push(broken("memory", path, `says a logical peak of ${peak} B; its parts give ${parts} B`));
  const trained = FLOAT_BYTES * (metricOf(result, "parameters-trainable") ?? 0);
  const floor = trained + (metricOf(result, "optimizer-state-bytes") ?? 0);
  if (peak < floor)
    found.push(
      broken(
        "memory",
        path,
        `says a logical peak of ${peak} B; trained numbers and state alone take ${floor} B`,
      ),
    );
  const all = metricOf(result, "parameters-training") ?? 0;
  if ((metricOf(result, "parameters-trainable") ?? 0) > all)
    found.push(broken("memory", path, `trains more numbers than the ${all} that it holds`));
  return found;
}

const secondsOf = (record: RunRecord, take: (phase: RunRecord["phases"][number]) => boolean): number =>
  record.phases.filter(take).reduce((sum, { seconds }) => sum + seconds, 0);

function judgeLatency(result: RunResult): string[] {
  return result.latency.flatMap(({ batch, meanMs, p50Ms, p95Ms, p99Ms }) => {
    const given = [
      [`latency-${batch}-p50`, p50Ms],
      [`latency-${batch}-p95`, p95Ms],
      [`latency-${batch}-p99`, p99Ms],
    ] as const;
    const differs = given.some(([id, value]) => metricOf(result, id as MetricId) !== value);
    if (differs) return [`has latencies at batch ${batch} that its metrics do not repeat`];
    return p50Ms <= p95Ms && p95Ms <= p99Ms && meanMs <= Math.max(p99Ms * 2, p50Ms * 100)
      ? []
      : [`has percentiles of latency at batch ${batch} that do not rise`];
  });
}

function judgeTimes({ path, record, result }: WithResult): Broken[] {
  const steps = record.phases.reduce((sum, phase) => sum + phase.steps, 0);
  const training = secondsOf(record, ({ kind }) => ["dense", "calibrate", "train"].includes(kind));
  const own = secondsOf(record, ({ cached }) => !cached);
  const [total, said] = [metricOf(result, "time-total") ?? 0, metricOf(result, "time-training") ?? 0];
  const wall = (Date.parse(record.finishedAt) - Date.parse(record.startedAt)) / 1000;
  const problems = [
    ...(metricOf(result, "steps-total") === steps
      ? []
      : [`says other steps than the ${steps} of its phases`]),
    ...(near(said, training) ? [] : [`says ${said} s of training; its phases give ${training} s`]),
    ...(own <= total * 1.01 + CLOCK_SECONDS ? [] : [`has phases of ${own} s in a run of ${total} s`]),
    ...(total <= wall * 1.01 + CLOCK_SECONDS
      ? []
      : [`took ${total} s between times that are ${wall} s apart`]),
    ...judgeLatency(result),
  ];
  return problems.map((problem) => broken("time", path, problem));
}

/** Times beside the fastest stored run of the same task, scale, spec and engine. */
function judgeSpeed({ path, record, result }: WithResult, accepted: readonly RunRecord[]): Broken[] {
  const key = ({ identity: { task, taskVersion, scale, spec, engine, data } }: RunRecord): string =>
    [task, taskVersion, scale, spec, engine, data].join(" ");
  const others = accepted.filter((other) => key(other) === key(record) && other.outcome.state === "ok");
  const fastest = (id: MetricId, best: (...values: number[]) => number): number | null => {
    const values = others.flatMap(({ outcome }) =>
      outcome.state === "ok" ? (metricOf(outcome.result, id) ?? []) : [],
    );
    return values.length === 0 ? null : best(...values);
  };
  const found: Broken[] = [];
  const speed = metricOf(result, "steps-per-second");
  const most = fastest("steps-per-second", Math.max);
  if (speed !== null && most !== null && speed > FASTER * most)
    found.push(
      broken("time", path, `says ${speed} steps a second; the fastest run of its cohort made ${most}`),
    );
  const latency = metricOf(result, "latency-1-p50");
  const least = fastest("latency-1-p50", Math.min);
  if (latency !== null && least !== null && latency * FASTER < least)
    found.push(
      broken("time", path, `says ${latency} ms a pass; the fastest model of its cohort takes ${least} ms`),
    );
  return found;
}

/** The test items' truths are the same in all runs on the same data. */
function judgeTargets(submitted: readonly WithResult[], accepted: readonly RunRecord[]): Broken[] {
  const key = ({ identity: { task, taskVersion, scale, data } }: RunRecord): string =>
    [task, taskVersion, scale, data].join(" ");
  const truths = new Map<string, string>();
  for (const record of accepted)
    if (record.outcome.state === "ok")
      truths.set(key(record), record.outcome.result.predictions.targets.data);
  return submitted.flatMap(({ path, record, result }) => {
    const own = result.predictions.targets.data;
    const truth = truths.get(key(record));
    if (truth === undefined) truths.set(key(record), own);
    return truth === undefined || truth === own
      ? []
      : [broken("metrics", path, "has other true values of the test items than other runs on the same data")];
  });
}

/** Judges all records; `taskOf` gives the tasks that are known. */
export function judgePlausible(
  submitted: readonly Submitted[],
  accepted: readonly RunRecord[],
  taskOf: (id: string) => Task | undefined,
): Broken[] {
  const results = withResults(submitted);
  const each = results.flatMap((one) => {
    const task = taskOf(one.record.identity.task);
    return [
      ...(task === undefined ? [] : judgeQuality(one, task)),
      ...judgeBounds(one),
      ...judgeMemory(one),
      ...judgeTimes(one),
      ...judgeSpeed(one, accepted),
    ];
  });
  return [...each, ...judgeTargets(results, accepted)];
}

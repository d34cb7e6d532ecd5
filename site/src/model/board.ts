// One board: its rows in order with ranks, cells, marks and fronts. Numbers come from the store and the statistics; how
// they look is the pages' matter.
import { CONTENDED_ABOVE } from "#harness/measure/contention.ts";
import { configDifference } from "#harness/record/config-difference.ts";
import type { ConfigValue } from "#harness/record/identity.ts";
import { METRIC_IDS, METRICS, type MetricId, QUALITY_METRICS } from "#harness/record/metrics.ts";
import type { OutcomeState } from "#harness/record/schema.ts";
import type { AuthorMark } from "#harness/record/trust.ts";
import { rankSamples } from "#harness/stats/ranks.ts";
import { RANKED_SEEDS } from "#harness/stats/summary.ts";
import type { Store } from "#harness/store/database.ts";
import { type Arm, cohort, type RunSummary } from "#harness/store/query.ts";
import type { BoardRef } from "./boards.ts";
import { type Cell, cellOf, valuesBySeed } from "./cells.ts";
import { type Checkout, defaultsOf, isStale, methodTitle } from "./checkout.ts";
import type { FlagId } from "./flags.ts";
import { COST_AXES, type CostAxis, type Front, frontOf } from "./front.ts";

/** Costs that a board shows: those of the narrow table, and what the process really took. */
export const BOARD_COSTS: readonly MetricId[] = METRIC_IDS.filter(
  (id) => !(id in QUALITY_METRICS) && (METRICS[id].headline || id === "memory-process-peak"),
);

/** The seeds of one method with one configuration. */
export interface BoardRow {
  /** `lora-1f0c2a77`: unique on the board, an anchor on its page. */
  readonly id: string;
  readonly method: string;
  readonly title: string;
  /** `unknown` for a method that this checkout does not have. */
  readonly kind: string;
  /** `unknown` like the kind. */
  readonly fidelity: string;
  /** Of its paper. */
  readonly year: number | null;
  /** Families of tasks that the method takes. */
  readonly families: readonly string[];
  readonly config: Readonly<Record<string, ConfigValue>>;
  /** What is set otherwise than by default: `rank=16`. */
  readonly difference: string;
  /** What stands beside its point: its id, with the difference where the board has the method more than once. */
  readonly label: string;
  /** Seeds with a result. */
  readonly n: number;
  readonly runs: readonly { readonly id: string; readonly seed: number; readonly state: OutcomeState }[];
  /** How many runs ended otherwise, by outcome. */
  readonly failures: readonly { readonly state: OutcomeState; readonly count: number }[];
  /** 1 is best; null when it is not ranked. */
  readonly rank: number | null;
  /** Another row has the same rank. */
  readonly shared: boolean;
  /** Of the board's columns: quality first, then costs. */
  readonly cells: readonly Cell[];
  /** Of all metrics that the board has. */
  readonly all: ReadonlyMap<MetricId, Cell>;
  readonly flags: readonly FlagId[];
  /** What an author of the method's paper said of its configuration; null where none has looked. */
  readonly review: AuthorMark | null;
  /** Costs on whose front it lies. */
  readonly fronts: readonly CostAxis[];
}

export interface Floor {
  readonly value: number;
  readonly what: string;
}

export interface Board extends BoardRef {
  readonly columns: readonly MetricId[];
  /** All that any row has a value of: qualities, then costs. */
  readonly metrics: readonly MetricId[];
  /** Rows with a quality, best first; then those without. */
  readonly rows: readonly BoardRow[];
  readonly fronts: readonly Front[];
  readonly floor: Floor | null;
  readonly description: string | null;
}

const LONGEST = 24;
const shortened = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;

const rowId = (arm: Arm): string => `${arm.method}-${arm.configHash.slice(0, 8)}${arm.stale ? "-stale" : ""}`;

function flagsOf(arm: Arm, quality: Cell): FlagId[] {
  const done = arm.runs.filter(({ state }) => state === "ok");
  const flags: FlagId[] = [];
  if (quality.n > 0 && quality.n < RANKED_SEEDS) flags.push("provisional");
  const busy = (of: (run: RunSummary) => number | null) =>
    done.some((run) => (of(run) ?? 0) > CONTENDED_ABOVE);
  if (busy(({ latencyContention, contention }) => latencyContention ?? contention)) flags.push("contended");
  else if (busy(({ contention }) => contention)) flags.push("contended-training");
  if (arm.stale) flags.push("stale");
  if (arm.runs.some(({ tuned }) => tuned !== null)) flags.push("tuned");
  if (done.length < arm.runs.length) flags.push("incomplete");
  if (quality.reasons.length > 0) flags.push("undefined");
  return flags;
}

/** What maintainers have checked of a row; an author's look at it stands beside. */
function trustFlags(arm: Arm, review: AuthorMark | null, { trust }: Checkout): FlagId[] {
  const done = arm.runs.filter(({ state }) => state === "ok").map(({ id }) => id);
  return [
    ...(trust === undefined || done.length === 0 ? [] : [trust.leastOf(done)]),
    ...(review === null ? [] : ["author-reviewed" as const]),
  ];
}

function failuresOf(arm: Arm): BoardRow["failures"] {
  const counts = new Map<OutcomeState, number>();
  for (const { state } of arm.runs) if (state !== "ok") counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => ({ state, count }));
}

function rowOf(
  arm: Arm,
  board: BoardRef,
  shown: { readonly columns: readonly MetricId[]; readonly metrics: readonly MetricId[] },
  checkout: Checkout,
): BoardRow {
  const all = new Map(shown.metrics.map((id) => [id, cellOf(arm.runs, id)]));
  const cells = shown.columns.map((id) => all.get(id) ?? cellOf(arm.runs, id));
  const method = checkout.methods.get(arm.method);
  const title = methodTitle(checkout, arm.method);
  // Without a method to ask for its defaults, all that is set is told.
  const defaults = defaultsOf(checkout, arm.method, board.task, board.scale) ?? {};
  const difference = configDifference(arm.config, defaults);
  const named = { task: board.task, method: arm.method, config: arm.configHash };
  const review = checkout.trust?.authorOf(named) ?? null;
  return {
    id: rowId(arm),
    method: arm.method,
    title,
    kind: method?.kind ?? "unknown",
    fidelity: method?.fidelity ?? "unknown",
    year: method?.paper?.year ?? null,
    families: method?.families ?? [],
    config: arm.config,
    difference,
    label: arm.method,
    n: arm.runs.filter(({ state }) => state === "ok").length,
    runs: arm.runs.map(({ id, seed, state }) => ({ id, seed, state })),
    failures: failuresOf(arm),
    rank: null,
    shared: false,
    cells,
    all,
    flags: [
      ...flagsOf(arm, cells[0] ?? cellOf(arm.runs, board.quality)),
      ...trustFlags(arm, review, checkout),
    ],
    review,
    fronts: [],
  };
}

/** Ranks by row id. Samples, machines of no spec, old protocols and stale rows rank nothing. */
function ranksOf(arms: readonly Arm[], board: BoardRef): ReadonlyMap<string, number> {
  const { direction } = METRICS[board.quality];
  if (board.flags.length > 0 || direction === "neutral") return new Map();
  const samples = arms
    .filter((arm) => !arm.stale)
    .map((arm) => ({ id: rowId(arm), bySeed: valuesBySeed(arm.runs, board.quality) }))
    .filter(({ bySeed }) => bySeed.size > 0);
  return new Map(
    rankSamples(samples, direction).flatMap(({ id, rank }): [string, number][] =>
      rank === null ? [] : [[id, rank]],
    ),
  );
}

/** Best quality first; rows without one last, by title. */
function order(rows: BoardRow[], quality: MetricId): BoardRow[] {
  const sign = METRICS[quality].direction === "lower" ? 1 : -1;
  return rows.sort((a, b) => {
    const [x, y] = [a.cells[0]?.value ?? null, b.cells[0]?.value ?? null];
    if (x !== null && y !== null && x !== y) return sign * (x - y);
    if ((x === null) !== (y === null)) return x === null ? 1 : -1;
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  });
}

/** The board of `ref`, read from the store. */
export function readBoard(store: Store, ref: BoardRef, checkout: Checkout): Board {
  const arms = cohort(store, ref.key, "all", (run) => isStale(checkout, run));
  const present = new Set(
    arms.flatMap(({ runs }) => runs.flatMap(({ metrics }) => Object.keys(metrics) as MetricId[])),
  );
  const columns = [ref.quality, ...BOARD_COSTS].filter((id, i) => i === 0 || present.has(id));
  const metrics = METRIC_IDS.filter((id) => present.has(id));
  const ranks = ranksOf(arms, ref);
  const counts = new Map<number, number>();
  for (const rank of ranks.values()) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  const rows = arms.map((arm) => {
    const row = rowOf(arm, ref, { columns, metrics }, checkout);
    const rank = ranks.get(row.id) ?? null;
    const alone = arms.filter(({ method }) => method === arm.method).length === 1;
    return {
      ...row,
      label: alone || row.difference === "" ? row.label : `${row.label} ${shortened(row.difference)}`,
      rank,
      shared: rank !== null && (counts.get(rank) ?? 0) > 1,
    };
  });
  // Results on the sample say nothing of methods: no front is claimed on them.
  const fronts = ref.flags.includes("sample")
    ? []
    : COST_AXES.filter((axis) => columns.includes(axis)).map((axis) => frontOf(rows, ref.quality, axis));
  const task = checkout.tasks.get(ref.task);
  return {
    ...ref,
    columns,
    metrics,
    rows: order(
      rows.map((row) => ({
        ...row,
        fronts: fronts.filter(({ members }) => members.includes(row.id)).map(({ axis }) => axis),
      })),
      ref.quality,
    ),
    fronts,
    floor: task?.floor ?? null,
    description: task?.description ?? null,
  };
}

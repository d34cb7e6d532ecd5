// Everything that pages ask for, read from one open store. Boards are kept once made; records are read when asked for, so
// that thousands of runs never lie in memory together.
import { renderRecord } from "#harness/record/format.ts";
import { canonicalJson } from "#harness/record/identity.ts";
import type { MetricId } from "#harness/record/metrics.ts";
import { QUALITY_METRICS } from "#harness/record/metrics.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import type { Store } from "#harness/store/database.ts";
import { storedMeasurements } from "#harness/store/measurements.ts";
import { type CohortKey, cohort, cohortOf, listRuns } from "#harness/store/query.ts";
import { storedIds, storedRecord } from "#harness/store/read.ts";
import { assignGlyphs, type Glyph } from "../lib/glyphs.ts";
import { type Block, parseMarkdown } from "../lib/markdown.ts";
import type { AxisScale } from "../lib/view-state.ts";
import { defaultAxis, type ParetoOptions, paretoPlot } from "../plots/pareto.ts";
import { type Board, readBoard } from "./board.ts";
import { type BoardRef, listBoards } from "./boards.ts";
import { type Change, latestChanges } from "./changes.ts";
import { type Checkout, documentText, methodTitle, taskTitle } from "./checkout.ts";
import { boardCsv, boardJson, metricsJson, runsCsv, runsJson } from "./downloads.ts";
import type { CostAxis } from "./front.ts";
import { type MethodPage, type MethodRef, methodPage, methodRef } from "./method-page.ts";
import { type RunPage, runPage } from "./run-page.ts";

export interface Site {
  /** Path of the site below its host, with a slash at both ends. Astro's own variable can be changed by the environment. */
  readonly base: string;
  readonly boards: readonly BoardRef[];
  /** Colour and shape by method id. */
  readonly glyphs: ReadonlyMap<string, Glyph>;
  readonly methods: readonly MethodRef[];
  readonly runIds: readonly string[];
  board(slug: string): Board;
  method(id: string): MethodPage;
  run(id: string): RunPage;
  /** The run's record as its file has it. */
  recordText(id: string): string;
  changes(limit: number): readonly Change[];
  methodology(): readonly Block[];
  /** A board's plot as SVG text; null when it cannot be drawn so. */
  pareto(slug: string, options: PlotOptions): string | null;
  /** The scale on which a board's plot reads best. */
  axisScale(slug: string, axis: CostAxis): AxisScale;
  /** Files below `data/` by path. */
  readonly downloads: ReadonlyMap<string, () => string>;
}

export type PlotOptions = Omit<ParetoOptions, "glyphs">;

const missing = (what: string, name: string): Error => new Error(`the site has no ${what} ${name}`);

/** The metric that a cohort is judged by: its task's, or for a task of another checkout the first quality that its runs have. */
function qualityOf(store: Store, key: CohortKey, checkout: Checkout): MetricId {
  const task = checkout.tasks.get(key.task);
  if (task !== undefined) return task.metrics[0];
  const runs = cohort(store, key, Object.keys(QUALITY_METRICS) as MetricId[]).flatMap((arm) => arm.runs);
  const ids = Object.keys(QUALITY_METRICS) as MetricId[];
  return ids.find((id) => runs.some(({ metrics }) => metrics[id] !== undefined)) ?? "accuracy";
}

function recordOf(store: Store, id: string): RunRecord {
  const record = storedRecord(store, id);
  if (record === undefined) throw missing("run", id);
  return record;
}

function downloadsOf(
  store: Store,
  boards: readonly BoardRef[],
  board: (slug: string) => Board,
): ReadonlyMap<string, () => string> {
  const runs = () => listRuns(store, { metrics: "all" });
  return new Map<string, () => string>([
    ["runs.csv", () => runsCsv(runs())],
    ["runs.json", () => runsJson(runs())],
    ["metrics.json", metricsJson],
    ...boards.flatMap(({ slug }): [string, () => string][] => [
      [`boards/${slug}.csv`, () => boardCsv(board(slug))],
      [`boards/${slug}.json`, () => boardJson(board(slug))],
    ]),
  ]);
}

export function openSite(store: Store, checkout: Checkout, base: string): Site {
  const boards = listBoards(store, checkout, (key) => qualityOf(store, key, checkout));
  const made = new Map<string, Board>();
  const board = (slug: string): Board => {
    const known = made.get(slug);
    if (known !== undefined) return known;
    const ref = boards.find((each) => each.slug === slug);
    if (ref === undefined) throw missing("board", slug);
    const read = readBoard(store, ref, checkout);
    made.set(slug, read);
    return read;
  };
  const current = boards.filter((ref) => ref.current).map(({ slug }) => board(slug));
  const seen = boards.flatMap(({ slug }) => board(slug).rows.map(({ method }) => method));
  const ids = [...new Set([...checkout.methods.keys(), ...seen])].sort();
  const glyphs = assignGlyphs(ids);
  return {
    base,
    boards,
    glyphs,
    methods: ids.map((id) => methodRef(id, checkout, current)),
    runIds: storedIds(store),
    board,
    method: (id) => methodPage(id, checkout, current),
    run(id) {
      const record = recordOf(store, id);
      const key = canonicalJson(cohortOf(record.identity));
      const ref = boards.find((each) => canonicalJson(each.key) === key) ?? null;
      return runPage({
        record,
        measurements: storedMeasurements(store, id),
        board: ref,
        methodTitle: methodTitle(checkout, record.identity.method),
        taskTitle: taskTitle(checkout, record.identity.task),
        quality: ref?.quality ?? qualityOf(store, record.identity, checkout),
      });
    },
    recordText: (id) => renderRecord(recordOf(store, id)),
    changes: (limit) => latestChanges(listRuns(store), limit),
    pareto: (slug, options) => paretoPlot(board(slug), { ...options, glyphs }),
    axisScale: (slug, axis) => defaultAxis(board(slug), axis),
    downloads: downloadsOf(store, boards, board),
    methodology: () => parseMarkdown(documentText("docs", "methodology.md") ?? ""),
  };
}

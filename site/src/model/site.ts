// Everything that pages ask for, read from one open store. Boards are kept once made; records are read when asked for, so
// that thousands of runs never lie in memory together.
import { canonicalJson } from "#harness/record/identity.ts";
import type { MetricId } from "#harness/record/metrics.ts";
import { QUALITY_METRICS } from "#harness/record/metrics.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import type { Store } from "#harness/store/database.ts";
import { storedMeasurements } from "#harness/store/measurements.ts";
import { type CohortKey, cohort, cohortEnvironments, cohortOf, listRuns } from "#harness/store/query.ts";
import { storedIds, storedRecord } from "#harness/store/read.ts";
import type { EnvironmentFacts } from "#harness/store/schema.ts";
import type { BoardData } from "../lib/board-data.ts";
import { assignGlyphs, type Glyph } from "../lib/glyphs.ts";
import { type Block, parseMarkdown } from "../lib/markdown.ts";
import { sharedPicture } from "../og/picture.ts";
import { type Board, readBoard } from "./board.ts";
import { boardData } from "./board-data.ts";
import { type BoardRef, listBoards } from "./boards.ts";
import { type Change, latestChanges } from "./changes.ts";
import { type Checkout, documentText, methodTitle, taskTitle } from "./checkout.ts";
import { judgeClaims, type MethodClaims, type ReadClaims } from "./claims.ts";
import { boardCsv, boardJson, metricsJson, runsCsv, runsJson } from "./downloads.ts";
import { type MethodPage, type MethodRef, methodPage, methodRef } from "./method-page.ts";
import { type ProfilesPage, profilesPage } from "./profiles.ts";
import { type RunPage, runPage } from "./run-page.ts";
import { schemaFiles } from "./schemas.ts";

export interface Site {
  /** Path of the site below its host, with a slash at both ends. Astro's own variable can be changed by the environment. */
  readonly base: string;
  /** `https://host`, where it is known. */
  readonly origin: string | null;
  readonly boards: readonly BoardRef[];
  readonly claims: readonly MethodClaims[];
  /** Performance profiles over the current boards, and ranks by method and board. */
  profiles(): ProfilesPage;
  /** Colour and shape by method id. */
  readonly glyphs: ReadonlyMap<string, Glyph>;
  readonly methods: readonly MethodRef[];
  readonly runIds: readonly string[];
  board(slug: string): Board;
  method(id: string): MethodPage;
  run(id: string): RunPage;
  changes(limit: number): readonly Change[];
  methodology(): readonly Block[];
  /** A board as its data file has it. */
  data(slug: string): BoardData;
  /** PNG that stands for a board, or for the whole site, where its address is shared. */
  picture(slug: string | null): Uint8Array<ArrayBuffer>;
  /** Files below `data/` by path. */
  readonly downloads: ReadonlyMap<string, () => string>;
}

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
  data: (slug: string) => BoardData,
): ReadonlyMap<string, () => string> {
  function* runs() {
    const tasks = [...new Set(listRuns(store).map(({ task }) => task))].sort();
    for (const task of tasks) yield listRuns(store, { task, metrics: "all" });
  }
  return new Map<string, () => string>([
    ["runs.csv", () => runsCsv(runs)],
    ["runs.json", () => runsJson(runs)],
    ["metrics.json", metricsJson],
    ...[...schemaFiles()].map(([name, make]): [string, () => string] => [`schema/${name}`, make]),
    ...boards.flatMap(({ slug }): [string, () => string][] => [
      [`boards/${slug}.csv`, () => boardCsv(board(slug))],
      [`boards/${slug}.json`, () => boardJson(data(slug))],
    ]),
  ]);
}

export interface SiteInput {
  /** Path of the site below its host, with a slash at both ends. */
  readonly base: string;
  /** `https://host` without a path, where it is known: absolute addresses are made of it. */
  readonly origin: string | null;
  readonly claims: readonly ReadClaims[];
}

export function openSite(store: Store, checkout: Checkout, { base, origin, claims: read }: SiteInput): Site {
  const claims = judgeClaims(store, checkout, read);
  const boards = listBoards(store, checkout, (key) => qualityOf(store, key, checkout));
  const byKey = new Map(boards.map((each) => [canonicalJson(each.key), each]));
  const bySlug = new Map(boards.map((each) => [each.slug, each]));
  const made = new Map<string, Board>();
  const board = (slug: string): Board => {
    const known = made.get(slug);
    if (known !== undefined) return known;
    const ref = bySlug.get(slug);
    if (ref === undefined) throw missing("board", slug);
    const read = readBoard(store, ref, checkout);
    made.set(slug, read);
    return read;
  };
  const current = boards.filter((ref) => ref.current).map(({ slug }) => board(slug));
  const seen = boards.flatMap(({ slug }) => board(slug).rows.map(({ method }) => method));
  const ids = [...new Set([...checkout.methods.keys(), ...seen])].sort();
  const glyphs = assignGlyphs(ids);
  const written = new Map<string, BoardData>();
  const data = (slug: string): BoardData => {
    const known = written.get(slug) ?? boardData(board(slug), glyphs, checkout);
    written.set(slug, known);
    return known;
  };
  const usual = new Map<string, EnvironmentFacts | null>();
  /** Null on boards of one run. */
  const usualEnvironment = (ref: BoardRef): EnvironmentFacts | null => {
    const known = usual.get(ref.slug);
    if (known !== undefined) return known;
    const [most] = ref.runs > 1 ? cohortEnvironments(store, ref.key) : [];
    usual.set(ref.slug, most?.facts ?? null);
    return most?.facts ?? null;
  };
  return {
    base,
    origin,
    boards,
    claims,
    glyphs,
    methods: ids.map((id) => methodRef(id, checkout, current)),
    runIds: storedIds(store),
    board,
    method: (id) => methodPage(id, checkout, current, claims),
    profiles: () => profilesPage(current),
    run(id) {
      const record = recordOf(store, id);
      const ref = byKey.get(canonicalJson(cohortOf(record.identity))) ?? null;
      return runPage({
        record,
        measurements: storedMeasurements(store, id),
        board: ref,
        methodTitle: methodTitle(checkout, record.identity.method),
        taskTitle: taskTitle(checkout, record.identity.task),
        quality: ref?.quality ?? qualityOf(store, record.identity, checkout),
        classes: checkout.tasks.get(record.identity.task)?.classes ?? null,
        usual: ref === null ? null : usualEnvironment(ref),
        marks: checkout.trust,
      });
    },
    changes: (limit) => latestChanges(listRuns(store, { purpose: "reported" }), limit),
    data,
    picture: (slug) => new Uint8Array(sharedPicture(slug === null ? null : data(slug))),
    downloads: downloadsOf(store, boards, board, data),
    methodology: () => parseMarkdown(documentText("docs", "methodology.md") ?? ""),
  };
}

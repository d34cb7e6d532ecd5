// Methods over many tasks without a blended score: performance profiles of quality and of costs, and the ranks side by
// side. Only ranked rows of current boards take part; a method is there with its best row of a board.
import { METRICS, type MetricId, type Unit } from "#harness/record/metrics.ts";
import { type Closeness, type Profile, performanceProfiles } from "#harness/stats/profiles.ts";
import type { Board, BoardRow } from "./board.ts";
import { axisValue } from "./front.ts";

export interface ProfileTable {
  readonly id: string;
  readonly title: string;
  /** What the threshold is. */
  readonly across: string;
  readonly thresholds: readonly number[];
  readonly thresholdTexts: readonly string[];
  /** Best area first. */
  readonly profiles: readonly Profile[];
  readonly tasks: number;
}

export interface RankRow {
  readonly method: string;
  readonly title: string;
  /** By board, in the order of `boards`. */
  readonly ranks: readonly ({
    readonly rank: number;
    readonly shared: boolean;
    readonly of: number;
  } | null)[];
}

export interface ProfilesPage {
  readonly boards: readonly Board[];
  readonly tables: readonly ProfileTable[];
  readonly ranks: readonly RankRow[];
}

/** Fewer boards than these make no profile. */
const LEAST_BOARDS = 2;

const GAPS = [0, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1];
const RATIOS = [1, 1.1, 1.25, 1.5, 2, 3, 5, 10, 20, 50, 100];
const COSTS = [
  "deployed-bytes",
  "parameters-trainable",
  "memory-logical-peak",
] as const satisfies readonly MetricId[];

const ranked = (board: Board): readonly BoardRow[] => board.rows.filter(({ rank }) => rank !== null);

function bestRow(board: Board, method: string): BoardRow | undefined {
  return ranked(board).find((row) => row.method === method);
}

const area = ({ shares }: Profile): number => shares.reduce((sum, share) => sum + share, 0);

interface Wanted {
  readonly id: string;
  readonly title: string;
  readonly across: string;
  readonly thresholds: readonly number[];
  readonly text: (threshold: number) => string;
  readonly closeness: Closeness;
  readonly boards: readonly Board[];
  readonly metric: (board: Board) => MetricId;
}

function tableOf(methods: readonly string[], wanted: Wanted): ProfileTable[] {
  const { boards, thresholds, closeness } = wanted;
  if (boards.length < LEAST_BOARDS) return [];
  const inputs = methods
    .map((id) => ({
      id,
      values: boards.map((board) => {
        const row = bestRow(board, id);
        const value = row === undefined ? null : axisValue(row, wanted.metric(board));
        // A ratio takes positive values: a cost of nothing is the best there is and leaves no scale for others.
        return value === null || (closeness.kind === "ratio" && value <= 0) ? null : value;
      }),
    }))
    .filter(({ values }) => values.some((value) => value !== null));
  const profiles = performanceProfiles(inputs, thresholds, closeness);
  if (profiles.length === 0) return [];
  return [
    {
      id: wanted.id,
      title: wanted.title,
      across: wanted.across,
      thresholds,
      thresholdTexts: thresholds.map(wanted.text),
      profiles: [...profiles].sort((a, b) => area(b) - area(a) || (a.id < b.id ? -1 : 1)),
      tasks: boards.length,
    },
  ];
}

const UNIT_WORDS: Partial<Record<Unit, string>> = { share: "points", coefficient: "correlation" };

/** Distances are comparable over tasks only within one unit, so shares and correlations have profiles of their own. */
function qualityTables(methods: readonly string[], boards: readonly Board[]): ProfileTable[] {
  return (["share", "coefficient"] as const).flatMap((unit) =>
    tableOf(methods, {
      id: `quality-${unit}`,
      title: `Quality (${UNIT_WORDS[unit]})`,
      across: unit === "share" ? "at most so many points below the best" : "at most so far below the best",
      thresholds: GAPS,
      text: (gap) => (unit === "share" ? `${Math.round(gap * 10_000) / 100}` : String(gap)),
      closeness: { kind: "gap", better: "higher" },
      boards: boards.filter(
        ({ quality }) => METRICS[quality].unit === unit && METRICS[quality].direction === "higher",
      ),
      metric: ({ quality }) => quality,
    }),
  );
}

export function profilesPage(current: readonly Board[]): ProfilesPage {
  const boards = current.filter((board) => ranked(board).length >= 2);
  const methods = [...new Set(boards.flatMap((board) => ranked(board).map(({ method }) => method)))].sort();
  const costs = COSTS.flatMap((metric) =>
    tableOf(methods, {
      id: metric,
      title: METRICS[metric].title,
      across: "at most so many times the least",
      thresholds: RATIOS,
      text: String,
      closeness: { kind: "ratio" },
      boards: boards.filter(({ columns }) => columns.includes(metric)),
      metric: () => metric,
    }),
  );
  const ranks = methods.map((method): RankRow => {
    const rows = boards.map((board) => bestRow(board, method));
    return {
      method,
      title: rows.find((row) => row !== undefined)?.title ?? method,
      ranks: rows.map((row, i) => {
        const board = boards[i];
        if (row === undefined || row.rank === null || board === undefined) return null;
        return { rank: row.rank, shared: row.shared, of: ranked(board).length };
      }),
    };
  });
  return { boards, tables: [...qualityTables(methods, boards), ...costs], ranks };
}

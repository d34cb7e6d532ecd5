// Whether a board can tell methods apart at all, by its own numbers: what its page warns of above the table.
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import { formatInterval, formatValue } from "#harness/stats/format.ts";

/** What training all weights by the usual optimizer reaches: a task that it cannot do is none to compare methods on. */
const REFERENCE = "full-finetune";

interface Row {
  readonly method: string;
  /** Nothing is set otherwise than by default. */
  readonly difference: string;
  readonly rank: number | null;
  /** Of the board's quality first. */
  readonly cells: readonly {
    readonly value: number | null;
    readonly bounds: { readonly low: number; readonly high: number } | null;
  }[];
}

export interface BoardFacts {
  readonly quality: MetricId;
  readonly rows: readonly Row[];
  readonly floor: { readonly value: number } | null;
}

function belowFloor({ quality, rows, floor }: BoardFacts): string[] {
  const reached = rows.find(({ method, difference }) => method === REFERENCE && difference === "")?.cells[0];
  if (floor === null || reached === undefined || reached.value === null) return [];
  const { direction, unit } = METRICS[quality];
  const sign = direction === "lower" ? -1 : 1;
  if (sign * reached.value > sign * floor.value) return [];
  const { mean, interval } = formatInterval(reached.value, reached.bounds, unit);
  return [
    `Full fine-tuning does not beat the floor (${[mean, interval ?? ""].join(" ").trim()} against ${formatValue(floor.value, unit)}), so this board does not separate methods.`,
  ];
}

function oneRank({ rows }: BoardFacts): string[] {
  const ranked = rows.filter(({ rank }) => rank !== null);
  if (ranked.length < 3 || ranked.some(({ rank }) => rank !== 1)) return [];
  return [`The seeds tell no two of the ${ranked.length} ranked rows apart.`];
}

/** Sentences for the board's page; none where nothing is wrong. */
export const separationNotes = (board: BoardFacts): readonly string[] => [
  ...belowFloor(board),
  ...oneRank(board),
];

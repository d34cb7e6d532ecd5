// A board as its JSON file has it: what readers download is what the pages' scripts read. Types only; made in
// model/board-data.ts and described by data/schema/board.json.
import type { ConfigValue } from "#harness/record/identity.ts";
import type { Direction, Unit } from "#harness/record/metrics.ts";
import type { OutcomeState } from "#harness/record/schema.ts";
import type { Glyph } from "./glyphs.ts";

export interface MetricData {
  readonly id: string;
  readonly title: string;
  readonly short: string;
  readonly unit: Unit;
  readonly direction: Direction;
  /** A quality of predictions, or a cost. */
  readonly quality: boolean;
}

/** Mean over seeds; bounds of its 95 % interval, null where the seeds agree or there is one only; how many seeds. */
export type ValueData = readonly [mean: number, low: number | null, high: number | null, n: number];

export interface RowData {
  /** `lora-1f0c2a77`: unique on the board, an anchor on its page. */
  readonly id: string;
  readonly method: string;
  readonly title: string;
  readonly kind: string;
  /** What is set otherwise than by default. */
  readonly difference: string;
  /** Short name: the method's id, with the difference where the board has the method more than once. */
  readonly label: string;
  readonly glyph: Glyph;
  readonly rank: number | null;
  /** Another row has the same rank. */
  readonly shared: boolean;
  readonly flags: readonly string[];
  readonly config: Readonly<Record<string, ConfigValue>>;
  readonly runs: readonly { readonly id: string; readonly seed: number; readonly state: OutcomeState }[];
  /** By metric; one without a value is left out. */
  readonly values: Readonly<Record<string, ValueData>>;
  /** Values of the qualities by seed, in the order of `runs`; null where there is none. */
  readonly seeds: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface BoardData {
  readonly slug: string;
  readonly title: string;
  readonly task: string;
  readonly family: string;
  readonly taskVersion: number;
  readonly scale: string;
  readonly spec: string;
  readonly engine: string;
  readonly protocol: number;
  readonly data: string;
  /** The metric that the task is judged by. */
  readonly quality: string;
  readonly flags: readonly string[];
  /** Time of its newest result. */
  readonly newest: string;
  /** Metrics that any row has, qualities first. */
  readonly metrics: readonly MetricData[];
  readonly rows: readonly RowData[];
  /** Entries for BibTeX, by method. */
  readonly papers: Readonly<Record<string, string>>;
}

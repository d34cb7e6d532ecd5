// How many items have which value, for one group of items or two laid over each other.
import type { Unit } from "#harness/record/metrics.ts";
import { axisOver, frame } from "./axis.ts";
import { type DrawNode, draw, length } from "./node.ts";
import { drawing, FIGURE } from "./plot.ts";

export interface HistogramGroup {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

export interface HistogramInput {
  readonly groups: readonly HistogramGroup[];
  readonly xTitle: string;
  readonly unit: Unit;
  /** Ends of the bins; of the values where left out. */
  readonly domain?: readonly [number, number];
  readonly title: string;
}

const BINS = 24;
const MARGINS = { top: 28, right: 16, bottom: 42, left: 56 };

/** Counts by bin; the last bin holds its upper end. */
export function binned(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
  bins = BINS,
): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor((((values[i] ?? low) - low) / (high - low)) * bins);
    const bin = Math.min(bins - 1, Math.max(0, at));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function extent(groups: readonly HistogramGroup[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { values } of groups) {
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i] ?? low);
      high = Math.max(high, values[i] ?? high);
    }
  }
  return low < high ? [low, high] : [low - 0.5, low + 0.5];
}

/** The plot; null without any value. */
export function histogram({ groups, xTitle, unit, domain, title }: HistogramInput): DrawNode | null {
  if (groups.every(({ values }) => values.length === 0)) return null;
  const ends = domain ?? extent(groups);
  const counts = groups.map(({ values }) => binned(values, ends));
  const most = Math.max(...counts.flat());
  const y = axisOver([0, most], "test items", "count", "linear");
  const place = frame(
    axisOver(ends, xTitle, unit, "linear"),
    { ...y, at: (value: number) => value / (most * 1.05), ticks: y.ticks.filter((tick) => tick >= 0) },
    FIGURE,
    MARGINS,
  );
  const step = (ends[1] - ends[0]) / BINS;
  const outlines = counts.map((group, i) => {
    const corners = group.map((count, bin) => {
      const [left, right] = [place.x(ends[0] + bin * step), place.x(ends[0] + (bin + 1) * step)];
      return `L${length(left)},${length(place.y(count))}H${length(right)}`;
    });
    const d = `M${length(place.x(ends[0]))},${length(place.y(0))}${corners.join("")}V${length(place.y(0))}Z`;
    return draw("path", { class: `bars bars-${i}`, d }, draw("title", {}, groups[i]?.name ?? ""));
  });
  return drawing("plot histogram", FIGURE, title, "img", ...place.nodes, ...outlines);
}

// Performance profiles and rank groups. Nothing redraws them in the browser, so Observable Plot draws them at build.
import * as Plot from "@observablehq/plot";
import type { Unit } from "#harness/record/metrics.ts";
import { type DrawNode, draw, length } from "../draw/node.ts";
import { linearTicks, tickText } from "../draw/ticks.ts";
import { type Glyph, shapePath } from "../lib/glyphs.ts";
import type { Board } from "../model/board.ts";
import type { ProfileTable } from "../model/profiles.ts";
import { plotDocument, svgText } from "./document.ts";

/** More lines than these are not told apart; the table has all. */
export const LINES = 10;

const SIZE = { width: 640, height: 360, marginTop: 28, marginRight: 160, marginBottom: 44, marginLeft: 52 };

/** Share of tasks within each threshold, a stepped line for each of the first methods. */
export function profilePlot(table: ProfileTable, glyphs: ReadonlyMap<string, Glyph>): string {
  const shown = table.profiles.slice(0, LINES);
  const places = table.thresholds.map((_, i) => i);
  const last = places.length - 1;
  const chart = Plot.plot({
    document: plotDocument(),
    ...SIZE,
    style: { fontSize: "12px" },
    x: { domain: [0, last], label: table.across, labelArrow: "none", labelAnchor: "center" },
    y: { domain: [0, 1], label: `share of ${table.tasks} tasks` },
    marks: [
      Plot.gridY([0, 0.25, 0.5, 0.75, 1], { className: "grid" }),
      Plot.axisX(places, {
        text: (at: number) => table.thresholdTexts[at] ?? "",
        labelArrow: "none",
        labelAnchor: "center",
      }),
      Plot.axisY([0, 0.25, 0.5, 0.75, 1], {
        text: (share: number) => `${100 * share} %`,
        labelArrow: "none",
      }),
      ...shown.map(({ id, shares }) =>
        Plot.line(
          shares.map((share, at) => ({ at, share })),
          {
            x: "at",
            y: "share",
            curve: "step-after",
            className: `line series-${glyphs.get(id)?.colour ?? 0}`,
          },
        ),
      ),
    ],
  });
  const place = { x: chart.scale("x")?.apply, y: chart.scale("y")?.apply };
  // Names stand at the lines' ends, moved down where two end at one height.
  let free = 0;
  const ends = shown
    .map(({ id, shares }) => ({ id, y: place.y?.(shares[last] ?? 0) ?? 0 }))
    .sort((a, b) => a.y - b.y);
  const marked = (id: string, r: number, x: number, y: number, ...rest: DrawNode[]): DrawNode => {
    const { colour, shape } = glyphs.get(id) ?? { colour: 0, shape: "circle" as const };
    return draw(
      "g",
      { class: `series-${colour}`, transform: `translate(${Math.round(x)},${Math.round(y)})` },
      draw("path", { class: "glyph", d: shapePath(shape, r) }),
      ...rest,
    );
  };
  const names = ends.map(({ id, y }) => {
    const at = Math.max(y, free);
    free = at + 15;
    const name = draw("text", { class: "label", x: 10, dy: "0.32em" }, id);
    return marked(id, 4.5, SIZE.width - SIZE.marginRight + 12, at, name);
  });
  // Shapes on the lines tell them apart where colours do not.
  const marks = shown.flatMap(({ id, shares }) =>
    shares.map((share, at) => marked(id, 3.5, place.x?.(at) ?? 0, place.y?.(share) ?? 0)),
  );
  return svgText(
    chart,
    `${table.title}: share of tasks, ${table.across}`,
    "plot profile",
    ...marks,
    draw("g", { "text-anchor": "start" }, ...names),
  );
}

const ROW = 20;

/** The ranked rows of a board by rank: mean, interval and single seeds, and a bracket around rows that share a rank. */
export function rankGroups(board: Board, unit: Unit, title: string): string | null {
  // By rank first: a paired test may give a row of a lower mean the better rank, and brackets must not cross.
  const rows = board.rows.filter(({ rank }) => rank !== null).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const seeds = rows.flatMap((row) =>
    [...(row.cells[0]?.bySeed.values() ?? [])].map((value) => ({ id: row.id, value })),
  );
  if (rows.length < 2 || seeds.length === 0) return null;
  const spread = rows.flatMap(({ id, cells: [cell] }) =>
    cell?.bounds == null ? [] : [{ id, low: cell.bounds.low, high: cell.bounds.high }],
  );
  const means = rows.flatMap(({ id, cells: [cell] }) =>
    cell?.value == null ? [] : [{ id, value: cell.value }],
  );
  const values = [...seeds.map(({ value }) => value), ...spread.flatMap(({ low, high }) => [low, high])];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1;
  const domain: [number, number] = [low - margin, high + margin];
  const left = 24 + 7 * Math.max(...rows.map(({ label }) => label.length));
  const labels = new Map(rows.map(({ id, label }) => [id, label]));
  const chart = Plot.plot({
    document: plotDocument(),
    width: 640,
    height: 64 + ROW * rows.length,
    marginTop: 20,
    marginBottom: 44,
    marginLeft: left,
    marginRight: 70,
    style: { fontSize: "12px" },
    x: { domain, label: title, labelArrow: "none", labelAnchor: "center" },
    y: { type: "band", domain: rows.map(({ id }) => id), label: null },
    marks: [
      Plot.gridX(linearTicks(...domain, unit), { className: "grid" }),
      Plot.axisX(linearTicks(...domain, unit), {
        text: (value: number) => tickText(value, unit),
        labelArrow: "none",
        labelAnchor: "center",
      }),
      Plot.axisY({ tickFormat: (id: string) => labels.get(id) ?? id, tickSize: 0 }),
      Plot.ruleY(spread, { y: "id", x1: "low", x2: "high", className: "spread" }),
      Plot.tickX(seeds, { y: "id", x: "value", className: "seeds", inset: 5 }),
      Plot.dot(means, { y: "id", x: "value", r: 4, className: "means" }),
    ],
  });
  const y = chart.scale("y");
  const ranks = [...new Set(rows.flatMap(({ rank }) => rank ?? []))];
  const brackets = ranks.map((rank) => {
    const places = rows.flatMap((row, i) => (row.rank === rank ? [i] : []));
    const runs = places.map((at) => (y?.apply(rows[at]?.id ?? "") ?? 0) + (y?.bandwidth ?? ROW) / 2);
    const [top, bottom] = [Math.min(...runs), Math.max(...runs)];
    return draw(
      "g",
      { class: "bracket" },
      draw("path", { d: `M582,${length(top - 6)}h5V${length(bottom + 6)}h-5` }),
      draw("text", { x: 594, y: (top + bottom) / 2, dy: "0.32em" }, `${places.length > 1 ? "=" : ""}${rank}`),
    );
  });
  return svgText(
    chart,
    `Rank groups of ${board.title}`,
    "plot ranks",
    draw("g", { "text-anchor": "start" }, ...brackets),
  );
}

// The tables of a comparison as elements. Numbers are made in compare/; here they become cells.
import { costRatio, fieldDifferences, qualityDifference, type Side } from "../compare/sides.ts";
import type { MetricData } from "../lib/board-data.ts";
import { differenceText } from "../lib/difference-text.ts";
import { valueText } from "../lib/explore.ts";
import { runPath, linkTo as siteLink } from "../lib/links.ts";
import { html, linkTo } from "./elements.ts";
import { siteBase } from "./files.ts";

type Content = string | Node;

function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Content[])[],
  kind: "number" | "value" = "number",
): HTMLElement {
  const heads = head.map((text, i) =>
    html("th", { scope: "col", ...(i === 0 ? {} : { class: kind }) }, text),
  );
  const lines = rows.map(([first = "", ...rest]) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, first),
      ...rest.map((content) => html("td", { class: kind }, content)),
    ),
  );
  return html(
    "div",
    { class: "scroll", role: "group", tabindex: "0", "aria-label": caption },
    html(
      "table",
      {},
      html("caption", {}, caption),
      html("thead", {}, html("tr", {}, ...heads)),
      html("tbody", {}, ...lines),
    ),
  );
}

const text = (side: Side, metric: MetricData): string => {
  const value = side.values[metric.id];
  return value === undefined ? "–" : valueText(value, metric);
};

/** Quality of each side, and each against the first with its paired interval. */
export function qualityTable(sides: readonly Side[], metrics: readonly MetricData[]): HTMLElement {
  const [first, ...others] = sides;
  if (first === undefined) return html("div");
  const against = others.map(({ name }) => `${name} less ${first.name}`);
  const rows = metrics.map((metric) => [
    metric.title,
    ...sides.map((side) => text(side, metric)),
    ...others.map((other) => {
      const found = qualityDifference(first, other, metric);
      if (found.difference === null) return found.over;
      const verdict =
        found.interval === null
          ? "cannot tell"
          : found.better === null
            ? "no difference shown"
            : `${found.better === "other" ? other.name : first.name} is better`;
      return html(
        "span",
        {},
        differenceText(found.difference, found.interval, metric.unit),
        html("small", {}, verdict),
      );
    }),
  ]);
  const overs = new Set(
    metrics.flatMap((metric) => others.map((other) => qualityDifference(first, other, metric).over)),
  );
  return html(
    "div",
    {},
    table("Quality on the test split", ["metric", ...sides.map(({ name }) => name), ...against], rows),
    html("p", { class: "note" }, `Differences with 95 % intervals over ${[...overs].join("; ")}.`),
  );
}

/** Costs of each side, and each as a multiple of the first. */
export function costTable(sides: readonly Side[], metrics: readonly MetricData[]): HTMLElement {
  const [first, ...others] = sides;
  if (first === undefined) return html("div");
  const rows = metrics.map((metric) => [
    metric.title,
    ...sides.map((side) => text(side, metric)),
    ...others.map((other) => {
      const ratio = costRatio(first, other, metric.id);
      return ratio === null ? "–" : Math.abs(ratio - 1) < 0.005 ? "1" : `${ratio.toPrecision(3)} ×`;
    }),
  ]);
  const against = others.map(({ name }) => `${name} over ${first.name}`);
  return table("Costs", ["metric", ...sides.map(({ name }) => name), ...against], rows);
}

export function fieldTable(sides: readonly Side[]): HTMLElement {
  const { differing, equal } = fieldDifferences(sides);
  const caption = `What differs in settings and identity; ${equal} ${equal === 1 ? "field is" : "fields are"} equal`;
  return table(
    caption,
    ["field", ...sides.map(({ name }) => name)],
    differing.map(({ field, values }) => [field, ...values]),
    "value",
  );
}

export function runList(sides: readonly Side[]): HTMLElement {
  return html(
    "ul",
    {},
    ...sides.map(({ name, runs }) =>
      html(
        "li",
        {},
        `${name}: runs by seed`,
        ...runs.flatMap(({ id, seed }) => [" ", linkTo(siteLink(siteBase(), runPath(id)), String(seed))]),
      ),
    ),
  );
}

// Learning curves of one training stage: loss on training windows and on validation, and the task's metric on validation.
import * as Plot from "@observablehq/plot";
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import type { Curve } from "#harness/record/schema.ts";
import { linearTicks, tickText } from "./axis-format.ts";
import { plotDocument, type SvgNode, svgText } from "./document.ts";

const SIZE = { width: 460, height: 260, marginTop: 28, marginRight: 90, marginBottom: 40, marginLeft: 52 };

interface Series {
  readonly name: string;
  readonly className: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const series = (
  name: string,
  className: string,
  xs: readonly number[],
  ys: readonly (number | null)[],
): Series => ({
  name,
  className,
  points: xs.flatMap((x, i) => {
    const y = ys[i];
    return y === undefined || y === null ? [] : [{ x, y }];
  }),
});

function draw(
  all: readonly Series[],
  label: string,
  unit: (typeof METRICS)[MetricId]["unit"],
  name: string,
): string | null {
  const shown = all.filter(({ points }) => points.length > 0);
  if (shown.length === 0) return null;
  const ys = shown.flatMap(({ points }) => points.map(({ y }) => y));
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  const domain: [number, number] = [low - margin, high + margin];
  const document = plotDocument();
  const chart = Plot.plot({
    document,
    ...SIZE,
    style: { fontSize: "12px" },
    x: {
      label: "optimizer step",
      labelArrow: "none",
      labelAnchor: "center",
      ticks: 5,
      tickFormat: (value: number) => String(value),
    },
    y: { domain, label },
    marks: [
      Plot.gridY(linearTicks(...domain, unit), { className: "grid" }),
      Plot.axisY(linearTicks(...domain, unit), {
        tickFormat: (value: number) => tickText(value, unit),
        labelArrow: "none",
      }),
      ...shown.flatMap(({ points, className, name: text }) => [
        Plot.line(points, { x: "x", y: "y", className: `line ${className}` }),
        ...(className === "validation"
          ? [Plot.dot(points, { x: "x", y: "y", r: 3, className: `dots ${className}` })]
          : []),
        Plot.text(points.slice(-1), {
          x: "x",
          y: "y",
          text: () => text,
          textAnchor: "start",
          dx: 8,
          className: `name ${className}`,
        }),
      ]),
    ],
  });
  chart.setAttribute("font-size", "12");
  return svgText(chart as unknown as SvgNode, name, "plot curve");
}

/** Loss of a stage as SVG text; null when it has no curve. */
export const lossPlot = (curve: Curve): string | null =>
  draw(
    [
      series("training", "training", curve.training.step, curve.training.loss),
      series("validation", "validation", curve.validation.step, curve.validation.loss),
    ],
    "loss (nats)",
    "nats",
    `Loss over the steps of stage ${curve.stage}`,
  );

/** The task's metric on validation as SVG text; null when it was never taken. */
export const metricPlot = (curve: Curve, quality: MetricId): string | null =>
  draw(
    [series("validation", "validation", curve.validation.step, curve.validation.metric)],
    `${METRICS[quality].title} on validation`,
    METRICS[quality].unit,
    `${METRICS[quality].title} on validation over the steps of stage ${curve.stage}`,
  );

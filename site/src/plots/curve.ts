// Learning curves of one training stage: loss on training windows and on validation, and the task's metric on validation.
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import type { Curve } from "#harness/record/schema.ts";
import { type LineSeries, linesPlot } from "../draw/lines.ts";
import { markup } from "../draw/node.ts";
import { FIGURE } from "../draw/plot.ts";

const series = (
  name: string,
  xs: readonly number[],
  ys: readonly (number | null)[],
  dots: boolean,
): LineSeries => ({
  name,
  className: name,
  dots,
  points: xs.flatMap((x, i) => {
    const y = ys[i];
    return y === undefined || y === null ? [] : [{ x, y }];
  }),
});

function plot(
  lines: readonly LineSeries[],
  yTitle: string,
  unit: (typeof METRICS)[MetricId]["unit"],
  title: string,
) {
  const node = linesPlot({ series: lines, xTitle: "optimizer step", yTitle, unit, size: FIGURE, title });
  return node === null ? null : markup(node);
}

/** Loss of a stage as SVG text; null when it has no curve. */
export const lossPlot = (curve: Curve): string | null =>
  plot(
    [
      series("training", curve.training.step, curve.training.loss, false),
      series("validation", curve.validation.step, curve.validation.loss, true),
    ],
    "loss (nats)",
    "nats",
    `Loss over the steps of stage ${curve.stage}`,
  );

/** The task's metric on validation as SVG text; null when it was never taken. */
export const metricPlot = (curve: Curve, quality: MetricId): string | null =>
  plot(
    [series("validation", curve.validation.step, curve.validation.metric, true)],
    `${METRICS[quality].title} on validation`,
    METRICS[quality].unit,
    `${METRICS[quality].title} on validation over the steps of stage ${curve.stage}`,
  );

// Single runs as sides of a comparison, from their record files; and the curves of any side's runs.
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import type { Curve, RunRecord } from "#harness/record/schema.ts";
import { type LineSeries, linesPlot } from "../draw/lines.ts";
import type { DrawNode } from "../draw/node.ts";
import { FIGURE } from "../draw/plot.ts";
import type { MetricData, ValueData } from "../lib/board-data.ts";
import { scoredItems } from "./predictions.ts";
import type { Side } from "./sides.ts";

export async function runSide(record: RunRecord): Promise<Side> {
  const { identity, outcome } = record;
  const { config, seed, ...rest } = identity;
  const values =
    outcome.state === "ok"
      ? Object.entries(outcome.result.metrics).flatMap(([id, measured]): [string, ValueData][] =>
          measured !== undefined && "value" in measured ? [[id, [measured.value, null, null, 1]]] : [],
        )
      : [];
  const settings = Object.entries(config).map(([key, value]): [string, unknown] => [`config.${key}`, value]);
  return {
    id: record.id,
    name: `${identity.method}, seed ${seed} (${record.id.slice(0, 8)})`,
    method: identity.method,
    fields: { ...rest, seed, outcome: outcome.state, ...Object.fromEntries(settings) },
    values: Object.fromEntries(values),
    bySeed: {},
    runs: [{ id: record.id, seed }],
    scored: outcome.state === "ok" ? await scoredItems(outcome.result.predictions) : null,
  };
}

/** The metrics that any side has, qualities first, as a board's file lists them. */
export function metricsOf(sides: readonly Side[], qualities: readonly string[]): MetricData[] {
  const ids = Object.keys(METRICS) as MetricId[];
  return ids
    .filter((id) => sides.some(({ values }) => values[id] !== undefined))
    .map((id) => {
      const { title, short, unit, direction } = METRICS[id];
      return { id, title, short, unit, direction, quality: qualities.includes(id) };
    });
}

/** The stage with the most steps: that of the training proper. */
function mainStage(curves: readonly Curve[]): Curve | undefined {
  const last = ({ training }: Curve): number => training.step.at(-1) ?? 0;
  return [...curves].sort((a, b) => last(b) - last(a))[0];
}

export interface CurvesOfSide {
  readonly name: string;
  readonly records: readonly RunRecord[];
}

/** Curves of all sides laid over each other: validation loss, training loss, the task's metric on validation. */
export function overlaidCurves(sides: readonly CurvesOfSide[], quality: MetricData | undefined): DrawNode[] {
  const seriesOf = (
    points: (curve: Curve) => {
      readonly step: readonly number[];
      readonly value: readonly (number | null)[];
    },
  ): LineSeries[] =>
    sides.flatMap(({ name, records }, side) =>
      records.flatMap((record, i) => {
        const curve = mainStage(record.curves);
        if (curve === undefined) return [];
        const { step, value } = points(curve);
        return [
          {
            // One name a side: its seeds look alike.
            name: i === 0 ? name : "",
            className: `side side-${side}`,
            points: step.flatMap((x, at) => {
              const y = value[at] ?? null;
              return y === null ? [] : [{ x, y }];
            }),
          },
        ];
      }),
    );
  const plot = (yTitle: string, unit: MetricData["unit"], series: LineSeries[]) =>
    linesPlot({
      series,
      xTitle: "optimizer step of the main stage",
      yTitle,
      unit,
      size: FIGURE,
      title: `${yTitle} of ${sides.map(({ name }) => name).join(", ")}`,
    });
  const plots = [
    plot(
      "training loss (nats)",
      "nats",
      seriesOf(({ training }) => ({ step: training.step, value: training.loss })),
    ),
    plot(
      "validation loss (nats)",
      "nats",
      seriesOf(({ validation }) => ({ step: validation.step, value: validation.loss })),
    ),
    quality === undefined
      ? null
      : plot(
          `${quality.title} on validation`,
          quality.unit,
          seriesOf(({ validation }) => ({ step: validation.step, value: validation.metric })),
        ),
  ];
  return plots.filter((node) => node !== null);
}

// What the page of one run shows: its record, put into words and units.
import { environmentDifference } from "#harness/record/difference.ts";
import { hashOf } from "#harness/record/identity.ts";
import { type Measurement, metricOf } from "#harness/record/measurement.ts";
import { METRIC_IDS, METRICS, type Metric, type MetricId } from "#harness/record/metrics.ts";
import type { Outcome, RunRecord } from "#harness/record/schema.ts";
import type { AuthorMark, Trust, TrustLevel } from "#harness/record/trust.ts";
import { formatDuration, formatMeasured, formatValue } from "#harness/stats/format.ts";
import type { EnvironmentFacts } from "#harness/store/schema.ts";
import { settingText } from "../lib/setting-text.ts";
import { lossPlot, metricPlot } from "../plots/curve.ts";
import { type MemoryPart, memoryBar, memoryParts } from "../plots/memory.ts";
import type { BoardRef } from "./boards.ts";
import { type PredictionsView, predictionsView } from "./predictions-view.ts";

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Digits that nobody reads, only compares. */
  readonly hash?: boolean;
}

export interface RunPage {
  readonly id: string;
  readonly record: RunRecord;
  readonly board: BoardRef | null;
  readonly methodTitle: string;
  readonly taskTitle: string;
  /** What happened, in a sentence; null for a run with a result. */
  readonly failure: string | null;
  /** How far its numbers have been checked; null without numbers, and where no marks are read. */
  readonly trust: TrustLevel | null;
  /** What an author of the method's paper said of its configuration; null where none has looked. */
  readonly review: AuthorMark | null;
  readonly metrics: readonly { readonly id: MetricId; readonly metric: Metric; readonly text: string }[];
  readonly validation: readonly Fact[];
  readonly curves: readonly { readonly stage: string; readonly plots: readonly string[] }[];
  readonly phases: readonly {
    readonly name: string;
    readonly kind: string;
    readonly steps: number;
    readonly examples: number;
    readonly time: string;
    readonly cached: boolean;
  }[];
  readonly memory: { readonly bar: string; readonly parts: readonly MemoryPart[] } | null;
  readonly config: readonly Fact[];
  readonly environment: readonly Fact[];
  /** How its machine and software differ from those of most runs of its board; null where there are no others. */
  readonly unusual:
    | readonly { readonly field: string; readonly usual: string; readonly here: string }[]
    | null;
  readonly predictions: PredictionsView | null;
  /** What the deployed model wrote, for language models. */
  readonly generated: string | null;
  /** Commands that repeat it: as it was made, and compared with what is stored. */
  readonly repeat: readonly string[];
}

const where = ({ stage, step }: { readonly stage: string | null; readonly step: number | null }): string => {
  const at = step === null ? "" : ` at step ${step}`;
  return stage === null ? at : `${at}${step === null ? " in" : " of"} stage "${stage}"`;
};

const DIVERGED = {
  "nan-loss": "the loss became NaN",
  "loss-explosion": "the loss exploded",
  "nan-scores": "the scores on the test split held NaN",
} as const;

/** Why a run has no result, in a sentence; null when it has one. */
export function failureText(outcome: Outcome): string | null {
  switch (outcome.state) {
    case "ok":
      return null;
    case "diverged":
      return `Diverged${where(outcome)}: ${DIVERGED[outcome.reason]}.`;
    case "out-of-memory": {
      const limit = outcome.limitBytes === null ? "" : ` Limit: ${formatValue(outcome.limitBytes, "bytes")}.`;
      const peak =
        outcome.peakBytes === null ? "" : ` Peak seen: ${formatValue(outcome.peakBytes, "bytes")}.`;
      return `Out of memory${where(outcome)}.${limit}${peak}`;
    }
    case "timeout":
      return `Stopped${where(outcome)} after the time limit of ${formatDuration(outcome.limitSeconds)}.`;
    case "crashed": {
      const how = outcome.signal ?? (outcome.exitCode === null ? null : `exit code ${outcome.exitCode}`);
      return `Crashed${where(outcome)}${how === null ? "" : ` (${how})`}: ${outcome.message}`;
    }
    case "unsupported":
      return `Not supported: ${outcome.reason}.`;
  }
}

function environmentFacts({ environment: e }: RunRecord): Fact[] {
  const versions = Object.entries(e.engine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    { name: "Processor", value: `${e.cpu}, ${e.cores} cores` },
    { name: "GPU", value: e.gpu ?? "none" },
    { name: "Memory", value: formatValue(e.memoryBytes, "bytes") },
    { name: "System", value: `${e.os}, ${e.arch}` },
    { name: "Node", value: e.node },
    {
      name: "Engine",
      value: `${e.engine.name}, provider ${e.engine.provider}, ${e.engine.threads} thread${e.engine.threads === 1 ? "" : "s"}, optimisation ${e.engine.optimisation}`,
    },
    { name: "Engine versions", value: versions.length === 0 ? "not recorded" : versions.join(", ") },
    { name: "Rankbench", value: e.rankbench },
    {
      name: "Commit",
      value:
        e.git === null
          ? "not recorded"
          : `${e.git.commit}${e.git.dirty ? ", with changes not committed" : ""}`,
      hash: e.git !== null,
    },
    {
      name: "Lock file (SHA-256)",
      value: e.lockfileSha256 ?? "not recorded",
      hash: e.lockfileSha256 !== null,
    },
    {
      name: "Other work meanwhile",
      value:
        e.contention === null
          ? "not known"
          : `${e.contention.toFixed(2)} other runnable processes on average${e.latencyContention === undefined ? "" : `, ${e.latencyContention.toFixed(2)} while latency was measured`}`,
    },
  ];
}

export interface RunPageInput {
  readonly record: RunRecord;
  /** What was measured in processes of their own. */
  readonly measurements: readonly Measurement[];
  readonly board: BoardRef | null;
  readonly methodTitle: string;
  readonly taskTitle: string;
  readonly quality: MetricId;
  /** Names of the task's classes. */
  readonly classes: readonly string[] | null;
  /** Machine and software of most runs of its board. */
  readonly usual: EnvironmentFacts | null;
  /** Marks of maintainers; left out where none are asked for. */
  readonly marks: Trust | undefined;
}

function unusualFields({ environment }: RunRecord, usual: EnvironmentFacts | null): RunPage["unusual"] {
  if (usual === null) return null;
  const { code: _, ...own } = environment;
  const differing = environmentDifference({ ...usual, contention: null }, { ...own, contention: null });
  return differing.map(({ field, stored, repeated }) => ({
    field,
    usual: settingText(stored ?? undefined),
    here: settingText(repeated ?? undefined),
  }));
}

function repeatCommands({ id, command, environment: { git } }: RunRecord): string[] {
  const checkout = git === null || git.dirty ? [] : [`git checkout ${git.commit}`];
  return [...checkout, command, `pnpm bench verify ${id.slice(0, 8)}`];
}

export function runPage(input: RunPageInput): RunPage {
  const { record, measurements, quality, classes, usual, marks, ...titles } = input;
  const { task, method, config } = record.identity;
  const result = record.outcome.state === "ok" ? record.outcome.result : null;
  const parts = result === null ? [] : memoryParts(result.metrics);
  const fact = (id: MetricId) => {
    const apart = measurements.map(metricOf).find(({ metric }) => metric === id);
    const measured = result === null || apart === undefined ? result?.metrics[id] : { value: apart.value };
    const metric = METRICS[id];
    return measured === undefined ? [] : [{ id, metric, text: formatMeasured(measured, metric.unit) }];
  };
  return {
    ...titles,
    id: record.id,
    record,
    failure: failureText(record.outcome),
    trust: result === null ? null : (marks?.levelOf(record.id) ?? null),
    review: marks?.authorOf({ task, method, config: hashOf(config) }) ?? null,
    metrics: METRIC_IDS.flatMap(fact),
    validation: METRIC_IDS.flatMap((id) => {
      const measured = (
        result?.validation as Partial<Record<MetricId, NonNullable<typeof result>["metrics"][MetricId]>>
      )?.[id];
      return measured === undefined
        ? []
        : [{ name: METRICS[id].title, value: formatMeasured(measured, METRICS[id].unit) }];
    }),
    curves: record.curves
      .map((curve) => ({
        stage: curve.stage,
        plots: [lossPlot(curve), metricPlot(curve, quality)].filter((plot) => plot !== null),
      }))
      .filter(({ plots }) => plots.length > 0),
    phases: record.phases.map(({ seconds, ...phase }) => ({ ...phase, time: formatDuration(seconds) })),
    memory: parts.length === 0 ? null : { bar: memoryBar(parts), parts },
    config: Object.entries(config).map(([name, value]) => ({
      name,
      value: settingText(value),
    })),
    environment: environmentFacts(record),
    unusual: unusualFields(record, usual),
    predictions:
      result === null ? null : predictionsView(result.predictions, classes, `run record ${record.id}`),
    generated: result?.generated ?? null,
    repeat: repeatCommands(record),
  };
}

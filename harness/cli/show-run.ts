// `bench show`: one record for people, in the order of its own schema; or as it is, with --json.
import { projectRoot } from "#harness/data/folders.ts";
import { recordPath } from "#harness/record/file.ts";
import { MEASURES, type Measurement } from "#harness/record/measurement.ts";
import { METRIC_IDS, METRICS } from "#harness/record/metrics.ts";
import type { Outcome, RunRecord } from "#harness/record/schema.ts";
import { readTrust, TRUST_LEVELS } from "#harness/record/trust.ts";
import { formatDuration, formatMeasured, formatValue } from "#harness/stats/format.ts";
import { storedMeasurements } from "#harness/store/measurements.ts";
import { findRun } from "#harness/store/read.ts";
import { withDatabase } from "./database.ts";
import { describeMeasurement } from "./describe-measurement.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./text-table.ts";

export async function showRun(session: Session, idOrPrefix: string): Promise<void> {
  const { record, measurements } = await withDatabase(session, (store) => {
    const record = findRun(store, idOrPrefix);
    return { record, measurements: storedMeasurements(store, record.id) };
  });
  // The record as it is; what was measured apart from the run stands beside its fields.
  if (session.json) return session.document(measurements.length === 0 ? record : { ...record, measurements });
  for (const line of recordLines(record, recordPath(projectRoot(), record))) session.say(line);
  const level = (await readTrust(projectRoot())).levelOf(record.id);
  for (const line of pairs([["trust", `${level}: ${TRUST_LEVELS[level]}`]])) session.say(line);
  for (const line of measurementLines(measurements)) session.say(line);
}

/** What was measured in processes of their own. */
function measurementLines(measurements: readonly Measurement[]): string[] {
  return measurements.flatMap((measurement) => [
    "",
    METRICS[MEASURES[measurement.measure]].title,
    ...pairs([
      ["value", describeMeasurement(measurement)],
      ["on", `${measurement.environment.engine.name}, ${measurement.environment.cpu}`],
      ["command", measurement.command],
    ]),
  ]);
}

/** What happened, in one line. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.state) {
    case "ok":
      return "ok";
    case "unsupported":
      return `unsupported: ${outcome.reason}`;
    default:
      return `${outcome.state}${at(outcome)}: ${detail(outcome)}`;
  }
}

type Failure = Exclude<Outcome, { state: "ok" | "unsupported" }>;

const at = ({ stage, step }: Failure): string =>
  stage === null ? "" : ` in ${stage}${step === null ? "" : ` at step ${step}`}`;

const LOSS_REASONS = {
  "nan-loss": "the loss is not a number",
  "loss-explosion": "the loss exploded",
  "nan-scores": "the scores are not numbers",
};

function detail(outcome: Failure): string {
  switch (outcome.state) {
    case "diverged":
      return `${LOSS_REASONS[outcome.reason]}${outcome.loss === null ? "" : ` (${outcome.loss.toPrecision(4)})`}`;
    case "timeout":
      return `it took longer than ${formatDuration(outcome.limitSeconds)} (--timeout)`;
    case "out-of-memory": {
      const limit =
        outcome.limitBytes === null
          ? "the machine had no more"
          : `more than ${formatValue(outcome.limitBytes, "bytes")} (--memory-limit)`;
      return outcome.peakBytes === null
        ? limit
        : `${limit}; it took ${formatValue(outcome.peakBytes, "bytes")}`;
    }
    case "crashed":
      return outcome.message;
  }
}

const pairs = (rows: readonly (readonly [string, string])[]): string[] =>
  rows.map(([key, value]) => `  ${key.padEnd(14)} ${value.replaceAll("\n", `\n${" ".repeat(17)}`)}`);

/** The record as lines of text. */
export function recordLines(record: RunRecord, file: string): string[] {
  const { identity, environment, outcome } = record;
  const { engine, git } = environment;
  const versions = Object.entries(engine.versions).map(([name, version]) => `${name} ${version}`);
  const commit =
    git === null ? "not a git checkout" : `${git.commit.slice(0, 12)}${git.dirty ? " with changes" : ""}`;
  return [
    `run ${record.id}: ${identity.method} on ${identity.task}`,
    ...pairs([
      ["outcome", describeOutcome(outcome)],
      ["task", `${identity.task}@${identity.taskVersion}, scale ${identity.scale}`],
      ["config", JSON.stringify(identity.config)],
      ["seed", String(identity.seed)],
      ["machine", `spec ${identity.spec}, protocol ${identity.protocol}`],
      ["data", dataLine(record)],
      ["attempt", record.attempt],
    ]),
    ...record.notes.map((note) => `  note           ${note}`),
    ...(outcome.state === "ok" ? ["", ...metricLines(outcome.result.metrics)] : []),
    "",
    ...phaseLines(record),
    "",
    ...pairs([
      [
        "engine",
        `${engine.name} (${[...versions, engine.provider, `${engine.threads} thread${engine.threads === 1 ? "" : "s"}`].join(", ")})`,
      ],
      ...stepsLine(outcome),
      [
        "hardware",
        `${environment.cpu}, ${environment.cores} cores, ${formatValue(environment.memoryBytes, "bytes")}${environment.gpu === null ? "" : `, ${environment.gpu}`}`,
      ],
      ["system", `${environment.os}, ${environment.arch}, Node ${environment.node}`],
      ["code", `rankbench ${environment.rankbench}, ${commit}`],
      [
        "contention",
        environment.contention === null
          ? "not known"
          : `${environment.contention.toFixed(2)} other runnable processes`,
      ],
      [
        "started",
        `${record.startedAt}, took ${formatDuration((Date.parse(record.finishedAt) - Date.parse(record.startedAt)) / 1000)}`,
      ],
      ["command", record.command],
      ["file", file],
    ]),
  ];
}

function dataLine(record: RunRecord): string {
  if (record.data.length === 0) return `${record.identity.data} (none read)`;
  const variants = [...new Set(record.data.map((entry) => entry.variant))].join(", ");
  const sample = record.data.some((entry) => entry.variant === "sample") ? "; the sample, never ranked" : "";
  return `${record.identity.data}: ${record.data.map((entry) => `${entry.source}/${entry.file}`).join(", ")} (${variants}${sample})`;
}

/** How the engine ran the training steps, where that is known. */
function stepsLine(outcome: Outcome): readonly (readonly [string, string])[] {
  const steps = outcome.state === "ok" ? outcome.result.engineStats.steps : undefined;
  if (steps === undefined) return [];
  const recorded = Object.entries(steps.recorded).map(([why, count]) => `${count} recorded (${why})`);
  const { replayed, captured, verified } = steps;
  return [
    [
      "steps",
      [`${replayed} replayed`, `${captured} captured`, `${verified} verified`, ...recorded].join(", "),
    ],
  ];
}

function metricLines(metrics: Extract<Outcome, { state: "ok" }>["result"]["metrics"]): string[] {
  const rows = METRIC_IDS.flatMap((id) => {
    const measured = metrics[id];
    return measured === undefined
      ? []
      : [[`  ${METRICS[id].title}`, formatMeasured(measured, METRICS[id].unit)]];
  });
  return renderTable({
    columns: [
      { title: "  metric", align: "left" },
      { title: "value", align: "right" },
    ],
    rows,
    width: 100,
  });
}

function phaseLines({ phases }: RunRecord): string[] {
  if (phases.length === 0) return ["  no phase was finished"];
  const rows = phases.map((phase) => [
    `  ${phase.name}`,
    phase.kind,
    phase.steps === 0 ? "-" : String(phase.steps),
    phase.examples === 0 ? "-" : String(phase.examples),
    `${formatDuration(phase.seconds)}${phase.cached ? " (from the cache)" : ""}`,
  ]);
  const columns = [
    { title: "  phase", align: "left" },
    { title: "kind", align: "left" },
    { title: "steps", align: "right" },
    { title: "examples", align: "right" },
    { title: "time", align: "left" },
  ] as const;
  return renderTable({ columns, rows, width: 100 });
}

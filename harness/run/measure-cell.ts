// One planned run measured instead of done: its worker starts in exact mode, and what it measured goes into a file beside
// the run's record. A measurement that does not come to its end leaves nothing and is told as an error.
import { exitCode } from "#harness/failure/exit-codes.ts";
import { observeEnvironment } from "#harness/measure/environment.ts";
import {
  aboveBaseline,
  type Measure,
  type Measurement,
  measurementPath,
  readMeasurement,
  writeMeasurement,
} from "#harness/record/measurement.ts";
import type { Outcome } from "#harness/record/schema.ts";
import { storableTexts } from "#harness/record/text.ts";
import { ingestMeasurement } from "#harness/store/measurements.ts";
import type { MeasuredEvent } from "#harness/train/job.ts";
import { judge } from "./outcome.ts";
import type { Cell } from "./plan.ts";
import { type CellSettings, unopened } from "./run-cell.ts";
import { beginSpan } from "./span.ts";
import { supervise } from "./supervisor.ts";

export type MeasureSettings = Omit<CellSettings, "onWaiting">;

export type MeasureResult =
  | {
      readonly kind: "existed" | "measured";
      readonly measurement: Measurement;
      readonly file: string;
    }
  | { readonly kind: "refused"; readonly code: number; readonly message: string }
  /** It ended as a run can end that has no result; nothing is recorded. */
  | { readonly kind: "failed"; readonly outcome: Outcome }
  | { readonly kind: "interrupted" };

/** Measures, or finds that it was measured before. Throws `storage` errors. */
export async function measureCell(
  cell: Cell,
  measure: Measure,
  settings: MeasureSettings,
): Promise<MeasureResult> {
  const { root, timeoutSeconds, memoryLimitBytes, interruption, worker } = settings;
  const { id, identity } = cell.job;
  const known = settings.force ? null : await readMeasurement(root, cell.job, measure);
  const file = measurementPath(root, cell.job, measure);
  if (known !== null) return { kind: "existed", measurement: known, file };
  if (interruption.stop.aborted) return { kind: "interrupted" };
  const span = beginSpan();
  const observed = observeEnvironment(unopened(cell), null, root);
  const end = await supervise(
    { ...cell.job, measure },
    {
      timeoutSeconds,
      memoryLimitBytes,
      interruption,
      exactMemory: true,
      onEvent: (event) => settings.onEvent(event),
      ...(worker === undefined ? { startsProcesses: cell.task.startsProcesses === true } : { worker }),
    },
  );
  if (end.last?.kind !== "measured") {
    const verdict = judge(end, { timeoutSeconds, memoryLimitBytes });
    if (verdict.kind === "interrupted") return { kind: "interrupted" };
    if (verdict.kind === "refused")
      return { kind: "refused", code: exitCode(verdict.reason), message: verdict.message };
    return { kind: "failed", outcome: verdict.content.outcome };
  }
  const measured: MeasuredEvent = end.last;
  const { baselineBytes, stepPeakBytes } = measured;
  const measurement = storableTexts<Measurement>({
    schema: 1,
    measure,
    id,
    identity,
    value: aboveBaseline(baselineBytes, stepPeakBytes),
    baselineBytes,
    stepPeakBytes: [...stepPeakBytes],
    environment: { ...observed, engine: measured.engine },
    notes: [...measured.notes],
    command: `${cell.command} --measure ${measure}`,
    startedAt: span.startedAt.toISOString(),
    finishedAt: span.finishedAt().toISOString(),
  });
  await writeMeasurement(root, measurement);
  ingestMeasurement(settings.store, root, measurement);
  return { kind: "measured", measurement, file };
}

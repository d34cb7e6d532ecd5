// A measurement: a number of a run that needs a process of its own, in a file beside the run's record. It has the run's
// id and identity, so no cohort is split by it, and a run may be measured before or after it is done.
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { RankbenchError } from "#harness/failure/error.ts";
import { recordName, runsFolder, storageError, temporaryName, writeFlushed } from "./file.ts";
import { identitySchema, runId } from "./identity.ts";
import type { CostMetricId } from "./metrics.ts";
import { environmentSchema, type RunRecord } from "./schema.ts";
import { textSchema } from "./text.ts";

const MEASUREMENT_SCHEMA = 1;

/** What can be measured apart from a run, and the metric that it gives. */
export const MEASURES = { memory: "memory-measured-peak" } as const satisfies Record<string, CostMetricId>;
export type Measure = keyof typeof MEASURES;
export const MEASURE_NAMES = Object.keys(MEASURES) as [Measure, ...Measure[]];

const bytes = z.int().nonnegative();

export const measurementSchema = z.strictObject({
  schema: z.literal(MEASUREMENT_SCHEMA),
  measure: z.enum(MEASURE_NAMES),
  /** Id of the run. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  identity: identitySchema,
  /** The metric's value: the median of the steps, less the base line. */
  value: bytes,
  /** Resident before the model was made. */
  baselineBytes: bytes,
  /** Most that was resident during each measured step, the base line included. */
  stepPeakBytes: z.array(bytes).min(1),
  environment: environmentSchema,
  notes: z.array(textSchema),
  command: textSchema,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});
export type Measurement = z.infer<typeof measurementSchema>;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error("no step was measured");
  return Math.round((low + high) / 2);
};

/** What the steps took more than the base line: the median, which one disturbed step does not move. */
export const aboveBaseline = (baselineBytes: number, stepPeakBytes: readonly number[]): number =>
  Math.max(0, median(stepPeakBytes) - baselineBytes);

/** The measurement as a metric of its run. */
export const metricOf = ({
  measure,
  value,
}: Measurement): { readonly metric: CostMetricId; readonly value: number } => ({
  metric: MEASURES[measure],
  value,
});

/** Beside the run's record: the path below `results/runs`, with `/`. */
export const measurementName = (run: Pick<RunRecord, "id" | "identity">, measure: Measure): string =>
  recordName(run).replace(/\.json$/, `.${measure}.json`);

/** Where the measurement of a run stands. */
export const measurementPath = (
  root: string,
  run: Pick<RunRecord, "id" | "identity">,
  measure: Measure,
): string => join(runsFolder(root), ...measurementName(run, measure).split("/"));

const MEASUREMENT_FILE = new RegExp(`^[0-9a-f]{16}\\.(?:${MEASURE_NAMES.join("|")})\\.json$`);
export const isMeasurementFile = (name: string): boolean => MEASUREMENT_FILE.test(name);

function refusal(file: string, problem: string, field: string, value?: unknown, wanted?: string) {
  return new RankbenchError({
    reason: "storage",
    thing: `measurement ${file}`,
    problem,
    field,
    ...(value === undefined ? {} : { value }),
    ...(wanted === undefined ? {} : { wanted }),
    next: "restore the file from git, or delete it and repeat the measurement",
  });
}

/** Reads the text of a measurement file; `file` is what errors name. */
export function parseMeasurement(text: string, file: string): Measurement {
  let measurement: Measurement;
  try {
    measurement = measurementSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw refusal(file, "not JSON", "(root)", error.message);
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    throw refusal(
      file,
      `not a valid measurement: ${issue?.message ?? "invalid"}`,
      issue?.path.join(".") || "(root)",
    );
  }
  const { id, identity, value, baselineBytes, stepPeakBytes } = measurement;
  if (id !== runId(identity))
    throw refusal(file, "the id is not the hash of the identity", "id", id, runId(identity));
  const wanted = aboveBaseline(baselineBytes, stepPeakBytes);
  if (value !== wanted)
    throw refusal(file, "the value is not what its steps give", "value", value, String(wanted));
  return measurement;
}

/** One measurement has one text. */
export const renderMeasurement = (measurement: Measurement): string =>
  `${JSON.stringify(measurementSchema.parse(measurement), undefined, 2)}\n`;

/** Writes the file below `root`, whole or not at all, in the place of an earlier one. Failures are `storage` errors. */
export async function writeMeasurement(root: string, measurement: Measurement): Promise<string> {
  const file = measurementPath(root, measurement, measurement.measure);
  const text = renderMeasurement(measurement);
  const temporary = temporaryName(dirname(file), measurement.id);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFlushed(temporary, text);
    await rename(temporary, file);
    return file;
  } catch (error) {
    throw storageError(file, "writing a measurement", error);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** The measurement of a run, or null when it was not made. A damaged file is a `storage` error. */
export async function readMeasurement(
  root: string,
  run: Pick<RunRecord, "id" | "identity">,
  measure: Measure,
): Promise<Measurement | null> {
  const file = measurementPath(root, run, measure);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw storageError(file, "reading a measurement", error);
  }
  return parseMeasurement(text, file);
}

// Measurements in the database: out of the files beside the run records, into the metrics of their runs.
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { eq, inArray } from "drizzle-orm";
import { RankbenchError } from "#harness/failure/error.ts";
import { fileStamp, runsFolder } from "#harness/record/file.ts";
import {
  isMeasurementFile,
  type Measurement,
  measurementName,
  metricOf,
  parseMeasurement,
  renderMeasurement,
  writeMeasurement,
} from "#harness/record/measurement.ts";
import { inTransaction, type Store } from "./database.ts";
import { explained } from "./errors.ts";
import { measurements } from "./schema.ts";

/** Stores a measurement whose file stands below `root`; one that was there before is replaced, as its file was. */
export function ingestMeasurement(store: Store, root: string, measurement: Measurement): void {
  const path = measurementName(measurement, measurement.measure);
  const stamp = fileStamp(join(runsFolder(root), ...path.split("/"))) ?? { bytes: 0, changed: "0" };
  const { metric, value } = metricOf(measurement);
  const { id: run, measure } = measurement;
  const row = { run, measure, metric, value, document: renderMeasurement(measurement), path, ...stamp };
  inTransaction(store, () => {
    store.db
      .insert(measurements)
      .values(row)
      .onConflictDoUpdate({ target: [measurements.run, measurements.measure], set: row })
      .run();
  });
}

/** The measurements of one run. */
export function storedMeasurements(store: Store, id: string): Measurement[] {
  const rows = explained(store.path, () =>
    store.db.select().from(measurements).where(eq(measurements.run, id)).all(),
  );
  return rows.map(({ document }) => parseMeasurement(document, `of run ${id} in database ${store.path}`));
}

/** A measurement file that cannot be used, with the reason. */
export interface RefusedFile {
  readonly file: string;
  readonly error: RankbenchError;
}

/** Paths of all measurement files below `root`, with `/`, in order. */
async function listFiles(root: string): Promise<string[]> {
  const names = await readdir(runsFolder(root), { recursive: true, encoding: "utf8" }).catch(() => []);
  return names
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => isMeasurementFile(name.split("/").at(-1) ?? ""))
    .sort();
}

/**
 * Takes what is new or changed among the measurement files; `anew` takes all of them and drops rows whose file is gone. What
 * the database has of a damaged file is kept.
 */
export async function syncMeasurements(
  store: Store,
  root: string,
  options: { readonly anew: boolean },
): Promise<readonly RefusedFile[]> {
  const known = new Map(
    explained(store.path, () => store.db.select().from(measurements).all()).map((row) => [row.path, row]),
  );
  const refused: RefusedFile[] = [];
  const paths = await listFiles(root);
  for (const path of paths) {
    const file = join(runsFolder(root), ...path.split("/"));
    const stamp = fileStamp(file);
    const row = known.get(path);
    const unchanged = row?.bytes === stamp?.bytes && row?.changed === stamp?.changed;
    if (stamp === undefined || (unchanged && !options.anew)) continue;
    try {
      const measurement = parseMeasurement(await readFile(file, "utf8"), file);
      if (measurementName(measurement, measurement.measure) !== path) throw misplaced(file, measurement);
      ingestMeasurement(store, root, measurement);
    } catch (error) {
      if (!(error instanceof RankbenchError)) throw error;
      refused.push({ file, error });
    }
  }
  const gone = [...known.keys()].filter((path) => !paths.includes(path));
  if (options.anew && gone.length > 0)
    inTransaction(store, () => store.db.delete(measurements).where(inArray(measurements.path, gone)).run());
  return refused;
}

function misplaced(file: string, measurement: Measurement): RankbenchError {
  return new RankbenchError({
    reason: "storage",
    thing: `measurement ${file}`,
    problem: "the file stands where its identity does not belong",
    field: "path",
    value: dirname(file),
    wanted: measurementName(measurement, measurement.measure),
    next: "move the file there",
  });
}

/** Writes the files of stored measurements that have none below `root`. */
export async function exportMeasurements(store: Store, root: string): Promise<void> {
  const rows = explained(store.path, () => store.db.select().from(measurements).all());
  const present = new Set(await listFiles(root));
  for (const { path, document } of rows)
    if (!present.has(path)) await writeMeasurement(root, parseMeasurement(document, path));
}

// A measurement in one line, as the end of its command and `bench show` say it.
import { MEASURES, type Measurement } from "#harness/record/measurement.ts";
import { METRICS } from "#harness/record/metrics.ts";
import { formatValue, plural } from "#harness/stats/format.ts";

/** `184 MiB (5 steps: 184 MiB to 185 MiB), above a base line of 96 MiB`. */
export function describeMeasurement({
  measure,
  value,
  baselineBytes,
  stepPeakBytes,
}: Pick<Measurement, "measure" | "value" | "baselineBytes" | "stepPeakBytes">): string {
  const { unit } = METRICS[MEASURES[measure]];
  const range = [Math.min(...stepPeakBytes), Math.max(...stepPeakBytes)].map((bytes) =>
    formatValue(Math.max(0, bytes - baselineBytes), unit),
  );
  return `${formatValue(value, unit)} (${plural(stepPeakBytes.length, "step")}: ${range.join(" to ")}), above a base line of ${formatValue(baselineBytes, unit)}`;
}

// Differences of a metric in words. A difference of shares is in points: "0.5 %" could be read as half a percent of the value.
import { formatInterval } from "#harness/cli/format.ts";
import type { Unit } from "#harness/record/metrics.ts";

const inPoints = (text: string, unit: Unit): string =>
  unit === "share" ? text.replace(/ %$/, " points") : text;

/** `0.5 points`, `12 MiB`: a size of a difference, without a sign. */
export const marginText = (value: number, unit: Unit): string =>
  inPoints(formatInterval(value, null, unit).mean, unit);

/** `+0.5 points [0.1, 0.9]` */
export function differenceText(
  value: number,
  bounds: { readonly low: number; readonly high: number } | null,
  unit: Unit,
): string {
  const { mean, interval } = formatInterval(value, bounds, unit);
  return `${value > 0 ? "+" : ""}${inPoints(mean, unit)}${interval === null ? "" : ` ${interval}`}`;
}

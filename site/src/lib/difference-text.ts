// Differences of a metric in words. A difference of shares is in points: "0.5 %" could be read as half a percent of the value.
import type { Unit } from "#harness/record/metrics.ts";
import { formatInterval } from "#harness/stats/format.ts";

const inPoints = (text: string, unit: Unit): string =>
  unit === "share" ? text.replace(/ %$/, " points") : text;

/** `0.5 points`, `12 MiB`: a size of a difference, without a sign. */
export const marginText = (value: number, unit: Unit): string =>
  inPoints(formatInterval(value, null, unit).mean, unit);

/** `+0.5 points [0.1, 0.9]`; what rounds to nothing has no sign. */
export function differenceText(
  value: number,
  bounds: { readonly low: number; readonly high: number } | null,
  unit: Unit,
): string {
  const { mean, interval } = formatInterval(value, bounds, unit);
  const size = mean.replace(/^-/, "");
  const sign = /[1-9]/.test(size) ? (value > 0 ? "+" : "-") : "";
  return `${sign}${inPoints(size, unit)}${interval === null ? "" : ` ${interval}`}`;
}

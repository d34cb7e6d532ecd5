// Numbers for people: counts, bytes, times and shares with their unit, three significant digits, one scale for a mean
// and its interval. Nothing here decides what is shown.

import type { Unit } from "#harness/record/metrics.ts";
import type { Measured } from "#harness/record/schema.ts";

interface Scale {
  readonly divisor: number;
  readonly suffix: string;
}

const COUNT_SCALES: readonly Scale[] = [
  { divisor: 1, suffix: "" },
  { divisor: 1e3, suffix: "k" },
  { divisor: 1e6, suffix: "M" },
  { divisor: 1e9, suffix: "G" },
  { divisor: 1e12, suffix: "T" },
];
const BYTE_SCALES: readonly Scale[] = [
  { divisor: 1, suffix: "B" },
  { divisor: 2 ** 10, suffix: "KiB" },
  { divisor: 2 ** 20, suffix: "MiB" },
  { divisor: 2 ** 30, suffix: "GiB" },
  { divisor: 2 ** 40, suffix: "TiB" },
];
const SECOND_SCALES: readonly Scale[] = [
  { divisor: 1e-3, suffix: "ms" },
  { divisor: 1, suffix: "s" },
  { divisor: 60, suffix: "min" },
  { divisor: 3600, suffix: "h" },
];
const MILLISECOND_SCALES: readonly Scale[] = [
  { divisor: 1e-3, suffix: "µs" },
  { divisor: 1, suffix: "ms" },
  { divisor: 1e3, suffix: "s" },
];

const SCALES: Readonly<Record<Unit, readonly Scale[]>> = {
  share: [{ divisor: 0.01, suffix: "%" }],
  coefficient: [{ divisor: 1, suffix: "" }],
  nats: [{ divisor: 1, suffix: "nats" }],
  bits: [{ divisor: 1, suffix: "bits" }],
  choices: [{ divisor: 1, suffix: "" }],
  count: COUNT_SCALES,
  bytes: BYTE_SCALES,
  seconds: SECOND_SCALES,
  milliseconds: MILLISECOND_SCALES,
  "per-second": [{ divisor: 1, suffix: "/s" }],
  "multiply-adds": COUNT_SCALES,
};

/** A value as three significant digits leave it: decisions on digits and scale must see 1.00 where 0.9996 is printed. */
const rounded = (value: number): number => Number(Math.abs(value).toPrecision(3));

/** A plain number with so many significant digits, all of those before the point: `0.412`, `5.3`, `104`. */
export const significant = (value: number, digits: number): string =>
  Math.abs(value) >= 10 ** (digits - 1) ? value.toFixed(0) : value.toPrecision(digits);

/** Digits after the point for three significant ones; never more than three. */
function digits(value: number): number {
  const size = rounded(value);
  if (size >= 100 || size === 0) return 0;
  return size >= 10 ? 1 : size >= 1 ? 2 : 3;
}

/** The largest scale in which the value, as it will be printed, is at least 1. */
function scaleFor(value: number, unit: Unit): Scale {
  const scales = SCALES[unit];
  let chosen = scales[0] ?? { divisor: 1, suffix: "" };
  for (const scale of scales) if (rounded(value / scale.divisor) >= 1) chosen = scale;
  return chosen;
}

function render(value: number, unit: Unit, scale: Scale): string {
  const scaled = value / scale.divisor;
  // Scores are read against each other in a column: the same digits always, as papers print them.
  if (unit === "share") return scaled.toFixed(1);
  if (unit === "coefficient" || unit === "nats" || unit === "bits") return scaled.toFixed(3);
  const whole =
    scale.divisor === 1 &&
    Number.isInteger(value) &&
    (unit === "count" || unit === "bytes" || unit === "multiply-adds");
  return whole ? String(value) : scaled.toFixed(digits(scaled));
}

const join = (text: string, suffix: string): string => (suffix === "" ? text : `${text} ${suffix}`);

/** `6.98 M`, `26.6 MiB`, `84.3 %`, `1.20 s`. */
export function formatValue(value: number, unit: Unit): string {
  const scale = scaleFor(value, unit);
  return join(render(value, unit, scale), scale.suffix);
}

/** A record's metric; one without a value shows why. */
export function formatMeasured(measured: Measured, unit: Unit): string {
  return "value" in measured ? formatValue(measured.value, unit) : `undefined (${measured.undefined})`;
}

/** Mean with its unit, and the interval's bounds in the same scale: `84.2 %` and `[83.1, 85.0]`. */
export function formatInterval(
  mean: number,
  bounds: { readonly low: number; readonly high: number } | null,
  unit: Unit,
): { readonly mean: string; readonly interval: string | null } {
  const scale = scaleFor(mean, unit);
  return {
    mean: join(render(mean, unit, scale), scale.suffix),
    interval:
      bounds === null ? null : `[${render(bounds.low, unit, scale)}, ${render(bounds.high, unit, scale)}]`,
  };
}

/** A duration for reading: `42 s`, `3 min 12 s`, `2 h 05 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** `1 run`, `3 runs`. */
export const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

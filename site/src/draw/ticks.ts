// Ticks of axes in the units of the metric catalogue.
import type { Unit } from "#harness/record/metrics.ts";
import { formatValue } from "#harness/stats/format.ts";

/** Nice places between `low` and `high` on a logarithmic axis: 1, 2, 5 times powers of ten (of 1024 for bytes). */
export function logTicks(low: number, high: number, unit: Unit): number[] {
  const ticks: number[] = [];
  const push = (value: number): void => {
    if (value >= low && value <= high) ticks.push(value);
  };
  if (unit === "bytes") {
    for (let power = 1; power <= high; power *= 1024) {
      for (const factor of [1, 2, 5, 10, 20, 50, 100, 200, 500]) push(power * factor);
    }
  } else {
    const factors = Math.log10(high / low) > 3 ? [1] : [1, 2, 5];
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
      for (const factor of factors) push(power * factor);
    }
  }
  if (ticks.length < 2) return [low, high];
  const stride = Math.ceil(ticks.length / 7);
  return ticks.filter((_, i) => i % stride === 0);
}

/** Nice places on a linear axis, in steps that read well in the unit. */
export function linearTicks(low: number, high: number, unit: Unit, wanted = 6): number[] {
  const base = unit === "bytes" ? 1024 : 1000;
  const divisor =
    unit === "bytes" || unit === "count"
      ? base ** Math.max(0, Math.floor(Math.log(high) / Math.log(base)))
      : 1;
  const raw = (high - low) / divisor / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / divisor / step); i * step <= high / divisor + step * 1e-9; i++) {
    ticks.push(i * step * divisor);
  }
  return ticks;
}

/** A tick's text, without zeros that say nothing: `20 MiB`, `84.5 %`. Nats are named by the axis. */
export function tickText(value: number, unit: Unit): string {
  if (value === 0) return "0";
  const text = formatValue(value, unit).replace(/ nats$/, "");
  return text.replace(/(\.\d*?)0+(?=\D|$)/, "$1").replace(/\.(?=\D|$)/, "");
}

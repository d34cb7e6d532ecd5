// The parts of the training memory's logical peak as one stacked bar. Each part is named beside its colour with its bytes.
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import type { Measured } from "#harness/record/schema.ts";
import { formatValue } from "#harness/stats/format.ts";
import { draw, markup } from "../draw/node.ts";
import { drawing } from "../draw/plot.ts";

const PARTS = [
  "memory-weights",
  "memory-gradients",
  "memory-optimizer-state",
  "memory-activations",
] as const satisfies readonly MetricId[];

export interface MemoryPart {
  readonly title: string;
  readonly text: string;
  /** Part of the peak, 0 to 1. */
  readonly share: number;
}

/** The parts of the peak; empty when the run has none. */
export function memoryParts(metrics: Readonly<Partial<Record<MetricId, Measured>>>): MemoryPart[] {
  const parts = PARTS.flatMap((id) => {
    const measured = metrics[id];
    return measured !== undefined && "value" in measured ? [{ id, bytes: measured.value }] : [];
  });
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (!(total > 0)) return [];
  return parts.map(({ id, bytes }) => ({
    title: METRICS[id].title.replace(/ at the peak$/, ""),
    text: formatValue(bytes, METRICS[id].unit),
    share: bytes / total,
  }));
}

const SIZE = { width: 600, height: 36 };

/** The bar as SVG text, 600 units wide. */
export function memoryBar(parts: readonly MemoryPart[]): string {
  let left = 0;
  const bars = parts.map(({ title, text, share }, i) => {
    const width = share * SIZE.width;
    const at = { class: `part part-${i}`, x: left, y: 0, width, height: SIZE.height };
    left += width;
    return draw("rect", at, draw("title", {}, `${title}: ${text}`));
  });
  const told = parts.map(({ title, text }) => `${title} ${text}`).join(", ");
  const bar = drawing("memory-bar", SIZE, `Parts of the training memory's peak: ${told}`, "img", ...bars);
  return markup({ ...bar, attributes: { ...bar.attributes, preserveAspectRatio: "none" } });
}

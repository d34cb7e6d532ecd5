// The parts of the training memory's logical peak as one stacked bar. Each part is named beside its colour with its bytes.
import { formatValue } from "#harness/cli/format.ts";
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import type { Measured } from "#harness/record/schema.ts";
import { plotDocument, svgElement, svgText } from "./document.ts";

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

/** The bar as SVG text, 600 units wide. */
export function memoryBar(parts: readonly MemoryPart[]): string {
  const [width, height] = [600, 36];
  const document = plotDocument();
  let left = 0;
  const bars = parts.map(({ title, text, share }, i) => {
    const bar = svgElement(
      document,
      "rect",
      { class: `part part-${i}`, x: left, y: 0, width: Math.max(share * width, 0), height },
      svgElement(document, "title", {}, `${title}: ${text}`),
    );
    left += share * width;
    return bar;
  });
  const svg = svgElement(
    document,
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, preserveAspectRatio: "none" },
    ...bars,
  );
  const told = parts.map(({ title, text }) => `${title} ${text}`).join(", ");
  return svgText(svg, `Parts of the training memory's peak: ${told}`, "memory-bar");
}

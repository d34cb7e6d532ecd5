// An axis: its scale, its round ticks, and the frame that two of them make. Pure.
import type { Unit } from "#harness/record/metrics.ts";
import { type DrawNode, draw, length } from "./node.ts";
import { linearTicks, logTicks, tickText } from "./ticks.ts";

export type ScaleKind = "log" | "linear";

export interface Axis {
  readonly title: string;
  readonly unit: Unit;
  readonly kind: ScaleKind;
  readonly domain: readonly [number, number];
  /** 0 at the lower end of the domain, 1 at its upper end. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** Costs that span more than a factor of six, none of them zero or less, read better on a log axis. */
export function fittingScale(values: readonly number[]): ScaleKind {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low > 0 && high / low > 6 ? "log" : "linear";
}

/** `[low, high]` with a margin, so that no point lies on the frame. */
function withMargin(values: readonly number[], kind: ScaleKind): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (kind === "log") {
    const margin = low === high ? 2 : (high / low) ** 0.08;
    return [low / margin, high * margin];
  }
  const margin = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.08;
  return [low - margin, high + margin];
}

/** The axis over `values`, which must not be empty; a log axis takes positive ones only. */
export function axisOver(values: readonly number[], title: string, unit: Unit, kind: ScaleKind): Axis {
  const domain = withMargin(values, kind);
  const [from, to] = domain;
  const at =
    kind === "log"
      ? (value: number) => Math.log(value / from) / Math.log(to / from)
      : (value: number) => (value - from) / (to - from);
  const ticks = kind === "log" ? logTicks(from, to, unit) : linearTicks(from, to, unit);
  return { title, unit, kind, domain, at, ticks };
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export interface Frame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** Grid, ticks and titles. */
  readonly nodes: readonly DrawNode[];
}

/** The frame of a plot: y's title stands above its axis, x's below the middle. */
export function frame(x: Axis, y: Axis, { width, height }: Size, margins: Margins): Frame {
  const [left, right] = [margins.left, width - margins.right];
  const [top, bottom] = [margins.top, height - margins.bottom];
  const xAt = (value: number): number => left + x.at(value) * (right - left);
  const yAt = (value: number): number => bottom - y.at(value) * (bottom - top);
  const grid = [
    ...x.ticks.map((tick) => `M${length(xAt(tick))},${top}V${bottom}`),
    ...y.ticks.map((tick) => `M${left},${length(yAt(tick))}H${right}`),
  ].join("");
  const nodes = [
    draw("path", { class: "grid", d: grid }),
    draw("path", { class: "axis", d: `M${left},${bottom}H${right}` }),
    draw(
      "g",
      { class: "ticks", "text-anchor": "middle" },
      ...x.ticks.map((tick) => draw("text", { x: xAt(tick), y: bottom + 16 }, tickText(tick, x.unit))),
    ),
    draw(
      "g",
      { class: "ticks", "text-anchor": "end" },
      ...y.ticks.map((tick) =>
        draw("text", { x: left - 7, y: yAt(tick), dy: "0.32em" }, tickText(tick, y.unit)),
      ),
    ),
    draw("text", { class: "title", x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, x.title),
    draw("text", { class: "title", x: 2, y: 12 }, y.title),
  ];
  return { x: xAt, y: yAt, nodes };
}

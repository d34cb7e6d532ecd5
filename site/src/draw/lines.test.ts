import { describe, expect, it } from "vitest";
import { binned, histogram } from "./histogram.ts";
import { linesPlot } from "./lines.ts";
import { markup } from "./node.ts";

const SIZE = { width: 460, height: 260 };
const series = (name: string, end: number, n = 5) => ({
  name,
  className: `side side-${end}`,
  points: Array.from({ length: n }, (_, i) => ({ x: 10 * i, y: i === n - 1 ? end : 0.5 })),
});

const plot = (all: ReturnType<typeof series>[]): string => {
  const node = linesPlot({
    series: all,
    xTitle: "step",
    yTitle: "loss",
    unit: "nats",
    size: SIZE,
    title: "Loss",
  });
  return node === null ? "" : markup(node);
};

describe("lines over steps", () => {
  it("have their names apart even where all end at one height, and inside the plot", () => {
    const svg = plot(["a", "b", "c", "d"].map((name) => series(name, 0.4)));
    const names = [...svg.matchAll(/<text class="name[^"]*" x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) =>
      Number(y),
    );
    expect(names.length).toBe(4);
    const sorted = [...names].sort((a, b) => a - b);
    for (const [i, y] of sorted.entries())
      if (i > 0) expect(y - (sorted[i - 1] ?? 0)).toBeGreaterThanOrEqual(14);
    expect(Math.max(...sorted)).toBeLessThan(SIZE.height);
  });

  it("stand where a scale of their own puts them: higher values further up, equal steps equally far apart", () => {
    const svg = plot([series("a", 0.2)]);
    const [, path = ""] = /<path class="line[^"]*" d="M([^"]*)"/.exec(svg) ?? [];
    const points = path.split("L").map((pair) => pair.split(",").map(Number));
    const xs = points.map(([x]) => x ?? 0);
    const gaps = xs.slice(1).map((x, i) => x - (xs[i] ?? 0));
    for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0] ?? 0, 0);
    expect(points.at(-1)?.[1] ?? 0).toBeGreaterThan(points[0]?.[1] ?? 0);
  });

  it("without any point are no plot, and names cannot become markup", () => {
    expect(plot([series("a", 0.2, 0)])).toBe("");
    expect(plot([series("<b>&", 0.2)])).toContain("&lt;b&gt;&amp;");
  });
});

describe("a histogram", () => {
  it("counts every value once, both ends of its axis included", () => {
    expect(binned([0, 0.24, 0.25, 0.5, 0.99, 1], [0, 1], 4)).toEqual([2, 1, 1, 2]);
    const values = Array.from({ length: 500 }, (_, i) => Math.sin(i));
    expect(binned(values, [-1, 1]).reduce((sum, count) => sum + count, 0)).toBe(500);
  });

  it("is drawn of values that are all the same, and not of none", () => {
    const of = (values: number[]) =>
      histogram({ groups: [{ name: "a", values }], xTitle: "x", unit: "coefficient", title: "X" });
    const same = of([3, 3, 3]);
    expect(same === null ? "" : markup(same)).not.toMatch(/NaN|Infinity/);
    expect(of([])).toBeNull();
  });
});

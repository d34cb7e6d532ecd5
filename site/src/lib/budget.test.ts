import { describe, expect, it } from "vitest";
import { parseAmount } from "./amount.ts";
import type { BoardData, RowData } from "./board-data.ts";
import { choose } from "./budget.ts";
import { limitOf, parseWish, renderWish, type WishVocabulary } from "./choose-state.ts";
import { boardFront, boardPlot, metricOf } from "./explore.ts";
import { picksOf } from "./picks.ts";

const row = (
  method: string,
  rank: number | null,
  accuracy: number,
  size: number,
  flags: string[] = [],
): RowData => ({
  id: `${method}-1`,
  method,
  title: method.toUpperCase(),
  kind: "adapter",
  difference: "",
  label: method,
  glyph: { colour: 0, shape: "circle" },
  rank,
  shared: false,
  flags,
  config: {},
  runs: [{ id: "00", seed: 0, state: "ok" }],
  values: {
    accuracy: [accuracy, accuracy - 0.01, accuracy + 0.01, 3],
    "deployed-bytes": [size, null, null, 3],
  },
  seeds: {},
});

const MIB = 2 ** 20;

/** b is beaten by a at equal cost; c is cheap; d is the cheapest of all and provisional; e is cheap and good and stale. */
const BOARD: BoardData = {
  slug: "toy-small",
  title: "Toy, small",
  task: "toy",
  family: "toy",
  taskVersion: 1,
  scale: "small",
  spec: "cpu-2core",
  engine: "onnx",
  protocol: 1,
  data: "toy",
  quality: "accuracy",
  flags: [],
  newest: "2026-03-01T00:00:00.000Z",
  metrics: [
    {
      id: "accuracy",
      title: "Accuracy",
      short: "accuracy",
      unit: "share",
      direction: "higher",
      quality: true,
    },
    {
      id: "deployed-bytes",
      title: "Deployed size",
      short: "size",
      unit: "bytes",
      direction: "lower",
      quality: false,
    },
  ],
  rows: [
    row("a", 1, 0.9, 20 * MIB),
    row("b", 1, 0.89, 25 * MIB),
    row("c", 3, 0.8, 5 * MIB),
    row("d", null, 0.85, 1 * MIB, ["provisional"]),
    row("e", null, 0.95, 2 * MIB, ["stale"]),
  ],
  papers: {},
};

describe("the choice for a budget", () => {
  const why = (limit: number | null) =>
    choose(BOARD, "deployed-bytes", limit).picks.map(
      ({ row: { method }, why: reason }) => `${method}: ${reason}`,
    );

  it("is the best row within the limit, those that share its rank, and the front below; not provisional or stale ones", () => {
    expect(why(null)).toEqual(["a: best", "b: as-good", "c: front"]);
    expect(why(22 * MIB)).toEqual(["a: best", "c: front"]);
    expect(why(20 * MIB)).toEqual(["a: best", "c: front"]);
    expect(why(10 * MIB)).toEqual(["c: best"]);
    expect(why(2 * MIB)).toEqual([]);
  });

  it("counts what is within the limit, and says when nothing is", () => {
    expect(choose(BOARD, "deployed-bytes", 10 * MIB)).toMatchObject({
      candidates: 3,
      within: 1,
      provisional: false,
    });
    expect(picksOf(BOARD, "deployed-bytes", 2 * MIB).summary).toBe(
      "0 of 3 rows are within the limit. Nothing on this board costs so little.",
    );
    expect(picksOf(BOARD, "latency-1-p50", null).summary).toMatch(/^No row of this board says/);
  });

  it("falls back to provisional rows where there are no others, and says so", () => {
    const board = { ...BOARD, rows: BOARD.rows.filter(({ method }) => method === "d") };
    expect(choose(board, "deployed-bytes", null)).toMatchObject({ within: 1, provisional: true });
    expect(picksOf(board, "deployed-bytes", null).summary).toContain("Provisional");
  });
});

describe("the wish in the address", () => {
  const known: WishVocabulary = {
    families: ["glue", "lm"],
    costs: [
      { id: "deployed-bytes", unit: "bytes" },
      { id: "latency-1-p50", unit: "milliseconds" },
    ],
    usual: { family: "glue", cost: "deployed-bytes", limit: "" },
  };

  it("is read back as it was written, and loses what is not known", () => {
    for (const family of known.families)
      for (const limit of ["", "20 MiB", "1.5GiB"]) {
        const wish = { family, cost: "deployed-bytes", limit };
        expect(parseWish(renderWish(wish, known), known)).toEqual(wish);
      }
    expect(renderWish(known.usual, known)).toBe("");
    expect(parseWish("?family=nonsense&cost=pi&limit=5+ms", known)).toEqual(known.usual);
    expect(parseWish("?cost=latency-1-p50&limit=5+ms", known)).toEqual({
      family: "glue",
      cost: "latency-1-p50",
      limit: "5 ms",
    });
  });

  it("reads amounts in the unit of the cost, and nothing else", () => {
    expect(limitOf({ family: "glue", cost: "deployed-bytes", limit: "20 MiB" }, known)).toBe(20 * MIB);
    expect([
      parseAmount("250k", "count"),
      parseAmount("2 min", "seconds"),
      parseAmount("800 µs", "milliseconds"),
    ]).toEqual([250_000, 120, expect.closeTo(0.8, 12)]);
    for (const text of ["", "MiB", "-5 MiB", "0", "5 parsecs", "1e9", "NaN"])
      expect(parseAmount(text, "bytes"), text).toBeNull();
  });
});

describe("the plot of any two metrics", () => {
  it("has the front in both directions of better, over firm rows alone", () => {
    const [accuracy, size] = [metricOf(BOARD, "accuracy"), metricOf(BOARD, "deployed-bytes")];
    if (accuracy === undefined || size === undefined) throw new Error("no metrics");
    expect(boardFront(BOARD, size, accuracy).members).toEqual(["c-1", "a-1"]);
    expect(boardFront(BOARD, accuracy, size).members).toEqual(["a-1", "c-1"]);
    expect(boardFront({ ...BOARD, flags: ["sample"] }, size, accuracy).members).toEqual([]);
  });

  it("is not drawn where a log axis would have to hold zero", () => {
    const base = {
      x: "deployed-bytes",
      y: "accuracy",
      yScale: "linear",
      size: { width: 400, height: 300 },
    } as const;
    const link = () => "#";
    expect(boardPlot(BOARD, { ...base, xScale: "log", link })?.missing).toBe(0);
    const free = { ...row("f", 1, 0.7, 0) };
    expect(boardPlot({ ...BOARD, rows: [...BOARD.rows, free] }, { ...base, xScale: "log", link })).toBeNull();
  });
});

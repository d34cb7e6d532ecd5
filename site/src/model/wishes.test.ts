import { describe, expect, it } from "vitest";
import type { BoardRef } from "./boards.ts";
import { picturedBoards, wishesOf } from "./wishes.ts";

const board = (slug: string, runs: number, flags: BoardRef["flags"] = [], current = true): BoardRef => ({
  slug,
  key: {
    task: slug,
    taskVersion: 1,
    scale: "small",
    engine: "onnx",
    spec: "cpu-2core",
    protocol: 2,
    data: "d",
  },
  title: slug,
  task: slug,
  family: slug.split("-")[0] ?? slug,
  scale: "small",
  quality: "accuracy",
  current,
  flags,
  runs,
  methods: 3,
  newest: "2026-11-01T00:00:00.000Z",
});

const BOARDS = [
  board("glue-a", 90),
  board("glue-b", 80),
  board("glue-c", 70),
  board("lm-a", 30),
  board("ctr-a", 20),
  board("ctr-sample", 99, ["sample"]),
  board("glue-old", 500, [], false),
];
const slugs = (boards: readonly BoardRef[]) => boards.map(({ slug }) => slug);

describe("the boards of the home page", () => {
  it("show every family before any family's second board, and list the others by family", () => {
    const { pictured, others } = picturedBoards(BOARDS, 4);
    expect(slugs(pictured)).toEqual(["glue-a", "glue-b", "lm-a", "ctr-a"]);
    expect([...others].map(([family, boards]) => [family, slugs(boards)])).toEqual([
      ["ctr", ["ctr-sample"]],
      ["glue", ["glue-c"]],
    ]);
  });

  it("offer the family with the most runs first, samples only where there is nothing else", () => {
    const wishes = wishesOf(BOARDS);
    expect(wishes?.families).toEqual(["glue", "lm", "ctr"]);
    expect(slugs(wishes?.boards.get("ctr") ?? [])).toEqual(["ctr-a"]);
    const sample = [board("ctr-sample", 3, ["sample"])];
    expect(slugs(picturedBoards(sample, 4).pictured)).toEqual(["ctr-sample"]);
    expect([wishesOf([]), picturedBoards([], 4).pictured]).toEqual([null, []]);
  });

  it("leave out boards of a single method as long as another holds a choice", () => {
    const lone = { ...board("image-a", 200), methods: 1 };
    expect(slugs(picturedBoards([...BOARDS, lone], 9).pictured)).not.toContain("image-a");
    expect(picturedBoards([...BOARDS, lone], 9).others.has("image")).toBe(true);
    expect(wishesOf([lone])?.families).toEqual(["image"]);
  });
});

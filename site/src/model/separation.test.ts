import { describe, expect, it } from "vitest";
import { separationNotes } from "./separation.ts";

const row = (method: string, value: number | null, rank: number | null = null, difference = "") => ({
  method,
  difference,
  rank,
  cells: [{ value, bounds: null }],
});
const board = (rows: ReturnType<typeof row>[], floor: number | null = 0.82) => ({
  quality: "accuracy" as const,
  rows,
  floor: floor === null ? null : { value: floor },
});

describe("whether a board separates methods", () => {
  it("warns where full fine-tuning stays at or below the floor", () => {
    expect(separationNotes(board([row("full-finetune", 0.79), row("lora", 0.9)]))).toEqual([
      "Full fine-tuning does not beat the floor (79.0 % against 82.0 %), so this board does not separate methods.",
    ]);
    expect(separationNotes(board([row("full-finetune", 0.82)]))).toHaveLength(1);
    expect(separationNotes(board([row("full-finetune", 0.83)]))).toEqual([]);
  });

  it("turns the comparison round where lower is better", () => {
    const facts = { quality: "perplexity" as const, floor: { value: 12 } };
    expect(separationNotes({ ...facts, rows: [row("full-finetune", 13)] })).toHaveLength(1);
    expect(separationNotes({ ...facts, rows: [row("full-finetune", 5)] })).toEqual([]);
  });

  it("judges by the method's own configuration, and by nothing where it has no result", () => {
    expect(separationNotes(board([row("full-finetune", 0.7, null, "learningRate=9")]))).toEqual([]);
    expect(separationNotes(board([row("full-finetune", null)]))).toEqual([]);
    expect(separationNotes(board([row("full-finetune", 0.7)], null))).toEqual([]);
  });

  it("warns where at least three rows are ranked and all share the first rank", () => {
    const tied = [row("a", 0.9, 1), row("b", 0.9, 1), row("c", 0.9, 1), row("d", 0.9)];
    expect(separationNotes(board(tied))).toEqual(["The seeds tell no two of the 3 ranked rows apart."]);
    expect(separationNotes(board([...tied, row("e", 0.8, 5)]))).toEqual([]);
    expect(separationNotes(board(tied.slice(0, 2)))).toEqual([]);
  });
});

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { stream } from "#harness/random/stream.ts";
import { IntegerRows } from "./integer-rows.ts";

const WIDTH = 3;
const ROWS = 30_000;
/** What row i holds, by a formula: the largest and smallest int32 are among its values. */
const rowOf = (i: number) => Int32Array.of(i, -2_147_483_648 + i, 2_147_483_647 - i);

describe("integer rows", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "integer-rows-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["in memory", Number.POSITIVE_INFINITY],
    ["mostly in a file", 100_000],
    ["with room for less than one block", 1],
  ])("come back as they went in, in any order, %s", (_, memoryLimit) => {
    const rows = new IntegerRows(WIDTH, { memoryLimit, folder });
    for (let i = 0; i < ROWS; i++) rows.add(rowOf(i));
    expect(rows.size).toBe(ROWS);
    const target = new Int32Array(WIDTH + 2);
    let wrong = 0;
    for (const i of stream(1, "order").permutation(ROWS)) {
      rows.copy(i, target, 1);
      if (rowOf(i).some((value, at) => target[at + 1] !== value)) wrong++;
    }
    expect(wrong).toBe(0);
    expect([target[0], target.at(-1)]).toEqual([0, 0]);
    rows.close();
  });

  it("hold no more than the limit, or one block, however many there are", () => {
    const rows = new IntegerRows(WIDTH, { memoryLimit: 100_000, folder });
    let most = 0;
    for (let i = 0; i < 4 * ROWS; i++) {
      rows.add(rowOf(i));
      most = Math.max(most, rows.heldBytes);
    }
    expect(most).toBeLessThanOrEqual(100_000);
    // The file has no name, so that a killed process leaves nothing.
    expect(readdirSync(folder)).toEqual([]);
    rows.close();
  });

  it("name the folder and the variable that moves it when there is no place for the file", () => {
    const rows = new IntegerRows(WIDTH, { memoryLimit: 1, folder: join(import.meta.filename, "below") });
    const fill = () => {
      for (let i = 0; i < ROWS; i++) rows.add(rowOf(i));
    };
    expect(fill).toThrow(RankbenchError);
    expect(fill).toThrow(/RANKBENCH_CACHE/);
  });
});

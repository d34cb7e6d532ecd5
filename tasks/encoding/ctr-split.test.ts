import { describe, expect, it } from "vitest";
import { readTsv } from "#harness/data/tsv.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { stream } from "#harness/random/stream.ts";
import type { ScalePreset, Split } from "#harness/task/contract.ts";
import { categories, numbers } from "./categorical-field.ts";
import { fitEncoder } from "./ctr-encoder.ts";
import { type CtrRow, type CtrRows, drawValidation } from "./ctr-rows.ts";
import { encodeSplit } from "./ctr-split.ts";

const rows = (list: readonly (readonly [string, string, 0 | 1])[]): CtrRows => ({
  file: "rows.tsv",
  async *read() {
    for (const [i, [a, b, label]] of list.entries()) yield { cells: [a, b], label, line: i + 1 };
  },
});

const FIELDS = [...categories(1, "app"), ...numbers("age")];

/** Ids of every row in the split's order. */
function idsOf(split: Split): number[][] {
  const out = new Array<number[]>(split.size);
  for (const { inputs, items } of split.batches(7)) {
    const { data, shape } = inputs.ids ?? { data: new Int32Array(), shape: [0, 0] };
    const width = shape[1] ?? 0;
    for (const [row, item] of items.entries()) out[item] = [...data.slice(row * width, (row + 1) * width)];
  }
  return out;
}

async function collected({ read }: CtrRows): Promise<CtrRow[]> {
  const out: CtrRow[] = [];
  for await (const row of read()) out.push(row);
  return out;
}

describe("encoded click rows", () => {
  it("number the rows of all columns through, and send values that only test rows have to the rare row", async () => {
    const encoder = await fitEncoder(
      FIELDS,
      rows([
        ["x", "0", 1],
        ["y", "1", 0],
        ["x", "", 0],
      ]),
    );
    expect(encoder.fields.map(({ name, offset }) => [name, offset])).toEqual([
      ["app", 0],
      ["age", 4],
    ]);
    // Missing, rare, x, y; then missing and the bins 0, 1 and 2.
    expect(encoder.fields.map(({ counts }) => [...counts])).toEqual([
      [0, 0, 2, 1],
      [1, 1, 0, 1],
    ]);
    const test = await encodeSplit(
      encoder,
      rows([
        ["z", "99", 1],
        ["", "", 0],
        ["y", "0", 1],
      ]),
    );
    expect(idsOf(test)).toEqual([
      [1, 7],
      [0, 4],
      [3, 5],
    ]);
    expect([...test.targets]).toEqual([1, 0, 1]);
  });

  it("name file, line and column of a number that is none", async () => {
    const fit = fitEncoder(FIELDS, rows([["x", "old", 1]]));
    await expect(fit).rejects.toThrow(RankbenchError);
    await expect(fit).rejects.toThrow(/rows\.tsv[\s\S]*line 1, age[\s\S]*"old"/);
  });

  it("come once an epoch in an order that the stream alone decides, in two shapes at most", async () => {
    const many = rows(Array.from({ length: 103 }, (_, i) => [`${i}`, `${i}`, i % 2 === 0 ? 1 : 0] as const));
    const split = await encodeSplit(await fitEncoder(FIELDS, many), many);
    const epoch = (seed: number) => split.epoch(10, stream(seed, "data-order"));
    const order = (seed: number) => [...epoch(seed)].flatMap((batch) => [...batch.items]);
    expect(epoch(1).count).toBe(11);
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1).sort((a, b) => a - b)).toEqual(Array.from({ length: 103 }, (_, i) => i));
    expect(new Set([...epoch(1)].map(({ key }) => key))).toEqual(new Set(["B=10", "B=3"]));
    for (const { items, targets } of epoch(3))
      expect([...targets.data]).toEqual([...items].map((i) => (i % 2 === 0 ? 1 : 0)));
  });

  it("are read from a large file as a stream, with the same ids in a bounded table as in memory", async () => {
    const SIZE = 40_000;
    let alive = 0;
    async function* bytes() {
      const encode = new TextEncoder();
      for (let i = 0; i < SIZE; i += 1000) {
        alive++;
        const part = Array.from({ length: 1000 }, (_, j) => `${(i + j) % 2}\tv${(i + j) % 97}\t${i + j}\n`);
        yield encode.encode(part.join(""));
      }
    }
    const names = ["label", "app", "age"];
    const file: CtrRows = {
      file: "generated.tsv",
      async *read() {
        const table = readTsv({ name: "generated.tsv", bytes: bytes() }, { columns: names, names });
        for await (const { cells, line } of table)
          yield { cells: [cells.app ?? "", cells.age ?? ""], label: cells.label === "1" ? 1 : 0, line };
      },
    };
    const first = file.read()[Symbol.asyncIterator]();
    await first.next();
    // One row asked for, one block read: the reader does not run ahead.
    expect(alive).toBe(1);
    const encoder = await fitEncoder(FIELDS, file);
    const bounded = await encodeSplit(encoder, file, { memoryLimit: 50_000 });
    const free = await encodeSplit(encoder, file);
    expect(bounded.size).toBe(SIZE);
    expect(idsOf(bounded)).toEqual(idsOf(free));
  });
});

describe("a validation split drawn from a stream", () => {
  const preset: Pick<ScalePreset, "trainRows" | "validationRows"> = { trainRows: null, validationRows: 30 };
  const all = rows(Array.from({ length: 100 }, (_, i) => [`${i}`, "1", 1] as const));
  const cells = async (part: CtrRows) => (await collected(part)).map((row) => row.cells[0] ?? "");

  it("shares no row with training, and both have every row between them", async () => {
    const { train, validation } = await drawValidation(all, preset, "a task");
    const held = await cells(validation);
    const kept = await cells(train);
    expect([held.length, kept.length]).toEqual([30, 70]);
    expect(new Set([...held, ...kept]).size).toBe(100);
  });

  it("depends on the task's name alone, and stays when fewer training rows are wanted", async () => {
    const held = async (name: string, trainRows: number | null) =>
      cells((await drawValidation(all, { ...preset, trainRows }, name)).validation);
    expect(await held("a task", null)).toEqual(await held("a task", 10));
    expect(await held("a task", null)).not.toEqual(await held("another", null));
    expect(
      (await cells((await drawValidation(all, { ...preset, trainRows: 10 }, "a task")).train)).length,
    ).toBe(10);
  });
});

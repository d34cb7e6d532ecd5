import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResolvedFile } from "#harness/data/source.ts";
import { classOf, jsonlRows, sampleSplits, shareOf, tsvRows, westernLines } from "./read-rows.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rankbench-rows-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(content: string | Uint8Array): Promise<ResolvedFile> {
  const path = join(folder, "data.tsv");
  await writeFile(path, content);
  return { name: "data.tsv", path, packing: "none", variant: "mirror", part: false, sha256: "0", bytes: 0 };
}

const COLUMNS = { label: "label", texts: ["sentence"] } as const;
const binary = classOf(["0", "1"]);

describe("rows of text files", () => {
  it("keep quotation marks as they stand: one opening a line swallows nothing", async () => {
    const texts = ['"never closed', "plain", 'he said "hi"', 'ends so"', '""'];
    const rows = await tsvRows(
      await file(`sentence\tlabel\n${texts.map((text) => `${text}\t1\n`).join("")}`),
      COLUMNS,
      binary,
    );
    expect(rows.map((row) => row.texts[0])).toEqual(texts);
  });

  it("are pairs where two columns are named, trimmed, by a filter on further columns", async () => {
    const columns = { label: "label", texts: ["a", "b"] } as const;
    const rows = await tsvRows(await file("id\ta\tb\tlabel\n1\tx \ty\t0\n2\tz\tw\t1\n"), columns, binary, {
      also: ["id"],
      keep: ({ id }) => id === "1",
    });
    expect(rows).toEqual([{ texts: ["x", "y"], target: 0 }]);
  });

  it("refuse a label that is none of the task's, with file and line", async () => {
    const input = await file("sentence\tlabel\ngood\t1\nbad\t2\n");
    await expect(tsvRows(input, COLUMNS, binary)).rejects.toMatchObject({
      parts: { reason: "data", thing: "file data.tsv, line 3", value: "2", wanted: "0, 1" },
    });
  });

  it("read values as shares of the greatest, and refuse what is outside or empty", () => {
    const share = shareOf(0, 5);
    expect(["0.000", "2.500", "5"].map((label) => share(label, "here"))).toEqual([0, 0.5, 1]);
    for (const label of ["5.1", "-1", "", "x"]) expect(() => share(label, "here")).toThrow(/label/);
  });

  it("come from JSON lines with a number and a text, and nothing else", async () => {
    const lower = (text: string) => text.toLowerCase();
    expect(await jsonlRows(await file('{"label":1,"text":" A\\tB ","id":"x"}\n'), binary, lower)).toEqual([
      { texts: ["a\tb"], target: 1 },
    ]);
    for (const bad of ['{"label":"1","text":"a"}', '{"label":1}', "null", "3"])
      await expect(jsonlRows(await file(`${bad}\n`), binary, lower)).rejects.toMatchObject({
        parts: { field: "line 1" },
      });
  });

  it("fall into three splits by the first column of a sample", async () => {
    const input = await file("split\tlabel\tsentence\ntrain\t1\ta\ndev\t0\tb\ntest\t1\tc\n");
    expect(await sampleSplits(input, ["sentence"], binary)).toEqual({
      train: [{ texts: ["a"], target: 1 }],
      validation: [{ texts: ["b"], target: 0 }],
      test: [{ texts: ["c"], target: 1 }],
    });
  });

  it("are decoded from Windows-1252 by its table, unused bytes kept", async () => {
    // e acute, em dash, left single quotation mark, euro, the unused byte 81.
    const bytes = Uint8Array.of(0x61, 0xe9, 0x97, 0x91, 0x80, 0x81, 0x0d, 0x0a, 0x0a, 0x62);
    expect(await westernLines(await file(bytes))).toEqual([
      { line: 1, text: "a\u00e9\u2014\u2018\u20ac\u0081" },
      { line: 3, text: "b" },
    ]);
  });
});

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RankbenchError } from "#harness/failure/error.ts";
import { readCsv } from "./csv.ts";
import { mirrorFolders } from "./folders.ts";
import { readJsonl } from "./jsonl.ts";
import { failureOf } from "./testing/failure.ts";
import type { TextInput } from "./text.ts";
import { readTsv } from "./tsv.ts";

const text = (content: string, name = "rows"): TextInput => ({ name, bytes: Buffer.from(content) });
async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
async function failure(rows: AsyncIterable<unknown>): Promise<RankbenchError> {
  const error = await failureOf(collect(rows));
  expect(error.parts.reason).toBe("data");
  return error;
}

describe("TSV", () => {
  test("quotation marks are text: five rows stay five rows", async () => {
    const rows = ['"never closed', "plain", 'he said "hi"', 'ends so"', '""'];
    const read = await collect(readTsv(text(`sentence\n${rows.join("\n")}\n`), { columns: ["sentence"] }));
    expect(read.map(({ cells }) => cells.sentence)).toEqual(rows);
  });

  test("reads columns by the header's names, in any order, with the line of each row", async () => {
    const input = text("sentence\tlabel\tmore\r\ngood\t1\tx\r\nbad\t0\ty");
    expect(await collect(readTsv(input, { columns: ["label", "sentence"] }))).toEqual([
      { line: 2, cells: { label: "1", sentence: "good" } },
      { line: 3, cells: { label: "0", sentence: "bad" } },
    ]);
  });

  test("a file without header takes its names from the caller", async () => {
    const read = await collect(
      readTsv(text("gj04\t1\t\tOur friends.\n"), {
        columns: ["label", "sentence"],
        names: ["source", "label", "mark", "sentence"],
      }),
    );
    expect(read).toEqual([{ line: 1, cells: { label: "1", sentence: "Our friends." } }]);
  });

  test("spaces are part of a cell", async () => {
    const [row] = await collect(readTsv(text("a\tb\n x \t \n"), { columns: ["a", "b"] }));
    expect(row?.cells).toEqual({ a: " x ", b: " " });
  });

  test("a row of another width is refused with file and line", async () => {
    const error = await failure(readTsv(text("a\tb\n1\t2\n3\n", "dev.tsv"), { columns: ["a"] }));
    expect(error.parts).toMatchObject({ thing: "file dev.tsv", field: "line 3", value: 1, wanted: "2" });
  });

  test("a missing column is refused with the columns that are there and the nearest name", async () => {
    const error = await failure(readTsv(text("sentance\tlabel\n"), { columns: ["sentence"] }));
    expect(error.message).toContain('no column "sentence"');
    expect(error.message).toContain('nearest column is "sentance"');
  });

  test("an empty file is refused", async () => {
    expect((await failure(readTsv(text(""), { columns: ["sentence"] }))).message).toContain("it is empty");
  });
});

describe("CSV", () => {
  const read = async (content: string) => {
    const rows = await collect(readCsv(text(content), { columns: ["a", "b"], names: ["a", "b"] }));
    return rows.map(({ cells }) => [cells.a, cells.b]);
  };

  test("quoted fields may hold separators, doubled quotation marks and line ends", async () => {
    expect(await read('"x, y","he said ""hi"""\r\n"two\r\nlines",\n,""\n')).toEqual([
      ["x, y", 'he said "hi"'],
      ["two\r\nlines", ""],
      ["", ""],
    ]);
  });

  test("a row's line is where it begins", async () => {
    const rows = await collect(readCsv(text('a,b\n"1\n2\n3",x\n4,y\n'), { columns: ["a"] }));
    expect(rows).toEqual([
      { line: 2, cells: { a: "1\n2\n3" } },
      { line: 5, cells: { a: "4" } },
    ]);
  });

  test("another separator can be asked for", async () => {
    const rows = await collect(readCsv(text("a|b\n1,5|2\n"), { columns: ["a", "b"], separator: "|" }));
    expect(rows.map(({ cells }) => cells)).toEqual([{ a: "1,5", b: "2" }]);
  });

  test.each([
    ["a quoted field that never closes", 'x,y\n"open,\n1,2\n', "line 2", "never closed"],
    ["text after a closing quotation mark", '"a"b,c\n', "line 1", "follows a closing"],
    ["a quotation mark in an unquoted field", 'a,b\n5" pipe,2\n', "line 2", "unquoted field"],
  ])("%s is refused", async (_what, content, line, problem) => {
    const error = await failure(readCsv(text(content), { columns: ["a"], names: ["a", "b"] }));
    expect(error.parts.field).toBe(line);
    expect(error.message).toContain(problem);
  });
});

describe("JSONL", () => {
  test("a raw U+2028 inside a string stays inside it", async () => {
    expect(await collect(readJsonl(text('{"text":"a\u2028b","label":1}')))).toEqual([
      { line: 1, value: { text: "a\u2028b", label: 1 } },
    ]);
  });

  test("blank lines are passed over and lines keep their numbers", async () => {
    expect(await collect(readJsonl(text("1\r\n\r\n[2]\n")))).toEqual([
      { line: 1, value: 1 },
      { line: 3, value: [2] },
    ]);
  });

  test("a line that is not JSON is refused with file and line", async () => {
    const error = await failure(readJsonl(text('{"a":1}\n{"a":\n', "x.jsonl")));
    expect(error.parts).toMatchObject({ thing: "file x.jsonl", field: "line 2" });
  });
});

const glue = mirrorFolders()
  .map((folder) => join(folder, "glue"))
  .find((path) => existsSync(path));

describe.skipIf(glue === undefined)(
  "the published GLUE files (skipped where no mirror folder holds them)",
  () => {
    const rowsOf = (path: string, options: Parameters<typeof readTsv>[1]) =>
      collect(readTsv({ path: join(glue ?? "", path), packing: "gzip" }, options));

    test("MRPC has its 4,076 training and 1,725 test pairs, odd quotation marks and all", async () => {
      const columns = ["Quality", "#1 String", "#2 String"];
      const train = await rowsOf("MRPC/msr_paraphrase_train.txt.gz", { columns });
      expect(train).toHaveLength(4076);
      const odd = train.filter(
        ({ cells }) => (Object.values(cells).join("").split('"').length - 1) % 2 === 1,
      );
      expect(odd).toHaveLength(185);
      expect(await rowsOf("MRPC/msr_paraphrase_test.txt.gz", { columns })).toHaveLength(1725);
    });

    test("SST-2, CoLA, RTE, QNLI, STS-B and WNLI have their published row counts", async () => {
      const cola = { names: ["source", "label", "mark", "sentence"], columns: ["label", "sentence"] };
      const pair = { columns: ["sentence1", "sentence2", "label"] };
      expect(await rowsOf("SST-2/dev.tsv.gz", { columns: ["sentence", "label"] })).toHaveLength(872);
      expect(await rowsOf("CoLA/train.tsv.gz", cola)).toHaveLength(8551);
      expect(await rowsOf("CoLA/dev.tsv.gz", cola)).toHaveLength(1043);
      expect(await rowsOf("RTE/train.tsv.gz", pair)).toHaveLength(2490);
      expect(await rowsOf("QNLI/dev.tsv.gz", { columns: ["question", "sentence", "label"] })).toHaveLength(
        5463,
      );
      expect(await rowsOf("STS-B/dev.tsv.gz", { columns: ["sentence1", "sentence2", "score"] })).toHaveLength(
        1500,
      );
      expect(await rowsOf("WNLI/dev.tsv.gz", pair)).toHaveLength(71);
    });
  },
);

const agNews = mirrorFolders()
  .map((folder) => join(folder, "ag-news", "test.csv.gz"))
  .find((path) => existsSync(path));

test.skipIf(agNews === undefined)(
  "the published AG News test file has 7,600 rows, 1,900 a class (skipped without a mirror)",
  async () => {
    const file: TextInput = { path: agNews ?? "", packing: "gzip" };
    const rows = await collect(
      readCsv(file, { names: ["class", "title", "description"], columns: ["class"] }),
    );
    const counts = new Map<string, number>();
    for (const { cells } of rows) counts.set(cells.class, (counts.get(cells.class) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ 1: 1900, 2: 1900, 3: 1900, 4: 1900 });
  },
);

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { failureOf } from "./testing/failure.ts";
import { type Line, readLines, readText, type TextInput } from "./text.ts";

const memory = (bytes: Uint8Array | string): TextInput => ({
  name: "train.tsv",
  bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes,
});
/** The same bytes in pieces of `size`, as a stream may deliver them. */
const pieces = (bytes: Uint8Array, size: number): TextInput => ({
  name: "train.tsv",
  bytes: Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  ),
});
async function lines(input: TextInput): Promise<Line[]> {
  const found: Line[] = [];
  for await (const line of readLines(input)) found.push(line);
  return found;
}
const texts = async (input: TextInput) => (await lines(input)).map(({ text }) => text);
const failure = (input: TextInput) => failureOf(lines(input));

test("a byte order mark, carriage returns and a missing last line end leave no trace", async () => {
  const bytes = Buffer.concat([
    Buffer.from([0xef, 0xbb, 0xbf]),
    Buffer.from("sentence\tlabel\r\ngood\t1\r\nbad\t0"),
  ]);
  expect(await lines(memory(bytes))).toEqual([
    { number: 1, text: "sentence\tlabel" },
    { number: 2, text: "good\t1" },
    { number: 3, text: "bad\t0" },
  ]);
});

test("empty lines count and a final line end adds none", async () => {
  expect(await texts(memory("a\n\nb\n"))).toEqual(["a", "", "b"]);
  expect(await texts(memory("\n"))).toEqual([""]);
  expect(await texts(memory(""))).toEqual([]);
});

test("lines end at LF alone", async () => {
  expect(await texts(memory("a\u2028b\u2029c\u0085d\u000be\rf\ng"))).toEqual([
    "a\u2028b\u2029c\u0085d\u000be\rf",
    "g",
  ]);
});

test("only a mark at the very beginning is a byte order mark", async () => {
  expect(await texts(memory("\ufeffa\n\ufeffb"))).toEqual(["a", "\ufeffb"]);
});

test("the pieces in which bytes arrive do not matter", async () => {
  const bytes = Buffer.from("\ufeffnaïve\tcafé\r\n☃ 🙂\n\nlast ü");
  const whole = await lines(memory(bytes));
  for (let size = 1; size <= 9; size++) expect(await lines(pieces(bytes, size)), `${size}`).toEqual(whole);
  expect(await readText(pieces(bytes, 3))).toBe("naïve\tcafé\r\n☃ 🙂\n\nlast ü");
});

test("U+2028 and other text keep their bytes", async () => {
  const text = "a\u2028b \u00a0 e\u0301 🙂";
  const hash = (value: string) => createHash("sha256").update(value).digest("hex");
  expect(hash(await readText(memory(text)))).toBe(hash(text));
});

test.each(["utf16le", "utf16be"] as const)(
  "%s is refused by name, with and without its mark",
  async (encoding) => {
    for (const mark of ["\ufeff", ""]) {
      const bytes = Buffer.from(`${mark}sentence\tlabel\ngood\t1\n`, "utf16le");
      if (encoding === "utf16be") bytes.swap16();
      const error = await failure(memory(bytes));
      expect(error.parts.reason).toBe("data");
      expect(error.message).toContain("train.tsv");
      expect(error.message).toContain("UTF-16");
      expect(error.message).toContain("line 1");
    }
  },
);

test.each([1, 4, 1000])(
  "a lone byte E9 is refused with file, line and value (pieces of %i)",
  async (size) => {
    const error = await failure(
      pieces(Buffer.from("sentence\tlabel\ncaf\xe9 bon\t1\nbad\t0\n", "latin1"), size),
    );
    expect(error.parts).toMatchObject({
      reason: "data",
      thing: "file train.tsv",
      field: "line 2",
      value: "byte E9",
      wanted: "UTF-8",
    });
  },
);

test.each([
  ["cut off at the end of the file", [0x61, 0x0a, 0x62, 0xe2, 0x98], "line 2", "byte E2"],
  ["cut off at a line end", [0x61, 0xe2, 0x98, 0x0a, 0x62], "line 1", "byte E2"],
  ["a surrogate", [0x61, 0x0a, 0x0a, 0xed, 0xa0, 0x80], "line 3", "byte ED"],
  ["an overlong form", [0xc0, 0xaf], "line 1", "byte C0"],
])("a broken sequence is refused where it begins: %s", async (_what, bytes, field, value) => {
  expect((await failure(memory(Uint8Array.from(bytes)))).parts).toMatchObject({ field, value });
});

test("a missing file is a storage error that names it", async () => {
  const error = await failure({ path: "/nonexistent/rankbench/x.tsv", packing: "none" });
  expect(error.parts.reason).toBe("storage");
  expect(error.message).toContain("x.tsv");
  expect(error.message).toContain("does not exist");
});

// Generated blocks: exchanged exactly, and never lost through a slip in a marker.
import { describe, expect, it } from "vitest";
import { blockNames, fillBlocks } from "./blocks.ts";
import { fence, table } from "./markdown.ts";
import { parseTranscript, shorten, writeTranscript } from "./transcript-file.ts";

const file = [
  "# Title",
  "",
  "<!-- generated:a -->",
  "old",
  "<!-- /generated:a -->",
  "prose  ",
  "<!-- generated:b -->",
  "<!-- /generated:b -->",
  "",
].join("\n");

describe("a file with generated blocks", () => {
  it("keeps every byte of its prose and gets every block anew", async () => {
    const filled = await fillBlocks("x.md", file, {
      a: async (now) => `${now} and new`,
      b: async () => "\nB\n",
    });
    expect(filled).toBe(
      [
        "# Title",
        "",
        "<!-- generated:a -->",
        "old and new",
        "<!-- /generated:a -->",
        "prose  ",
        "<!-- generated:b -->",
        "B",
        "<!-- /generated:b -->",
        "",
      ].join("\n"),
    );
    expect(blockNames("x.md", file)).toEqual(["a", "b"]);
  });

  it("does not change when its blocks are up to date", async () => {
    const same = { a: async (now: string) => now, b: async (now: string) => now };
    const once = await fillBlocks("x.md", file, same);
    expect(await fillBlocks("x.md", once, same)).toBe(once);
  });

  it.each([
    ["is never closed", "text\n<!-- generated:a -->\nold", "x.md:2: block a has no line"],
    ["is closed by another", "<!-- generated:a -->\n<!-- /generated:b -->", "x.md:1: block a has no line"],
    ["was never opened", "text\n<!-- /generated:a -->", "x.md:2"],
    [
      "nobody generates",
      "<!-- generated:c -->\n<!-- /generated:c -->",
      "nothing generates block c; known: a",
    ],
  ])("is refused when a block %s", async (_, text, problem) => {
    await expect(fillBlocks("x.md", text, { a: async () => "" })).rejects.toThrow(problem);
  });
});

describe("Markdown", () => {
  it("has one line a row and no cell that a pipe or a line feed could end", () => {
    expect(table([{ title: "a" }, { title: "n", align: "right" }], [["x|y\nz", "1"]])).toBe(
      "| a | n |\n| --- | ---: |\n| x\\|y z | 1 |",
    );
    expect(() => table([{ title: "a" }], [["1", "2"]])).toThrow("2 cells in a table of 1 columns");
  });

  it("fences text that holds a fence", () => {
    expect(fence("text", "a\n```\nb\n")).toBe("````text\na\n```\nb\n````");
  });
});

describe("a transcript", () => {
  const transcript = {
    command: "bench --help",
    date: "2026-11-25",
    machine: "a: b, 2 cores",
    seconds: 3,
    exitCode: 0,
    output: "one\n-----\ntwo\n",
  };
  it("is read back as it was written, a rule in its output included", () => {
    expect(parseTranscript("x.txt", writeTranscript(transcript))).toEqual(transcript);
  });

  it("names the field that is missing", () => {
    expect(() => parseTranscript("x.txt", "command: a\ndate: b\n-----\n")).toThrow(
      'x.txt: no field "machine"',
    );
  });

  it("is shortened where many lines begin alike, and says how many it left out", () => {
    const progress = Array.from({ length: 20 }, (_, i) => `train ${i}/20`);
    const lines = shorten(["begin", ...progress, "end"].join("\n"), 2).split("\n");
    expect(lines).toEqual([
      "begin",
      "train 0/20",
      "train 1/20",
      "  ... 16 lines like these ...",
      "train 18/20",
      "train 19/20",
      "end",
    ]);
    expect(shorten("a 1\na 2\nb")).toBe("a 1\na 2\nb");
    expect(shorten("\n".repeat(20))).toBe("\n".repeat(20));
  });
});

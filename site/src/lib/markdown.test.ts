import { describe, expect, it } from "vitest";
import { documentText } from "../model/checkout.ts";
import { parseMarkdown } from "./markdown.ts";
import { parseInlines } from "./markdown-inline.ts";

const text = (words: string) => ({ kind: "text", text: words }) as const;

describe("a document", () => {
  it("is read as headings, paragraphs, lists, tables and code", () => {
    const blocks = parseMarkdown(
      [
        "# A title",
        "",
        "two",
        "lines",
        "- one",
        "  more",
        "- two",
        "",
        "| a | b |",
        "|---|---:|",
        "| x \\| y | `z` |",
        "",
        "```sh",
        "# no heading",
        "```",
        "1. first",
      ].join("\n"),
    );
    expect(blocks).toEqual([
      { kind: "heading", level: 1, anchor: "a-title", content: [text("A title")] },
      { kind: "paragraph", content: [text("two lines")] },
      { kind: "list", ordered: false, items: [[text("one more")], [text("two")]] },
      {
        kind: "table",
        head: [[text("a")], [text("b")]],
        rows: [[[text("x | y")], [{ kind: "code", text: "z" }]]],
      },
      { kind: "code", text: "# no heading" },
      { kind: "list", ordered: true, items: [[text("first")]] },
    ]);
  });

  it("leaves comments out and keeps tags as text", () => {
    expect(parseMarkdown("<!-- generated:x -->\n<b onclick=x>hi</b>\n<!-- /generated:x -->")).toEqual([
      { kind: "paragraph", content: [text("<b onclick=x>hi</b>")] },
    ]);
  });

  it("of this repository's methodology has the tables of all metrics and no mark left over", () => {
    const blocks = parseMarkdown(documentText("docs", "methodology.md") ?? "");
    const tables = blocks.flatMap((block) => (block.kind === "table" ? [block.rows.length] : []));
    expect(tables).toEqual([11, 24]);
    expect(JSON.stringify(blocks)).not.toMatch(/\*\*|<!--|\]\(/);
  });
});

describe("a line of text", () => {
  it("holds code, strong and emphasised words, and links to the web", () => {
    expect(parseInlines("a `b*c*` **d *e*** [f](https://example.org/) g")).toEqual([
      text("a "),
      { kind: "code", text: "b*c*" },
      text(" "),
      { kind: "strong", content: [text("d *e")] },
      text("* "),
      { kind: "link", href: "https://example.org/", content: [text("f")] },
      text(" g"),
    ]);
    expect(parseInlines("*yes* and 2*3*4 or x * y")).toEqual([
      { kind: "emphasis", content: [text("yes")] },
      text(" and 2*3*4 or x * y"),
    ]);
  });

  it("names files of the repository without a link, and never links to a script", () => {
    expect(parseInlines("[history](decisions/protocol.md)")).toEqual([text("history")]);
    expect(parseInlines("[x](javascript:alert)")).toEqual([text("x")]);
  });
});

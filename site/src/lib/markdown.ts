// A small reader of Markdown for our own documents: headings, paragraphs, lists, tables, code. It gives a tree and never
// HTML, so that nothing in a document can become markup of a page: tags are shown as the text they are.
import { type Inline, parseInlines } from "./markdown-inline.ts";

export type Block =
  | {
      readonly kind: "heading";
      readonly level: number;
      readonly anchor: string;
      readonly content: readonly Inline[];
    }
  | { readonly kind: "paragraph"; readonly content: readonly Inline[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: "code"; readonly text: string }
  | {
      readonly kind: "table";
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    };

const FENCE = /^(`{3,})/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const ITEM = /^(?:[-*]|(\d+)\.)\s+(.*)$/;
const COMMENT = /^<!--.*-->$/;
const RULE = /^\|(?:\s*:?-+:?\s*\|)+$/;

const plain = (content: readonly Inline[]): string =>
  content
    .map((part) => (part.kind === "text" || part.kind === "code" ? part.text : plain(part.content)))
    .join("");

const anchorOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");

/** Cells of a table's line; `\|` is a bar inside a cell. */
const cells = (line: string): (readonly Inline[])[] =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => parseInlines(cell.trim().replaceAll("\\|", "|")));

/** Lines from `start` on for which `keep` holds. */
function take(lines: readonly string[], start: number, keep: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, i) => i >= start && !keep(line));
  return lines.slice(start, end === -1 ? lines.length : end);
}

const startsBlock = (line: string): boolean =>
  line.trim() === "" || FENCE.test(line) || HEADING.test(line) || ITEM.test(line) || line.startsWith("|");

interface Step {
  readonly block: Block | null;
  readonly lines: number;
}

function codeAt(lines: readonly string[], at: number, fence: string): Step {
  const body = take(lines, at + 1, (line) => line.trimEnd() !== fence);
  return { block: { kind: "code", text: body.join("\n") }, lines: body.length + 2 };
}

function tableAt(lines: readonly string[], at: number): Step {
  const body = take(lines, at, (line) => line.startsWith("|"));
  const [head, rule, ...rows] = body;
  if (head === undefined || rule === undefined || !RULE.test(rule.trim())) {
    return { block: { kind: "paragraph", content: parseInlines(body.join(" ")) }, lines: body.length };
  }
  return { block: { kind: "table", head: cells(head), rows: rows.map(cells) }, lines: body.length };
}

function listAt(lines: readonly string[], at: number): Step {
  const body = take(lines, at, (line) => ITEM.test(line) || /^\s+\S/.test(line));
  const items: string[] = [];
  for (const line of body) {
    const match = ITEM.exec(line);
    if (match !== null) items.push(match[2] ?? "");
    else items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  const ordered = ITEM.exec(body[0] ?? "")?.[1] !== undefined;
  return { block: { kind: "list", ordered, items: items.map(parseInlines) }, lines: body.length };
}

function blockAt(lines: readonly string[], at: number): Step {
  const line = lines[at] ?? "";
  if (line.trim() === "" || COMMENT.test(line.trim())) return { block: null, lines: 1 };
  const fence = FENCE.exec(line)?.[1];
  if (fence !== undefined) return codeAt(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading !== null) {
    const content = parseInlines(heading[2] ?? "");
    const level = (heading[1] ?? "#").length;
    return { block: { kind: "heading", level, anchor: anchorOf(plain(content)), content }, lines: 1 };
  }
  if (line.startsWith("|")) return tableAt(lines, at);
  if (ITEM.test(line)) return listAt(lines, at);
  const rest = take(lines, at + 1, (next) => !startsBlock(next) && !COMMENT.test(next.trim()));
  return {
    block: { kind: "paragraph", content: parseInlines([line, ...rest].join(" ")) },
    lines: 1 + rest.length,
  };
}

/** The blocks of a document in order; comments are left out. */
export function parseMarkdown(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const step = blockAt(lines, at);
    if (step.block !== null) blocks.push(step.block);
    at += step.lines;
  }
  return blocks;
}

import { afterAll, expect, it } from "vitest";
import { openStore } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import { fixtureRecords, MARKUP } from "../../testing/fixture.ts";
import { openSite } from "../model/site.ts";
import { copyText } from "./table-text.ts";

const store = openStore(":memory:");
for (const record of fixtureRecords(() => ({ rank: 8 }))) ingest(store, record);
const paper = {
  title: "A & B_C",
  authors: "Hu, van den Hengel, Shen et al.",
  year: 2021,
  venue: "ICLR 2022",
  url: "https://example.org",
};
const method = { id: "lora", title: "LoRA", kind: "adapter", families: ["glue"], fidelity: "paper", paper };
const checkout = { methods: new Map([["lora", method as never]]), tasks: new Map() };
const site = openSite(store, checkout, { base: "/", origin: null, claims: [] });
afterAll(() => store.close());

const board = site.data("glue-sst2-small");
const rows = board.rows.filter((row) => ["lora", "gone-method", "maestro"].includes(row.method));
const view = {
  board,
  rows,
  columns: ["accuracy", "deployed-bytes"],
  address: "https://example.org/b/?kind=adapter",
  hidden: 3,
};

it("a view is copied as CSV with one line a row, numbers unrounded and failures told", () => {
  const lines = copyText("CSV", view).trim().split("\r\n");
  expect(lines.length).toBe(1 + rows.length);
  expect(lines[0]).toContain("accuracy (share),accuracy low,accuracy high,deployed-bytes (bytes)");
  const exact = rows.find((row) => row.method === "lora")?.values.accuracy?.[0];
  expect(lines.some((line) => line.includes(String(exact)))).toBe(true);
  expect(lines.find((line) => line.includes("maestro"))).toContain("1 diverged, 1 out-of-memory");
});

it("as Markdown and LaTeX with the board's cohort and address, and no name breaks out of its cell", () => {
  const markdown = copyText("Markdown", view).split("\n");
  const widths = markdown.slice(0, 2 + rows.length).map((line) => line.split(/(?<!\\)\|/).length);
  expect(new Set(widths).size).toBe(1);
  expect(markdown.join("\n")).toContain("3 rows hidden");
  expect(markdown.join("\n")).not.toContain(MARKUP);
  const latex = copyText("LaTeX", view);
  expect(latex.match(/ & /g)?.length).toBe((1 + rows.length) * 4);
  const bare = latex
    .split("\n")
    .filter((line) => !line.startsWith("%"))
    .join("\n");
  expect(bare.replace(/\\[a-z]+\{[^}]*\}/g, "")).not.toMatch(/(?<!\\)[%$#_]/);
  expect(bare).toContain("85.9 \\%");
});

it("as BibTeX with the board and the papers of the methods shown", () => {
  const bibtex = copyText("BibTeX", view);
  expect(bibtex).toContain("@misc{rankbench-glue-sst2-small,");
  expect(bibtex).toContain("url = {https://example.org/b/?kind=adapter}");
  expect(bibtex).toContain("@inproceedings{hu2022bc,");
  expect(bibtex).toContain("title = {{A \\& B\\_C}}");
  expect(bibtex).toContain("author = {Hu and {van den Hengel} and Shen and others}");
  const braces = [...bibtex].reduce((depth, each) => depth + (each === "{" ? 1 : each === "}" ? -1 : 0), 0);
  expect(braces).toBe(0);
});

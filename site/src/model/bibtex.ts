// Entries for BibTeX: of the papers behind methods. Made of the method's own data; first names are not known to it.
import type { Paper } from "#harness/method/contract.ts";

const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};
export const bibtexText = (text: string): string =>
  text.replace(/[\\~^]/g, (character) => SPECIAL[character] ?? "").replace(/(?<!\\)[&%$#_]/g, "\\$&");

/** Words that no key starts with. */
const SMALL = new Set(["a", "an", "the", "on", "of", "for", "and", "in", "to", "with"]);

const plain = (text: string): string =>
  text
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "");

/** `Hu, Shen and others` in BibTeX's form; null where the names are not recorded. */
function authorsOf(text: string): string | null {
  if (/^see /.test(text)) return null;
  const names = text.replace(/\s+et al\.?$/, ", others").split(/,\s*/);
  return names
    .filter((name) => name !== "")
    .map((name) => (name.includes(" ") ? `{${bibtexText(name)}}` : bibtexText(name)))
    .join(" and ");
}

/** The entry of a method's paper. */
export function paperEntry(method: string, { title, authors, year, venue, url }: Paper): string {
  const names = authorsOf(authors);
  const first = plain((names ?? method).split(" and ")[0] ?? method);
  const words = title.split(/[\s:,-]+/);
  const word = words.find((each) => !SMALL.has(each.toLowerCase()) && plain(each) !== "") ?? method;
  const dated = /\b(\d{4})\b/.exec(venue)?.[1] ?? String(year);
  const fields = [
    ["title", `{${bibtexText(title)}}`],
    ...(names === null ? [] : [["author", names]]),
    /arxiv/i.test(venue) ? ["howpublished", bibtexText(venue)] : ["booktitle", bibtexText(venue)],
    ["year", dated],
    ["url", url],
  ];
  const kind = /arxiv/i.test(venue) ? "misc" : "inproceedings";
  const lines = fields.map(([name, value]) => `  ${name} = {${value}},`);
  return `@${kind}{${first}${dated}${plain(word)},\n${lines.join("\n")}\n}`;
}

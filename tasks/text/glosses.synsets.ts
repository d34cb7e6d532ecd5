// WordNet's nouns and verbs as definitions with the lexicographer file they stand in, and the words they define.
// Lines of a data file: offset, file number, part of speech, count of words in hexadecimal, words with a lexical id each, pointers;
// behind a bar the gloss, a definition with examples in quotation marks.
import type { ResolvedSource } from "#harness/data/source.ts";
import { readLines } from "#harness/data/text.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import type { KeyedRow } from "#tasks/encoding/rows.ts";

/** Lexicographer files of nouns and verbs, in order of their numbers from 3 on (lexnames(5WN)). */
export const LEXICOGRAPHER_FILES = [
  "noun.Tops",
  "noun.act",
  "noun.animal",
  "noun.artifact",
  "noun.attribute",
  "noun.body",
  "noun.cognition",
  "noun.communication",
  "noun.event",
  "noun.feeling",
  "noun.food",
  "noun.group",
  "noun.location",
  "noun.motive",
  "noun.object",
  "noun.person",
  "noun.phenomenon",
  "noun.plant",
  "noun.possession",
  "noun.process",
  "noun.quantity",
  "noun.relation",
  "noun.shape",
  "noun.state",
  "noun.substance",
  "noun.time",
  "verb.body",
  "verb.change",
  "verb.cognition",
  "verb.communication",
  "verb.competition",
  "verb.consumption",
  "verb.contact",
  "verb.creation",
  "verb.emotion",
  "verb.motion",
  "verb.perception",
  "verb.possession",
  "verb.social",
  "verb.stative",
  "verb.weather",
] as const;

const FIRST_NUMBER = 3;

const refuse = (file: string, line: number, problem: string, value: string) =>
  new RankbenchError({
    reason: "data",
    thing: `file ${file}`,
    problem,
    field: `line ${line}`,
    value,
    wanted: "a line of a WordNet data file: offset, file number, part of speech, words, pointers | gloss",
    next: "get an undamaged copy of the file: bench data verify says which copies are good",
  });

/** What a gloss says before its examples, which mostly use the word itself. */
const definitionOf = (gloss: string): string =>
  gloss.replace(/;\s*"[\s\S]*$/, "").replace(/^\s*"[\s\S]*$/, "");

/** One line as a row; null for the licence at the beginning, and where a gloss has examples alone; `file` names it in messages. Throws a `data` error. */
export function parseSynset(text: string, line: number, file: string): KeyedRow | null {
  if (text.startsWith("  ")) return null;
  const [head = "", gloss] = text.split("|", 2);
  const [, number = "", kind = "", hex = "", ...rest] = head.trim().split(" ");
  if (gloss === undefined || !/^[nv]$/.test(kind) || !/^[0-9a-f]{2}$/.test(hex) || !/^\d{2}$/.test(number))
    throw refuse(file, line, "a synset cannot be read", text);
  const target = Number(number) - FIRST_NUMBER;
  if (target < 0 || target >= LEXICOGRAPHER_FILES.length)
    throw refuse(file, line, "a lexicographer file is none of nouns and verbs", number);
  const count = Number.parseInt(hex, 16);
  const words = Array.from({ length: count }, (_, i) => rest[2 * i]?.toLowerCase());
  if (count === 0 || words.some((word) => word === undefined || word === ""))
    throw refuse(file, line, "a synset has fewer words than it states", text);
  const definition = definitionOf(gloss).replace(/\s+/g, " ").trim();
  // Words are keys of their own kind, so that a gloss of one word is not taken for a word.
  return definition === ""
    ? null
    : { texts: [definition], target, keys: words.map((word) => `word ${word}`) };
}

/** Synsets of nouns, then of verbs, in file order. Throws `data` and `storage` errors. */
export async function wordnetGlosses(source: ResolvedSource): Promise<KeyedRow[]> {
  const rows: KeyedRow[] = [];
  for (const name of ["data.noun", "data.verb"]) {
    const file = fileOf(source, name);
    for await (const { number, text } of readLines(file)) {
      const row = parseSynset(text, number, file.path);
      if (row !== null) rows.push(row);
    }
  }
  return rows;
}

// AG News as rows: the official CSV files, or the mirror's part of the training file, which is tab-separated and has no titles.
import { readCsv } from "#harness/data/csv.ts";
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import { classOf, fileOf, tsvRows } from "#tasks/encoding/read-rows.ts";
import type { TextRow } from "#tasks/encoding/rows.ts";

export const TOPICS = ["World", "Sports", "Business", "Sci/Tech"] as const;

const numbered = classOf(["1", "2", "3", "4"]);

/** Undoes what the collection did to texts: `#39;` for a character reference, a backslash for a line end. */
export const cleanArticle = (text: string): string =>
  text
    .replace(/ ?#(\d{2,4});/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/\\+/g, " ")
    .replace(/\s+/g, " ")
    .trim();

async function csvArticles(file: ResolvedFile, withTitles: boolean): Promise<TextRow[]> {
  const names = ["class", "title", "description"] as const;
  const rows: TextRow[] = [];
  for await (const { cells, line } of readCsv(file, { columns: names, names })) {
    const text = withTitles ? `${cells.title} ${cells.description}` : cells.description;
    rows.push({
      texts: [cleanArticle(text)],
      target: numbered(cells.class, `file ${file.name}, line ${line}`),
    });
  }
  return rows;
}

/** Training and test articles. Where the training part has no titles, the test articles lose theirs, so that both look alike. */
export async function agnewsArticles(
  source: ResolvedSource,
): Promise<{ readonly train: TextRow[]; readonly test: TextRow[] }> {
  const train = fileOf(source, "train.csv");
  const test = await csvArticles(fileOf(source, "test.csv"), !train.part);
  if (!train.part) return { train: await csvArticles(train, true), test };
  const columns = { label: "class", texts: ["description"], names: ["description", "class"] } as const;
  const rows = await tsvRows(train, columns, classOf(TOPICS));
  return { train: rows.map(({ texts, target }) => ({ texts: [cleanArticle(texts[0])], target })), test };
}

// MovieLens ratings with what is known of user and film, in order of time, and the two ways to split them.
import { readCsv } from "#harness/data/csv.ts";
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import { readTsv } from "#harness/data/tsv.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { ScalePreset } from "#harness/task/contract.ts";
import { categories, type FieldSpec, numbers } from "#tasks/encoding/categorical-field.ts";
import { type CtrSplits, cutAtRandom, cutByPersonalTime, type TimedRow } from "#tasks/encoding/ctr-rows.ts";
import { fileOf, westernLines } from "#tasks/encoding/read-rows.ts";

/** Columns of the rows below. A film's genres are one category: the set of them. */
export const MOVIELENS_FIELDS: readonly FieldSpec[] = [
  ...categories(3, "user", "item"),
  ...numbers("age"),
  ...categories(3, "gender", "occupation", "genres", "year"),
];

const RATINGS_FILE = "u.data";

/** Share of ratings that are the test split: the last ones, or drawn ones. */
const TEST_SHARE = 0.2;

/** A film is liked from this rating on; 55 % are. */
const LIKED = 4;

function bad(
  file: ResolvedFile,
  line: number,
  problem: string,
  field: string,
  value: unknown,
  wanted: string,
) {
  return new RankbenchError({
    reason: "data",
    thing: `file ${file.path}`,
    problem,
    field: `line ${line}, ${field}`,
    value,
    wanted,
    next: "get an undamaged copy of the file: bench data verify says which copies are good",
  });
}

const USER_COLUMNS = ["user", "age", "gender", "occupation", "zip"] as const;

/** Age, gender and occupation by user. */
async function readUsers(file: ResolvedFile): Promise<Map<string, readonly string[]>> {
  const users = new Map<string, readonly string[]>();
  for await (const { cells } of readCsv(file, { columns: USER_COLUMNS, names: USER_COLUMNS, separator: "|" }))
    users.set(cells.user, [cells.age, cells.gender, cells.occupation]);
  return users;
}

/** Number, title, two dates, address; then a 0 or 1 for each of 19 genres. */
const FIRST_GENRE = 5;
const ITEM_CELLS = FIRST_GENRE + 19;

/** Genres and year by film. Films without a date have no year. */
async function readItems(file: ResolvedFile): Promise<Map<string, readonly string[]>> {
  const items = new Map<string, readonly string[]>();
  for (const { line, text } of await westernLines(file)) {
    const cells = text.split("|");
    if (cells.length !== ITEM_CELLS)
      throw bad(
        file,
        line,
        "a row has the wrong number of columns",
        "columns",
        cells.length,
        `${ITEM_CELLS}`,
      );
    const genres = cells.slice(FIRST_GENRE).join("");
    items.set(cells[0] ?? "", [genres, (cells[2] ?? "").slice(-4)]);
  }
  return items;
}

const RATING_COLUMNS = ["user", "item", "rating", "timestamp"] as const;

/** All ratings in order of time; those of one second in order of user and film. Throws `data` errors. */
async function readRatings(source: ResolvedSource): Promise<TimedRow[]> {
  const users = await readUsers(fileOf(source, "u.user"));
  const items = await readItems(fileOf(source, "u.item"));
  const file = fileOf(source, RATINGS_FILE);
  const ratings: TimedRow[] = [];
  for await (const { cells, line } of readTsv(file, { columns: RATING_COLUMNS, names: RATING_COLUMNS })) {
    const user = users.get(cells.user);
    const item = items.get(cells.item);
    const refuse = (field: (typeof RATING_COLUMNS)[number], wanted: string) =>
      bad(file, line, "a rating cannot be read", field, cells[field], wanted);
    if (user === undefined) throw refuse("user", "a user of u.user");
    if (item === undefined) throw refuse("item", "a film of u.item");
    if (!/^[1-5]$/.test(cells.rating)) throw refuse("rating", "1, 2, 3, 4 or 5");
    if (!/^\d{1,12}$/.test(cells.timestamp)) throw refuse("timestamp", "seconds since 1970");
    const time = Number(cells.timestamp);
    const label = Number(cells.rating) >= LIKED ? 1 : 0;
    ratings.push({ cells: [cells.user, cells.item, ...user, ...item], label, line, time });
  }
  const number = (row: TimedRow, at: number) => Number(row.cells[at]);
  return ratings.sort(
    (a, b) => a.time - b.time || number(a, 0) - number(b, 0) || number(a, 1) - number(b, 1),
  );
}

/** Test is the last fifth of each user's ratings: see `cutByPersonalTime`. */
export async function splitByTime(source: ResolvedSource, preset: ScalePreset): Promise<CtrSplits> {
  const rows = await readRatings(source);
  return cutByPersonalTime({ file: RATINGS_FILE, rows }, TEST_SHARE, preset, ({ cells }) => cells[0] ?? "");
}

/** Test is a fifth of the ratings: see `cutAtRandom`. */
export async function splitAtRandom(
  source: ResolvedSource,
  preset: ScalePreset,
  name: string,
): Promise<CtrSplits> {
  return cutAtRandom({ file: RATINGS_FILE, rows: await readRatings(source) }, TEST_SHARE, preset, name);
}

// Makes the embedded samples of the click-through tasks: invented rows in the form of the real files, with something to
// learn in them, so that everything runs without data. Run it to write them: node --import tsx scripts/samples/ctr.ts
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Stream, stream } from "#harness/random/stream.ts";

const SEED = 2026;

const pick = <T>(from: readonly T[], random: Stream): T => from[random.integer(from.length)] as T;

/** An integer in [0, size) that is the likelier the smaller it is, as popularity is. */
const popular = (size: number, random: Stream): number => Math.floor(size * random.uniform() ** 2);

const happens = (logOdds: number, random: Stream): boolean => random.uniform() < 1 / (1 + Math.exp(-logOdds));

const lines = (rows: readonly string[]): string => `${rows.join("\n")}\n`;

/** Taste of an invented person or thing, by its name alone. */
const taste = (...names: readonly string[]): number => stream(SEED, "taste", ...names).normal();

function movielens(): Record<string, string> {
  const random = stream(SEED, "movielens");
  const occupations = ["artist", "engineer", "librarian", "student", "writer"];
  const users = Array.from({ length: 80 }, (_, i) => ({
    id: i + 1,
    age: 15 + random.integer(50),
    gender: pick(["M", "F"], random),
    occupation: pick(occupations, random),
  }));
  const items = Array.from({ length: 60 }, (_, i) => ({
    id: i + 1,
    genre: random.integer(19),
    year: 1960 + random.integer(38),
  }));
  const rated = new Set<string>();
  const ratings: string[] = [];
  let time = 880_000_000;
  while (ratings.length < 1200) {
    const user = users[popular(users.length, random)];
    const item = items[popular(items.length, random)];
    if (user === undefined || item === undefined || rated.has(`${user.id} ${item.id}`)) continue;
    rated.add(`${user.id} ${item.id}`);
    const liking =
      taste("user", `${user.id}`) + 1.5 * taste("item", `${item.id}`) + taste(user.gender, `${item.genre}`);
    const rating = Math.min(5, Math.max(1, Math.round(3.6 + liking * 0.7 + random.normal() * 0.5)));
    time += random.integer(400);
    ratings.push([user.id, item.id, rating, time].join("\t"));
  }
  const flags = (genre: number) => Array.from({ length: 19 }, (_, i) => (i === genre ? 1 : 0)).join("|");
  return {
    "movielens.sample.ratings.tsv": lines(ratings),
    "movielens.sample.users.txt": lines(
      users.map(({ id, age, gender, occupation }) => `${id}|${age}|${gender}|${occupation}|00000`),
    ),
    "movielens.sample.items.txt": lines(
      items.map(
        ({ id, genre, year }) => `${id}|Invented film ${id} (${year})|01-Jan-${year}|||${flags(genre)}`,
      ),
    ),
  };
}

function frappe(): Record<string, string> {
  const random = stream(SEED, "frappe");
  /** Values of each column; indices follow each other over the columns, as in the real file. */
  const sizes = [60, 80, 7, 7, 2, 3, 2, 9, 12, 20];
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const row = (): string => {
    const values = sizes.map((size) => popular(size, random));
    const [user = 0, item = 0, daytime = 0, , , , cost = 0] = values;
    const liking =
      1.2 * taste("user", `${user % 8}`, "app", `${item % 10}`) +
      1.5 * taste("app", `${item}`) +
      taste("time", `${daytime}`) +
      (cost === 1 ? -1 : 0);
    const label = happens(1.5 * liking - 1, random) ? 1 : -1;
    return [label, ...values.map((value, i) => `${(starts[i] ?? 0) + value}:1`)].join(" ");
  };
  const part = (size: number) => lines(Array.from({ length: size }, row));
  return { "frappe.sample.validation.libfm": part(800), "frappe.sample.test.libfm": part(200) };
}

/** Eight hexadecimal digits that stand for a value, as hashed categories look. */
const hash = (...names: readonly string[]): string =>
  Math.floor(stream(SEED, "hash", ...names).uniform() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");

function criteo(): Record<string, string> {
  const random = stream(SEED, "criteo");
  const row = (): string => {
    const numbers = Array.from({ length: 13 }, (_, i) =>
      random.uniform() < 0.25 ? "" : `${Math.floor(Math.exp(random.normal() * 1.5 + 1)) - (i === 1 ? 2 : 0)}`,
    );
    const values = Array.from({ length: 26 }, (_, i) => popular(i % 3 === 0 ? 6 : 40, random));
    const categories = values.map((value, i) =>
      i > 17 && random.uniform() < 0.4 ? "" : hash(`C${i}`, `${value}`),
    );
    const liking =
      1.5 * taste("C1", `${values[0]}`) +
      1.2 * taste("C4", `${values[3]}`) +
      0.6 * Math.log2(1 + Math.max(0, Number(numbers[4]))) -
      2.5;
    return [happens(liking, random) ? 1 : 0, ...numbers, ...categories].join("\t");
  };
  const part = (size: number) => lines(Array.from({ length: size }, row));
  return {
    "criteo.sample.train.txt": part(400),
    "criteo.sample.dev.txt": part(80),
    "criteo.sample.test.txt": part(120),
  };
}

const AVAZU_HEADER =
  "id,click,hour,C1,banner_pos,site_id,site_domain,site_category,app_id,app_domain,app_category,device_id,device_ip,device_model,device_type,device_conn_type,C14,C15,C16,C17,C18,C19,C20,C21";

function avazu(): Record<string, string> {
  const random = stream(SEED, "avazu");
  let id = 10_000;
  const row = (): string => {
    const banner = random.integer(2);
    const site = popular(30, random);
    const app = popular(12, random);
    const hashed = (name: string, size: number) => hash(name, `${popular(size, random)}`);
    const liking =
      1.6 * taste("site", `${site}`) + 1.4 * taste("app", `${app}`) + (banner === 1 ? 1 : -1) - 1;
    const cells = [
      id++,
      happens(liking, random) ? 1 : 0,
      `141021${`${random.integer(24)}`.padStart(2, "0")}`,
      1005,
      banner,
      hash("site", `${site}`),
      hashed("site_domain", 20),
      hashed("site_category", 6),
      hash("app", `${app}`),
      hashed("app_domain", 8),
      hashed("app_category", 5),
      hashed("device_id", 300),
      hashed("device_ip", 2000),
      hashed("device_model", 60),
      1,
      pick([0, 2], random),
      15_700 + popular(40, random),
      320,
      50,
      1700 + popular(20, random),
      popular(4, random),
      pick([35, 39, 167], random),
      pick([-1, 100_019, 100_084], random),
      pick([23, 79, 157], random),
    ];
    return cells.join(",");
  };
  const part = (size: number) => Array.from({ length: size }, row);
  return {
    "avazu.sample.train.csv": lines([AVAZU_HEADER, ...part(400)]),
    "avazu.sample.dev.csv": lines(part(80)),
    "avazu.sample.test.csv": lines(part(120)),
  };
}

/** Flights of an invented quarter, in order of time. */
function flights(): Record<string, string> {
  const random = stream(SEED, "flights");
  const airports = ["AAX", "BBX", "CCX", "DDX", "EEX", "FFX", "GGX", "HHX", "IIX", "JJX", "KKX", "LLX"];
  const rows: string[] = [];
  /** Minutes since the beginning of the quarter. */
  let minute = 300;
  while (rows.length < 700) {
    minute += 1 + random.integer(360);
    const date = new Date(Date.UTC(2001, 0, 1) + minute * 60_000);
    const hour = date.getUTCHours();
    // Nobody departs at night.
    if (hour < 5) continue;
    const origin = popular(airports.length, random);
    const destination = (origin + 1 + random.integer(airports.length - 1)) % airports.length;
    const apart = Math.abs(origin - destination);
    const late = happens(
      1.4 * taste("origin", `${origin}`) + taste("destination", `${destination}`) + (hour - 14) / 3 - 1,
      random,
    );
    const cells = {
      date: date.toISOString().slice(0, 16).replaceAll("-", "/").replace("T", " "),
      delay: late ? 16 + random.integer(90) : 15 - random.integer(40),
      distance: 90 + 180 * apart,
      origin: airports[origin],
      destination: airports[destination],
    };
    // Spaces as the formatter of the repository has them.
    const pairs = Object.entries(cells).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
    rows.push(`  { ${pairs.join(", ")} }`);
  }
  return { "flights.sample.json": `[\n${rows.join(",\n")}\n]\n` };
}

/** All sample files by name; they belong into tasks/ctr. */
export const ctrSamples = (): Readonly<Record<string, string>> => ({
  ...movielens(),
  ...frappe(),
  ...criteo(),
  ...avazu(),
  ...flights(),
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(ctrSamples()))
    await writeFile(new URL(`../../tasks/ctr/${name}`, import.meta.url), text);
}

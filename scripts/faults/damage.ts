// Files that are damaged while nothing runs: the database, and record files. Every fault is followed by a command, by what that
// command's message advises, and by a command that must find everything as it was.
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import type { Stream } from "#harness/random/stream.ts";
import { parseRecord } from "#harness/record/file.ts";
import { pick } from "./draw.ts";
import { databaseOf, filesOf, inspectEnd, inspectFault, runsOf } from "./inspect.ts";
import { endOf, hit, injectEach, type Kind, type Round, resume, verbOf } from "./round.ts";

const { ok, storage } = EXIT_CODES;

const within = (random: Stream, bound: number): number => random.integer(Math.max(1, bound));

type Damage = (path: string, random: Stream) => void;

/** Changes some of a file's bytes. */
const bytesChanged =
  (change: (bytes: Buffer, random: Stream) => void): Damage =>
  (path, random) => {
    const bytes = readFileSync(path);
    change(bytes, random);
    writeFileSync(path, bytes);
  };

const PAGE = 4096;

/** Ways to damage a database file. */
const DATABASE_DAMAGE: readonly Damage[] = [
  (path, random) => truncateSync(path, within(random, readFileSync(path).length)),
  (path) => writeFileSync(path, ""),
  (path) => rmSync(path),
  bytesChanged((bytes, random) => {
    for (let i = 0; i <= within(random, 50); i++) bytes[within(random, bytes.length)] = random.integer(256);
  }),
  bytesChanged((bytes, random) => {
    const page = PAGE * within(random, Math.floor(bytes.length / PAGE));
    bytes.fill(0, page, page + PAGE);
  }),
  bytesChanged((bytes, random) => {
    const page = (): number => PAGE * (1 + within(random, Math.floor(bytes.length / PAGE) - 1));
    bytes.copyWithin(page(), page(), page() + PAGE);
  }),
  bytesChanged((bytes, random) => {
    bytes[within(random, 100)] = random.integer(256);
  }),
  (path) =>
    writeFileSync(path, "this is no database, and longer than a header of one hundred bytes ".repeat(10)),
  (path, random) =>
    writeFileSync(
      `${path}-wal`,
      Uint8Array.from({ length: 9000 }, () => random.integer(256)),
    ),
];

const damagedDatabases = async (round: Round): Promise<number> => {
  const { place, random } = round;
  await resume(round);
  return injectEach(round, async () => {
    const path = databaseOf(place);
    pick(random, DATABASE_DAMAGE)(path, random);
    const damage = { databaseDamaged: true };
    const { code, err } = await hit(round, { verb: verbOf(random), codes: [ok.code, storage.code], damage });
    if (code === storage.code && !err.includes("next:"))
      round.found([{ what: "stuck", detail: `no next step in: ${err.slice(0, 200)}` }]);
    if (code === storage.code && err.includes("name another file in RANKBENCH_DB")) {
      // It looks like another program's or another version's, which is never moved: another file it is.
      for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    }
    const before = filesOf(place);
    const rebuilt = await endOf(round, place.other(["rebuild"]));
    if (rebuilt.code !== ok.code)
      round.found([{ what: "stuck", detail: `rebuild ended ${rebuilt.code}: ${rebuilt.all.slice(0, 300)}` }]);
    round.found(inspectFault(place, { before, out: "" }));
    round.found(inspectEnd(place));
    return true;
  });
};

const flipped = (text: string, random: Stream, bit: number): Buffer => {
  const bytes = Buffer.from(text);
  const at = within(random, bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ bit;
  return bytes;
};

/** Ways to damage a record file, from its text. */
const RECORD_DAMAGE: readonly ((file: string, text: string, random: Stream) => void)[] = [
  (file, text, random) => writeFileSync(file, text.slice(0, within(random, text.length))),
  (file) => writeFileSync(file, ""),
  (file, text) => writeFileSync(file, Buffer.alloc(text.length)),
  (file, text, random) => writeFileSync(file, flipped(text, random, 0x80)),
  (file, text, random) => writeFileSync(file, flipped(text, random, 1 << random.integer(7))),
  (file, text) => writeFileSync(file, text + text),
  (file, text) => writeFileSync(file, text.replace('"schema": 1', '"schema": 1,\n  "__proto__": {}')),
  (file, text) => writeFileSync(file, text.replace(/"seed": \d+/, '"seed": 77')),
  (file) => {
    rmSync(file);
    mkdirSync(file);
  },
];

const isRefused = (file: string): boolean => {
  try {
    parseRecord(readFileSync(file), file);
    return false;
  } catch {
    return true;
  }
};

const damagedRecords = async (round: Round): Promise<number> => {
  const { place, random } = round;
  await resume(round);
  const files = [...filesOf(place)];
  const damaged = new Set<string>();
  for (const index of [...random.permutation(files.length)].slice(0, round.faults)) {
    const [name = "", text = ""] = files[index] ?? [];
    const file = join(runsOf(place), name);
    // A changed digit makes another valid record, which nothing but its history can tell: such a change is drawn again.
    do {
      rmSync(file, { recursive: true, force: true });
      pick(random, RECORD_DAMAGE)(file, text, random);
    } while (!isRefused(file));
    damaged.add(name);
  }
  // A clone has no database yet.
  if (random.uniform() < 0.5) rmSync(databaseOf(place), { force: true });
  const damage = { damaged, databaseDamaged: true };
  const { err } = await hit(round, { verb: verbOf(random), codes: [ok.code, storage.code], damage });
  for (const name of damaged) {
    const file = join(runsOf(place), name);
    if (!err.includes(name)) round.found([{ what: "stuck", detail: `the damaged ${name} was not told` }]);
    // What the message advises.
    if (existsSync(file)) rmSync(file, { recursive: true });
  }
  await resume(round);
  return damaged.size;
};

export const DAMAGE: readonly Kind[] = [
  {
    id: "corrupt-database",
    what: "a database that is cut, overwritten, emptied, removed or no database",
    perRound: 4,
    share: 16,
    run: damagedDatabases,
  },
  {
    id: "corrupt-record",
    what: "record files that are cut, emptied, zeroed, flipped, doubled or folders",
    perRound: 3,
    share: 15,
    run: damagedRecords,
  },
];

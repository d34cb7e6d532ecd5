// What must hold after a fault, and after the command that follows it. Looks at files, database and claims from outside,
// on a copy of the database, so that it mends nothing itself.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseRecord } from "#harness/record/file.ts";
import { formatRecord } from "#harness/record/format.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { listClaims } from "#harness/run/claim.ts";
import { integrityProblems, openStore, type Store } from "#harness/store/database.ts";
import { storedIds, storedRecord } from "#harness/store/read.ts";
import { bitsOf, cellOf, type Place } from "./place.ts";

/** `lost`: something acknowledged is gone; `corrupt`: half a file, an unsound database, other bits; `stuck`: the next command did not go on. */
export interface Violation {
  readonly what: "lost" | "corrupt" | "stuck";
  readonly detail: string;
}

/** Record files by their path below results/runs. */
export type Files = ReadonlyMap<string, string>;

/** Everything below a folder, but what stands in sub-folders that went away meanwhile. */
const list = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).sort() : [];

export const runsOf = ({ scratch }: Place): string => join(scratch.root, "results", "runs");
export const databaseOf = ({ scratch }: Place): string => join(scratch.root, "results", "rankbench.sqlite");

/** The record files as they are now. */
export function filesOf(place: Place): Files {
  const folder = runsOf(place);
  return new Map(
    list(folder)
      .filter((name) => /^[0-9a-f]{16}\.json$/.test(basename(name)))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

function parsed(name: string, text: string): RunRecord | string {
  try {
    return parseRecord(text, name);
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}

/** Opens a copy of the database, with what its log holds; undefined when there is none. */
function withCopy<T>(place: Place, look: (store: Store) => T): T | undefined {
  const path = databaseOf(place);
  if (!existsSync(path)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "rankbench-look-"));
  const copy = join(folder, "copy.sqlite");
  try {
    for (const suffix of ["", "-wal"])
      if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    const store = openStore(copy);
    try {
      return look(store);
    } finally {
      store.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether a run of the place has a result with other bits than it must have. */
const isOther = (place: Place, record: RunRecord): boolean =>
  record.outcome.state === "ok" &&
  place.expected.has(record.id) &&
  bitsOf(record) !== place.expected.get(record.id);

/** Complaints about the database; `files` are the texts that its rows must come from. */
function databaseProblems(place: Place, files: Files, whole: boolean): Violation[] {
  try {
    const told = withCopy(place, (store) => {
      const problems = integrityProblems(store).map((text) => `database: ${text}`);
      const foreign = store.sqlite.pragma("foreign_key_check") as unknown[];
      if (foreign.length > 0) problems.push(`database: ${foreign.length} rows point to nothing`);
      const texts = new Map([...files].map(([name, text]) => [basename(name, ".json"), text]));
      for (const id of storedIds(store)) {
        const text = texts.get(id);
        const record = storedRecord(store, id);
        if (text === undefined) problems.push(`database: run ${id} has no file`);
        else if (whole && record !== undefined && formatRecord(record) !== text)
          problems.push(`database: run ${id} is not what its file says`);
      }
      const ids = whole ? storedIds(store) : [...texts.keys()];
      if (ids.length !== texts.size) problems.push(`database: ${ids.length} runs for ${texts.size} files`);
      return problems;
    });
    if (told === undefined) return whole ? [{ what: "lost", detail: "there is no database" }] : [];
    return told.map((detail) => ({ what: "corrupt", detail }));
  } catch (error) {
    const detail =
      error instanceof Error ? (error.message.split("\n").slice(0, 3).join(" ") ?? "") : String(error);
    return [{ what: "corrupt", detail: `database does not open: ${detail}` }];
  }
}

/** Runs that a command told as recorded, from whole lines of its output. */
export function acknowledged(
  out: string,
): { readonly cell: string; readonly id: string; readonly ok: boolean }[] {
  const lines = out.slice(0, out.lastIndexOf("\n") + 1).split("\n");
  return lines.flatMap((line) => {
    const match = /^(?:\[\d+\/\d+\] )?(\S+) on \S+, seed (\d+): (.*\brun ([0-9a-f]{8})\b.*)$/.exec(line);
    if (match === null) return [];
    const [, method = "", seed = "", text = "", id = ""] = match;
    return [{ cell: cellOf({ method, seed: Number(seed) }), id, ok: !text.includes("tried again") }];
  });
}

export interface AfterFault {
  /** Record files before the command that was hit. */
  readonly before: Files;
  /** What that command printed. */
  readonly out: string;
  /** Paths that the fault itself has damaged. */
  readonly damaged?: ReadonlySet<string>;
  /** The fault has damaged the database. */
  readonly databaseDamaged?: boolean;
}

/** What is wrong right after a fault. */
export function inspectFault(place: Place, fault: AfterFault): Violation[] {
  const found: Violation[] = [];
  const now = filesOf(place);
  const damaged = fault.damaged ?? new Set();
  for (const [name, text] of now) {
    if (damaged.has(name)) continue;
    const record = parsed(name, text);
    if (typeof record === "string") found.push({ what: "corrupt", detail: `half a record file: ${record}` });
    else if (isOther(place, record)) found.push({ what: "corrupt", detail: `other bits: ${name}` });
  }
  for (const [name, text] of fault.before) {
    if (damaged.has(name)) continue;
    const record = parsed(name, text);
    if (typeof record !== "string" && record.outcome.state === "ok" && now.get(name) !== text)
      found.push({ what: "lost", detail: `a record with a result is gone or changed: ${name}` });
  }
  for (const { cell, id, ok } of acknowledged(fault.out)) {
    const [name, text = ""] = [...now].find(([each]) => basename(each).startsWith(id)) ?? [];
    if (name !== undefined && damaged.has(name)) continue;
    const record = name === undefined ? undefined : parsed(name, text);
    if (record === undefined || typeof record === "string" || (ok && record.outcome.state !== "ok"))
      found.push({ what: "lost", detail: `${cell} was acknowledged (run ${id}) and has no record` });
  }
  if (fault.databaseDamaged !== true) found.push(...databaseProblems(place, now, false));
  return found;
}

/** What is wrong when the command after the fault has ended: everything must be there, equal and tidy. */
export function inspectEnd(place: Place): Violation[] {
  const found: Violation[] = [];
  const files = filesOf(place);
  const records = new Map<string, RunRecord>();
  for (const [name, text] of files) {
    const record = parsed(name, text);
    if (typeof record === "string") found.push({ what: "corrupt", detail: `half a record file: ${record}` });
    else records.set(record.id, record);
  }
  for (const [cell, id] of place.ids) {
    const record = records.get(id);
    if (record === undefined) found.push({ what: "lost", detail: `${cell} has no record` });
    else if (record.outcome.state !== "ok")
      found.push({ what: "stuck", detail: `${cell} ended as ${record.outcome.state}` });
    else if (isOther(place, record))
      found.push({ what: "corrupt", detail: `${cell} has other bits than the unbroken run` });
    else if (Date.parse(record.finishedAt) < Date.parse(record.startedAt))
      found.push({ what: "corrupt", detail: `${cell} ended before it began` });
  }
  found.push(...databaseProblems(place, files, true));
  for (const claim of listClaims(place.scratch.root))
    found.push({ what: "stuck", detail: `a claim is left: ${claim.id} (${claim.state})` });
  const { root } = place.scratch;
  for (const folder of ["results", ".rankbench"]) {
    for (const name of list(join(root, folder)))
      if (/\.tmp$|\.probe|\.lock$|\/running\/.+/.test(`/${folder}/${name}`))
        found.push({ what: "corrupt", detail: `left behind: ${folder}/${name}` });
  }
  return found;
}

// What SQLite and its binding complain about, as errors a user can act on.
import { messageOf, RankbenchError } from "#harness/failure/error.ts";

const REBUILD = "run: pnpm bench rebuild (it makes a new one from the record files and keeps this one aside)";
const BUILD_BINDING = "npx -y pnpm@10 rebuild better-sqlite3";

interface Explanation {
  readonly problem: string;
  readonly wanted: string;
  readonly next: string;
}

const SPACE = { wanted: "free space on its disk", next: "free some space, then run the command again" };
const WRITABLE = {
  wanted: "a database file in a writable folder",
  next: "make its folder writable, or name another file in RANKBENCH_DB",
};
const DAMAGED = { wanted: "a database made by Rankbench", next: REBUILD };
const TAMPERED: Explanation = { problem: "tables or rows of the database are damaged", ...DAMAGED };

/** By the start of SQLite's result code. */
const EXPLANATIONS: readonly (readonly [string, Explanation])[] = [
  ["SQLITE_CORRUPT", { problem: "the database file is damaged", ...DAMAGED }],
  ["SQLITE_NOTADB", { problem: "the file is not a database", ...DAMAGED }],
  ["SQLITE_FULL", { problem: "the disk is full", ...SPACE }],
  ["SQLITE_READONLY", { problem: "the database is read-only", ...WRITABLE }],
  ["SQLITE_CANTOPEN", { problem: "the database cannot be opened or made", ...WRITABLE }],
  ["SQLITE_PERM", { problem: "no permission for the database", ...WRITABLE }],
  ["SQLITE_IOERR", { problem: "reading or writing the database failed", ...SPACE }],
  [
    "SQLITE_BUSY",
    {
      problem: "another process held the database for longer than 30 seconds",
      wanted: "a database that is free to write",
      next: "wait for the other command to end, then run this one again",
    },
  ],
];

/** True when the file itself is beyond use, so that only a new one helps. */
export const isDamaged = (error: unknown): boolean =>
  /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error)) || isTampered(error);

/** Our statements and our JSON are right, so a table without its column and a text that is no JSON were changed by others. */
const isTampered = (error: unknown): boolean =>
  error instanceof SyntaxError ||
  (codeOf(error) === "SQLITE_ERROR" && /^no such (table|column|index)|has no column/.test(messageOf(error)));

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code ?? "");

/** The driver's native part is missing or was built for another Node (an install with `--ignore-scripts`). */
const isBindingMissing = (error: unknown): boolean =>
  codeOf(error) === "ERR_DLOPEN_FAILED" ||
  (error instanceof Error && error.message.startsWith("Could not locate the bindings file"));

/** drizzle wraps what the driver throws. */
function rootOf(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && at.cause !== undefined && !codeOf(at).startsWith("SQLITE_")) at = at.cause;
  return at;
}

/** The error to throw for `error`: a `storage` error where the cause is known, else the error itself. */
export function explain(error: unknown, path: string): unknown {
  if (error instanceof RankbenchError) return error;
  const root = rootOf(error);
  if (isBindingMissing(root)) {
    return new RankbenchError({
      reason: "storage",
      thing: "package better-sqlite3",
      problem: "its native binding is missing or was built for another Node",
      value: process.version,
      wanted: "a binding built on this machine",
      next: BUILD_BINDING,
      cause: root,
    });
  }
  const found = isTampered(root)
    ? TAMPERED
    : EXPLANATIONS.find(([start]) => codeOf(root).startsWith(start))?.[1];
  if (found === undefined) return error;
  const { problem, ...more } = found;
  return new RankbenchError({
    reason: "storage",
    thing: `database ${path}`,
    problem,
    value: codeOf(root) || messageOf(root),
    ...more,
    cause: root,
  });
}

/** Runs `work` and lets only explained errors out. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explain(error, path);
  }
}

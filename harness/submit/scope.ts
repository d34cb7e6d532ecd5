// Where a submission may write, and what may stand there: paths, kinds and sizes of files, judged by names alone.
import { ID_PATTERN } from "#harness/record/identity.ts";
import { MEASURE_NAMES } from "#harness/record/measurement.ts";
import type { Change, Submission } from "./changes.ts";
import { type Broken, broken } from "./rules.ts";

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** Largest sizes in bytes, and most files. A record of 25,000 test items in two classes takes a quarter of a MiB. */
export const LIMITS = {
  source: 64 * KIB,
  document: 64 * KIB,
  data: 256 * KIB,
  record: 2 * MIB,
  entry: 4 * KIB,
  folder: MIB,
  all: 64 * MIB,
  files: 3000,
} as const;

/** What a submission is about: a method, or entries of configurations. */
export type Subject = { readonly kind: "method"; readonly method: string } | { readonly kind: "entries" };

export const RECORD_PATH = new RegExp(
  `^results/runs/([^/]+)/([^/]+)/([0-9a-f]{16})(\\.(?:${MEASURE_NAMES.join("|")}))?\\.json$`,
);
export const ENTRY_PATH = /^configs\/([^/]+)\/([^/]+)\.yaml$/;
/** Paths of a method's folder: sources, documents, data made by other software, chosen configurations. */
const METHOD_PATH = /^methods\/([^/]+)\/(?:tuned\/|testing\/)?[A-Za-z0-9][A-Za-z0-9.-]*\.(ts|md|json)$/;
const PLAIN = /^[A-Za-z0-9._/-]+$/;

/** A path that cannot be meant: with steps upwards, hidden parts, or letters that a reader cannot tell. */
function isPlain(path: string): boolean {
  return PLAIN.test(path) && path.split("/").every((part) => part !== "" && !part.startsWith("."));
}

const show = (path: string): string => JSON.stringify(path.length > 120 ? `${path.slice(0, 117)}...` : path);

/** Records of other methods: runs of baselines that were made beside. They are no part of a submission and no offence. */
export const isOtherRecord = (change: Change, method: string): boolean => {
  const match = RECORD_PATH.exec(change.path);
  return match !== null && change.state === "added" && match[2] !== method && ID_PATTERN.test(match[2] ?? "");
};

/** What the changed paths are about; null where they name no method or entry at all. */
export function subjectOf(changes: readonly Change[]): Subject | null {
  const methods = new Set<string>();
  let entries = false;
  for (const { path } of changes) {
    const [top, first, second, third] = path.split("/");
    if (top === "methods" && second !== undefined && first !== undefined) methods.add(first);
    if (top === "results" && first === "runs" && third !== undefined) methods.add(third);
    if (top === "configs" && second !== undefined && second !== "") entries = true;
  }
  const [method] = [...methods].sort();
  if (method !== undefined) return { kind: "method", method };
  return entries ? { kind: "entries" } : null;
}

function placeProblem(path: string, subject: Subject): Broken | null {
  if (subject.kind === "entries") {
    return ENTRY_PATH.test(path)
      ? null
      : broken("scope", path, "lies outside configs/<method>/, where entries of configurations stand");
  }
  const { method } = subject;
  if (path.startsWith(`methods/${method}/`)) {
    return METHOD_PATH.test(path)
      ? null
      : broken(
          "files",
          path,
          "is of no kind that a method's folder has: .ts, .md, .json, also in tuned/ and testing/",
        );
  }
  if (path.startsWith("results/runs/")) {
    const match = RECORD_PATH.exec(path);
    if (match === null)
      return broken("files", path, "is no record: results/runs/<task>/<method>/<16 hex>.json");
    return match[2] === method
      ? null
      : broken("scope", path, `is a record of ${match[2]}, and the submission is of ${method}`);
  }
  return broken("scope", path, `lies outside methods/${method}/ and results/runs/<task>/${method}/`);
}

function limitOf(path: string): { readonly most: number; readonly what: string } {
  if (RECORD_PATH.test(path)) return { most: LIMITS.record, what: "a record" };
  if (ENTRY_PATH.test(path)) return { most: LIMITS.entry, what: "an entry" };
  if (path.endsWith(".ts")) return { most: LIMITS.source, what: "a source" };
  return path.endsWith(".md")
    ? { most: LIMITS.document, what: "a document" }
    : { most: LIMITS.data, what: "a data file" };
}

const size = (bytes: number): string =>
  bytes >= MIB ? `${(bytes / MIB).toFixed(1)} MiB` : `${(bytes / KIB).toFixed(1)} KiB`;

function judgeOne(change: Change, subject: Subject): Broken[] {
  const { path, kind, state, bytes } = change;
  if (!isPlain(path))
    return [broken("files", show(path), "is no plain path of letters, digits, '.', '_' and '-'")];
  const place = placeProblem(path, subject);
  if (place !== null) return [place];
  const found: Broken[] = [];
  if (kind !== "file")
    found.push(
      broken("files", path, `is ${kind === "executable" ? "executable" : `a ${kind}`}, and no plain file`),
    );
  const isRecord = RECORD_PATH.test(path);
  if (isRecord && state !== "added")
    found.push(broken("duplicate", path, `is stored already, and records are never ${state}`));
  const { most, what } = limitOf(path);
  if (bytes > most) found.push(broken("size", path, `is ${size(bytes)}; ${what} has at most ${size(most)}`));
  return found;
}

/** The letters and digits of an id: what is left when two ids are said aloud. */
const spoken = (id: string): string => id.replaceAll("-", "");

function judgeMethodId(method: string, submission: Submission): Broken[] {
  const place = `methods/${method}`;
  if (method.length > 64 || !ID_PATTERN.test(method))
    return [broken("files", show(place), "is no id: lower-case words of letters and digits joined by '-'")];
  const known = new Set(submission.baseFiles("methods").map((path) => path.split("/")[1] ?? ""));
  const near = [...known].find((id) => id !== method && spoken(id) === spoken(method));
  return known.has(method) || near === undefined
    ? []
    : [broken("duplicate", place, `is told from the method ${near} by its dashes alone`)];
}

/** Judges names, kinds and sizes; reads no file. */
export function judgeScope(submission: Submission, subject: Subject): Broken[] {
  const { changes } = submission;
  const found = changes.flatMap((change) => judgeOne(change, subject));
  if (subject.kind === "method") found.push(...judgeMethodId(subject.method, submission));
  const sum = (of: readonly Change[]): number => of.reduce((total, { bytes }) => total + bytes, 0);
  const folder = sum(changes.filter(({ path }) => path.startsWith("methods/")));
  if (folder > LIMITS.folder)
    found.push(
      broken("size", "methods/", `is ${size(folder)} in all; a method has at most ${size(LIMITS.folder)}`),
    );
  if (sum(changes) > LIMITS.all)
    found.push(
      broken("size", "the submission", `is ${size(sum(changes))}; it has at most ${size(LIMITS.all)}`),
    );
  if (changes.length > LIMITS.files)
    found.push(broken("size", "the submission", `has ${changes.length} files; at most ${LIMITS.files}`));
  return found;
}

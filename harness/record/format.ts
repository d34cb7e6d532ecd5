// A record as text and back. One record has one text: keys in the schema's order, maps sorted, floats in full precision.
// No file is touched here.
import { ZodError, type z } from "zod";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { runId } from "./identity.ts";
import { unpackArray } from "./pack.ts";
import { type Curve, type RunRecord, recordSchema } from "./schema.ts";
import { storableTexts } from "./text.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const isNested = (value: Json): boolean => value !== null && typeof value === "object";

/** Indented JSON that keeps an array of plain values on one line: a curve is three lines, not three hundred. */
function render(value: Json, indent: string): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (!value.some(isNested)) return `[${value.map((item: Json) => JSON.stringify(item)).join(", ")}]`;
    return `[\n${value.map((item: Json) => inner + render(item, inner)).join(",\n")}\n${indent}]`;
  }
  const entries = Object.entries(value as { readonly [key: string]: Json });
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${render(item, inner)}`);
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

/** A copy with the keys of every object sorted, at every depth. */
function sorted<T>(value: T): T;
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => sorted(item));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** Puts keys where the file has them: the schema's order comes from parsing, maps are sorted by name. */
function ordered(record: RunRecord): RunRecord {
  const { environment, identity, outcome } = record;
  return {
    ...record,
    identity: { ...identity, config: sorted(identity.config) },
    outcome:
      outcome.state === "ok"
        ? {
            ...outcome,
            result: {
              ...outcome.result,
              metrics: sorted(outcome.result.metrics),
              validation: sorted(outcome.result.validation),
            },
          }
        : outcome,
    environment: {
      ...environment,
      engine: { ...environment.engine, versions: sorted(environment.engine.versions) },
    },
  };
}

function refusal(
  file: string,
  problem: string,
  field: string,
  more: { value?: unknown; wanted?: string },
): RankbenchError {
  return new RankbenchError({
    reason: "storage",
    thing: `run record ${file}`,
    problem,
    field,
    ...more,
    next: "restore the file from git, or delete it and repeat the run",
  });
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let at = root;
  for (const key of path) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/** The deepest complaint inside unions, whose own message says only "invalid input". */
function deepest(
  issue: z.core.$ZodIssue,
  path: readonly PropertyKey[],
): { path: PropertyKey[]; message: string } {
  const here = [...path, ...issue.path];
  const inner = issue.code === "invalid_union" ? issue.errors.flat().map((each) => deepest(each, here)) : [];
  return inner.sort((a, b) => b.path.length - a.path.length)[0] ?? { path: here, message: issue.message };
}

const columnsDiffer = (columns: Readonly<Record<string, readonly unknown[]>>): boolean =>
  new Set(Object.values(columns).map((column) => column.length)).size > 1;

/** Rules that tie fields to each other. */
function checkTies(record: RunRecord, file: string): void {
  const id = runId(record.identity);
  if (record.id !== id) {
    throw refusal(file, "the id is not the hash of the identity", "id", { value: record.id, wanted: id });
  }
  record.curves.forEach((curve: Curve, i) => {
    for (const part of ["training", "validation"] as const) {
      if (columnsDiffer(curve[part])) {
        throw refusal(file, "the columns of a curve differ in length", `curves.${i}.${part}`, {
          wanted: "equal lengths",
        });
      }
    }
  });
  if (record.outcome.state !== "ok") return;
  const { predictions } = record.outcome.result;
  for (const part of ["scores", "targets"] as const) {
    unpackArray(predictions[part], `run record ${file}`, `outcome.result.predictions.${part}`);
  }
  const [items = 0, classes = 0] = predictions.scores.shape;
  const wanted = {
    logits: { scores: [items, classes], targets: [items] },
    scores: { scores: [items], targets: [items] },
    nats: { scores: [items], targets: [items, 2] },
  }[predictions.kind];
  const differ = (a: readonly number[], b: readonly number[]) => a.join() !== b.join();
  if (differ(predictions.scores.shape, wanted.scores) || differ(predictions.targets.shape, wanted.targets)) {
    throw refusal(file, "scores and targets do not belong together", "outcome.result.predictions", {
      value: { kind: predictions.kind, scores: predictions.scores.shape, targets: predictions.targets.shape },
      wanted: `[${wanted.scores.join(", ")}] and [${wanted.targets.join(", ")}]`,
    });
  }
}

/** Checks a plain value against the schema and its ties; `file` is what errors name. */
export function checkRecord(value: unknown, file: string): RunRecord {
  let record: RunRecord;
  try {
    record = ordered(recordSchema.parse(value));
  } catch (error) {
    if (error instanceof RangeError)
      throw refusal(file, "values are nested too deeply", "(root)", { wanted: "a run record" });
    if (!(error instanceof ZodError)) throw error;
    const [issue] = error.issues;
    const { path, message } = issue === undefined ? { path: [], message: "invalid" } : deepest(issue, []);
    const got = valueAt(value, path);
    throw refusal(file, "not a valid run record", path.join(".") || "(root)", {
      ...(got === undefined || typeof got === "object" ? {} : { value: got }),
      wanted: message,
    });
  }
  checkTies(record, file);
  return record;
}

/** The text of a file. Bytes that are no UTF-8 are damage: a lenient reader would put other characters in their place. */
function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refusal(file, "not UTF-8", "(root)", { wanted: "JSON text in UTF-8" });
  }
}

/** Reads a record from its text, or from the bytes of its file. Any defect is a `storage` error that names the file and the field. */
export function parseRecord(content: string | Uint8Array, file: string): RunRecord {
  const text = typeof content === "string" ? content : decoded(content, file);
  let value: unknown;
  try {
    // The schema library drops this key instead of refusing it.
    const hidden = text.includes("__proto__") ? "__proto__" : undefined;
    value = JSON.parse(text, hidden === undefined ? undefined : refuseKey(hidden, file));
  } catch (error) {
    if (error instanceof RankbenchError) throw error;
    throw refusal(file, "not JSON", "(root)", {
      wanted: messageOf(error),
    });
  }
  return checkRecord(value, file);
}

const refuseKey =
  (hidden: string, file: string) =>
  (key: string, value: unknown): unknown => {
    if (key === hidden) throw refusal(file, "unknown key", key, { wanted: "only keys of the schema" });
    return value;
  };

/** The text of a record that `checkRecord` or `parseRecord` gave. */
export const renderRecord = (checked: RunRecord): string => `${render(checked as unknown as Json, "")}\n`;

/**
 * The one text of a record: indented JSON with a last newline. Texts that UTF-8 cannot hold are mended first; anything
 * else that the schema refuses (NaN, an unknown key, a wrong id) is an error and nothing is written.
 */
export const formatRecord = (record: RunRecord): string =>
  renderRecord(checkRecord(storableTexts(record), `of run ${record.id}`));

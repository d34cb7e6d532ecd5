// Sweep files: YAML to a checked sweep. Every complaint names the file, the line, the field and what was wanted.
import { readFileSync } from "node:fs";
import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { z } from "zod";
import { ENGINE_NAMES } from "#harness/engine/engine.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { nearest } from "#harness/failure/suggest.ts";
import { SCALES } from "#harness/record/identity.ts";
import type { SweepPart, SweepSpec } from "./sweep-spec.ts";

const MAX_BYTES = 1_000_000;

const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.union([item.transform((value) => [value]), z.array(item).min(1)]);

const name = z.string().min(1);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const text = scalar.transform((value) => String(value));
const seed = z.int().nonnegative();

/** Texts that the command line knows how to read: `0-4`, `90s`. */
export interface TextReaders {
  seeds(text: string): number[];
  duration(text: string): number;
}

/** Turns a reader's refusal into one of the schema, which knows where it stands. */
const read = <T>(reader: (text: string) => T, wanted: string) =>
  z.string().transform((value, context): T => {
    try {
      return reader(value);
    } catch (error) {
      if (!(error instanceof RankbenchError)) throw error;
      context.addIssue({ code: "custom", message: error.parts.wanted ?? wanted });
      return z.NEVER;
    }
  });

function partSchema(readers: TextReaders) {
  const seeds = read((value) => readers.seeds(value), "seeds as 0-4 or a list");
  return z.strictObject({
    methods: oneOrMore(name).optional(),
    tasks: oneOrMore(name).optional(),
    seeds: z.union([seed.transform((value) => [value]), z.array(seed).min(1), seeds]).optional(),
    scales: oneOrMore(z.enum(SCALES)).optional(),
    engine: z.enum(ENGINE_NAMES).optional(),
    threads: z.int().min(1).max(1024).optional(),
    /** A value, or a list of alternatives; a list-valued field is written as on the command line: `query,value`. */
    set: z.record(name, oneOrMore(text)).optional(),
    tuned: z.boolean().optional(),
    timeout: z
      .union([read((value) => readers.duration(value), "a time with its unit, as 30m"), z.null()])
      .optional(),
  });
}

type FilePart = z.infer<ReturnType<typeof partSchema>>;

export interface SweepFile {
  /** Defaults of every part. */
  readonly shared: FilePart;
  /** At least one; an empty one where the file has none. */
  readonly parts: readonly FilePart[];
}

function refuse(
  file: string,
  line: number,
  problem: string,
  more: { field?: string; value?: unknown; wanted?: string; next?: string },
) {
  return new RankbenchError({
    reason: "usage",
    thing: `sweep file ${file}, line ${line}`,
    problem,
    ...more,
    next:
      more.next ??
      "mend the file; its keys: methods, tasks, seeds, scales, engine, threads, set, tuned, timeout, parts",
  });
}

/** Where in the text a complaint belongs: the key itself for an unknown one, else the value. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[], key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (!isNode(node)) continue;
    const pair =
      key !== undefined && isMap(node)
        ? node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
        : undefined;
    const at = pair !== undefined && isScalar(pair.key) ? pair.key.range?.[0] : node.range?.[0];
    if (at !== undefined && at !== null) return lines.linePos(at).line;
  }
  return 1;
}

function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors
    .flat()
    .map((each) => innermost({ ...each, path: [...issue.path, ...each.path] } as z.core.$ZodIssue));
  return inner.sort((a, b) => b.path.length - a.path.length)[0] ?? issue;
}

/** Reads the text of a sweep file; `file` is what errors name. */
export function parseSweepFile(source: string, file: string, readers: TextReaders): SweepFile {
  const lines = new LineCounter();
  // Tags of YAML's own (sets, binary, ordered maps) would make values of which the schema sees nothing.
  const document = parseDocument(source, { lineCounter: lines, logLevel: "error", resolveKnownTags: false });
  const [bad = document.warnings[0]] = document.errors;
  if (bad !== undefined) {
    throw refuse(file, lines.linePos(bad.pos[0]).line, "is no YAML", {
      wanted: bad.message.split("\n")[0]?.replace(/ at line \d+.*$/, "") ?? "YAML",
    });
  }
  visit(document, {
    Pair(_, { key }) {
      // The schema library drops this key instead of refusing it.
      if (!isScalar(key) || key.value !== "__proto__") return;
      const line = lines.linePos(key.range?.[0] ?? 0).line;
      throw refuse(file, line, "unknown key", {
        field: "__proto__",
        value: "__proto__",
        wanted: "another name",
      });
    },
  });
  const part = partSchema(readers);
  const schema = z.strictObject({ ...part.shape, parts: z.array(part).min(1).optional() });
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw refuse(file, 1, "is no YAML", { wanted: error instanceof Error ? error.message : String(error) });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    const { parts = [{}], ...shared } = parsed.data;
    return { shared, parts };
  }
  const [first] = parsed.error.issues;
  const issue = first === undefined ? undefined : innermost(first);
  const path = issue?.path ?? [];
  if (issue?.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = [...Object.keys(part.shape), ...(path.length === 0 ? ["parts"] : [])];
    const near = nearest(key, known);
    throw refuse(file, lineOf(document, lines, path, key), "unknown key", {
      field: [...path, key].join("."),
      value: key,
      wanted: known.join(", "),
      ...(near === undefined ? {} : { next: `did you mean "${near}"?` }),
    });
  }
  const got = path.length === 0 ? value : document.getIn(path);
  throw refuse(file, lineOf(document, lines, path), "a value was refused", {
    field: path.join(".") || "(root)",
    ...(isNode(got) ? {} : { value: got }),
    wanted: issue?.message ?? "a sweep",
  });
}

/** Reads a sweep file from the disk. */
export function readSweepFile(file: string, readers: TextReaders): SweepFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new RankbenchError({
      reason: "usage",
      thing: `sweep file ${file}`,
      problem: "cannot be read",
      value: (error as NodeJS.ErrnoException).code ?? String(error),
      wanted: "a YAML file",
      next: "for example: pnpm bench plan results/sweeps/first-board.yaml",
    });
  }
  if (bytes.length > MAX_BYTES)
    throw refuse(file, 1, "is too long", { wanted: `at most ${MAX_BYTES} bytes` });
  return parseSweepFile(bytes.toString("utf8"), file, readers);
}

/** What flags say; they win over every part of a file. */
export type SweepFlags = Partial<SweepPart>;

const DEFAULTS = {
  seeds: [0],
  scales: ["small"],
  engine: "onnx",
  threads: 1,
  set: {},
  tuned: false,
} as const satisfies Partial<SweepPart>;

/** The sweep of a file and flags: flags over the part over what the file shares over the defaults. */
export function sweepOf(file: SweepFile, flags: SweepFlags): SweepSpec {
  const parts = file.parts.map((part, index): SweepPart => {
    const { timeout: sharedTimeout, ...shared } = file.shared;
    const { timeout = sharedTimeout, ...own } = part;
    const { methods, tasks, ...rest } = { ...DEFAULTS, ...given(shared), ...given(own), ...given(flags) };
    const missing = methods === undefined ? "methods" : tasks === undefined ? "tasks" : undefined;
    if (methods === undefined || tasks === undefined) {
      throw new RankbenchError({
        reason: "usage",
        thing: file.parts.length > 1 ? `sweep, part ${index + 1}` : "sweep",
        problem: `no ${missing} were named`,
        field: missing ?? "",
        wanted: "ids or patterns, as lora or glue-*",
        next: `give --${missing}, or name them in the sweep file`,
      });
    }
    return {
      ...rest,
      methods,
      tasks,
      ...(timeout === undefined || rest.timeoutSeconds !== undefined ? {} : { timeoutSeconds: timeout }),
    };
  });
  return { parts };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const given = <T extends object>(value: T): Given<T> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Given<T>;

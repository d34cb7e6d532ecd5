// How far a stored number has been checked: marks of maintainers in files of their own, `results/trust/<task>/<method>/`.
// A record says nothing of it itself, for whoever writes a record could write that too; submissions cannot touch this folder.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { RankbenchError } from "#harness/failure/error.ts";
import { recordName, runsFolder, storageError } from "./file.ts";
import { hashOf, type Identity, idSchema } from "./identity.ts";
import type { RunRecord } from "./schema.ts";
import { filledTextSchema } from "./text.ts";

/** From the least to the most, with what each means to a reader. */
export const TRUST_LEVELS = {
  "self-reported":
    "its numbers are the submitter's own; they follow from the stored predictions and pass the checks",
  "re-run":
    "maintainers have run it themselves, and what they got is stored or lies within the stated tolerance",
  verified: "maintainers have repeated it on the machine of the spec and got the same bits",
} as const;
export type TrustLevel = keyof typeof TRUST_LEVELS;
const ORDER = Object.keys(TRUST_LEVELS) as TrustLevel[];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const hash16 = z.string().regex(/^[0-9a-f]{16}$/);

/** A mark of one run; it holds for the very bytes of its record. */
const runMarkSchema = z.strictObject({
  schema: z.literal(1),
  run: hash16,
  record: sha256,
  level: z.enum(["re-run", "verified"]),
  /** Spec of the machine that repeated it, and the commit it was repeated at. */
  spec: filledTextSchema,
  commit: filledTextSchema,
  at: z.iso.datetime(),
});
export type RunMark = z.infer<typeof runMarkSchema>;

/** A configuration that an author of the method's paper has looked at. */
const authorMarkSchema = z.strictObject({
  schema: z.literal(1),
  task: idSchema,
  method: idSchema,
  /** `hashOf(config)`: as the store names arms. */
  config: hash16,
  by: filledTextSchema,
  where: z.url({ protocol: /^https$/ }),
  at: z.iso.datetime(),
});
export type AuthorMark = z.infer<typeof authorMarkSchema>;

const trustFolder = (root: string): string => join(root, "results", "trust");

const runMarkPath = (root: string, record: Pick<RunRecord, "id" | "identity">): string =>
  join(trustFolder(root), ...recordName(record).split("/"));

const authorMarkPath = (root: string, mark: Pick<AuthorMark, "task" | "method" | "config">): string =>
  join(trustFolder(root), mark.task, mark.method, `author-${mark.config}.json`);

const sha256Of = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

function parse<T>(schema: z.ZodType<T>, text: string, file: string): T {
  const refuse = (field: string, wanted: string): RankbenchError =>
    new RankbenchError({
      reason: "storage",
      thing: `trust mark ${file}`,
      problem: "is not valid",
      field,
      wanted,
      next: "restore the file from git, or delete it: its run is self-reported then",
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse("(root)", error instanceof Error ? error.message : "JSON");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(issue?.path.map(String).join(".") || "(root)", issue?.message ?? "a mark");
}

async function write(file: string, value: unknown): Promise<string> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`);
    await rename(temporary, file);
    return file;
  } catch (error) {
    throw storageError(file, "writing a trust mark", error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Marks a stored run by the bytes of its record as they are now. A level is only ever raised. */
export async function writeRunMark(
  root: string,
  record: Pick<RunRecord, "id" | "identity">,
  mark: Pick<RunMark, "level" | "spec" | "commit" | "at">,
): Promise<string> {
  const bytes = await readFile(join(runsFolder(root), ...recordName(record).split("/")));
  const file = runMarkPath(root, record);
  const now = sha256Of(bytes);
  if (existsSync(file)) {
    const before = parse(runMarkSchema, await readFile(file, "utf8"), file);
    if (before.record === now && ORDER.indexOf(before.level) >= ORDER.indexOf(mark.level)) return file;
  }
  return write(file, runMarkSchema.parse({ schema: 1, run: record.id, record: now, ...mark }));
}

/** Marks the configuration of an identity as seen by an author. */
export const writeAuthorMark = async (
  root: string,
  identity: Pick<Identity, "task" | "method" | "config">,
  said: Pick<AuthorMark, "by" | "where" | "at">,
): Promise<string> => {
  const { task, method, config } = identity;
  const mark = authorMarkSchema.parse({ schema: 1, task, method, config: hashOf(config), ...said });
  return write(authorMarkPath(root, mark), mark);
};

/** What the marks of a checkout say. */
export interface Trust {
  /** Level of a run; `self-reported` where there is no mark, or the record has changed since. */
  levelOf(run: string): TrustLevel;
  /** The least level of several runs: what a row of a board may claim. */
  leastOf(runs: readonly string[]): TrustLevel;
  /** The mark of an author on a configuration, by the hash that arms carry. */
  authorOf(arm: {
    readonly task: string;
    readonly method: string;
    readonly config: string;
  }): AuthorMark | null;
}

const least = (levels: readonly TrustLevel[]): TrustLevel =>
  ORDER.find((level) => levels.includes(level)) ?? "self-reported";

/** Reads all marks; those whose record is gone or has changed do not count. A damaged file is a `storage` error. */
export async function readTrust(root: string): Promise<Trust> {
  const top = trustFolder(root);
  const levels = new Map<string, TrustLevel>();
  const authors = new Map<string, AuthorMark>();
  const names = existsSync(top) ? await readdir(top, { recursive: true }) : [];
  for (const name of names.filter((each) => each.endsWith(".json")).sort()) {
    const file = join(top, name);
    const text = await readFile(file, "utf8");
    if (/(^|[\\/])author-[0-9a-f]{16}\.json$/.test(name)) {
      const mark = parse(authorMarkSchema, text, file);
      authors.set(`${mark.task} ${mark.method} ${mark.config}`, mark);
      continue;
    }
    const mark = parse(runMarkSchema, text, file);
    const record = await readFile(join(runsFolder(root), name)).catch(() => null);
    if (record !== null && sha256Of(record) === mark.record) levels.set(mark.run, mark.level);
  }
  const levelOf = (run: string): TrustLevel => levels.get(run) ?? "self-reported";
  return {
    levelOf,
    leastOf: (runs) => least(runs.map(levelOf)),
    authorOf: ({ task, method, config }) => authors.get(`${task} ${method} ${config}`) ?? null,
  };
}

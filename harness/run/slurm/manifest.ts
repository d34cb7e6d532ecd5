// What one job array is to do, as a file that its elements read: the runs of each element with their whole identity, so that
// a node can tell whether it would do the very run that was planned. Written whole before the array is submitted.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { RankbenchError } from "#harness/failure/error.ts";
import { storageError } from "#harness/record/file.ts";
import { identitySchema } from "#harness/record/identity.ts";
import { tunedSchema } from "#harness/record/schema.ts";

const manifestCellSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  identity: identitySchema,
  threads: z.int().positive(),
  /** `--set` pairs that give the identity's configuration. */
  overrides: z.record(z.string(), z.string()),
  /** Wall time that the run may take; null for none. */
  timeoutSeconds: z.number().positive().nullable(),
  /** SHA-256 of the record file that is to be replaced (a stale one, or one without a result); null where there was none. */
  replaces: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  purpose: z.literal("tuning").optional(),
  tuned: tunedSchema.optional(),
});
/** One run of an element. */
export type ManifestCell = z.infer<typeof manifestCellSchema>;

export const manifestSchema = z.strictObject({
  schema: z.literal(1),
  /** Name of the job, which no other job has. */
  name: z.string().regex(/^rankbench-[0-9a-f]{12}$/),
  createdAt: z.iso.datetime(),
  /** Resident memory that a run may take; null for its part of what the job was given. */
  memoryLimitBytes: z.number().positive().nullable(),
  /** Runs by the index of their element in the array. */
  elements: z.array(z.array(manifestCellSchema).min(1)).min(1),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Folder of everything about clusters in one checkout. */
export const slurmFolder = (root: string): string => join(root, ".rankbench", "slurm");

/** Folder of one submission: manifest, script, logs, and what its elements have to say beside records. */
export const submissionFolder = (root: string, name: string): string => join(slurmFolder(root), name);

export const manifestFile = (root: string, name: string): string =>
  join(submissionFolder(root, name), "manifest.json");

/** Writes a small file whole or not at all. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    throw storageError(file, "writing a file of a submission", error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

export function writeManifest(root: string, manifest: Manifest): string {
  const file = manifestFile(root, manifest.name);
  writeWhole(file, JSON.stringify(manifest));
  return file;
}

/** Reads a manifest; one that is missing or damaged is a `storage` error. */
export function readManifest(file: string): Manifest {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw storageError(file, "reading the manifest of a job array", error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RankbenchError({
    reason: "storage",
    thing: `manifest ${file}`,
    problem: "is no manifest of a job array",
    field: issue?.path.join(".") ?? "",
    wanted: issue?.message ?? "a manifest",
    next: "cancel the job and give the same bench sweep again",
  });
}

/** The runs of one element; an index that the array does not have is a `usage` error. */
export function elementOf(manifest: Manifest, index: number): readonly ManifestCell[] {
  const cells = manifest.elements[index];
  if (cells !== undefined) return cells;
  throw new RankbenchError({
    reason: "usage",
    thing: `job array ${manifest.name}`,
    problem: "has no such element",
    field: "--index",
    value: index,
    wanted: `0 to ${manifest.elements.length - 1}`,
  });
}

// The configurations that `bench tune` chose: one file a method and task, `methods/<id>/tuned/<task>.json`, with the trials
// that it rests on. Written by the search, read by runs and sweeps with --tuned.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Method } from "#harness/method/contract.ts";
import { storageError } from "#harness/record/file.ts";
import { configValueSchema, SCALES, type Scale } from "#harness/record/identity.ts";
import { OUTCOME_STATES, type TunedRecord } from "#harness/record/schema.ts";
import type { Task } from "#harness/task/contract.ts";

export const TUNED_SCHEMA = 1;

const trialSchema = z.strictObject({
  /** What `--set` says of it; empty for the defaults, which are always a trial. */
  set: z.record(z.string(), z.string()),
  runs: z.array(
    z.strictObject({
      id: z.string().regex(/^[0-9a-f]{16}$/),
      seed: z.int().nonnegative(),
      state: z.enum(OUTCOME_STATES),
      /** The task's metric on the validation split; null where there is none. */
      score: z.number().nullable(),
    }),
  ),
  /** Mean score over its runs; null when a run has none. */
  score: z.number().nullable(),
});
export type Trial = z.infer<typeof trialSchema>;

export const tunedFileSchema = z.strictObject({
  schema: z.literal(TUNED_SCHEMA),
  method: z.string(),
  task: z.string(),
  taskVersion: z.int().positive(),
  scale: z.enum(SCALES),
  engine: z.string(),
  spec: z.string(),
  protocol: z.int().positive(),
  data: z.string(),
  /** Metric that decided, on the validation split. */
  metric: z.string(),
  direction: z.enum(["higher", "lower"]),
  /** Fields that were searched, and how. */
  space: z.record(z.string(), z.unknown()),
  /** Index of the chosen trial. */
  chosen: z.int().nonnegative(),
  set: z.record(z.string(), z.string()),
  /** The whole configuration that `set` gives here. */
  config: z.record(z.string(), configValueSchema),
  trials: z.array(trialSchema).min(1),
});
export type TunedFile = z.infer<typeof tunedFileSchema>;

/** Where the file of a method and a task stands. */
export const tunedPath = (root: string, method: string, task: string): string =>
  join(root, "methods", method, "tuned", `${task}.json`);

/** Writes the evidence whole or not at all. */
export function writeTuned(root: string, tuned: TunedFile): string {
  const file = tunedPath(root, tuned.method, tuned.task);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, `${JSON.stringify(tunedFileSchema.parse(tuned), null, 2)}\n`);
    renameSync(temporary, file);
    return file;
  } catch (error) {
    throw storageError(file, "writing a tuned configuration", error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function refusal(file: string, problem: string, more: { wanted: string; next: string }): RankbenchError {
  return new RankbenchError({ reason: "config", thing: `tuned configuration ${file}`, problem, ...more });
}

/** What the chosen configuration sets, and the mark that its runs carry. Refused where nothing was tuned at this scale. */
export function tunedOverrides(
  root: string,
  method: Method,
  task: Task,
  scale: Scale,
): { readonly overrides: Readonly<Record<string, string>>; readonly record: TunedRecord } {
  const file = tunedPath(root, method.id, task.id);
  const next = `tune it: pnpm bench tune ${method.id} --task ${task.id} --scale ${scale}, or leave --tuned out`;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw refusal(file, "there is none", { wanted: "the file that bench tune writes", next });
  }
  let parsed: TunedFile;
  try {
    parsed = tunedFileSchema.parse(JSON.parse(text));
  } catch (error) {
    const wanted = error instanceof z.ZodError ? (error.issues[0]?.message ?? "a valid file") : "JSON";
    throw refusal(file, "cannot be used", { wanted, next });
  }
  if (parsed.method !== method.id || parsed.task !== task.id || parsed.scale !== scale) {
    throw refusal(file, `it was made for ${parsed.method} on ${parsed.task} at scale ${parsed.scale}`, {
      wanted: `${method.id} on ${task.id} at scale ${scale}`,
      next,
    });
  }
  return {
    overrides: parsed.set,
    record: {
      task: task.id,
      trials: parsed.trials.length,
      sha256: createHash("sha256").update(text).digest("hex"),
    },
  };
}

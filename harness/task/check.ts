// What a task file must say beside its functions, as a schema: identity, metrics and scale presets. Checked when the file is
// loaded, so that a slip in it is told with its field and not found after an hour of training.
import { z } from "zod";
import { RankbenchError } from "#harness/failure/error.ts";
import { idSchema, SCALES } from "#harness/record/identity.ts";
import { QUALITY_METRICS, type QualityMetricId } from "#harness/record/metrics.ts";
import { filledTextSchema } from "#harness/record/text.ts";
import { FAMILIES, type Task } from "./contract.ts";

const budgetSchema = z.strictObject({
  epochs: z.number().positive().max(1_000_000),
  batchSize: z.int().min(1).max(1_000_000),
  warmupShare: z.number().min(0).max(1),
  schedule: z.enum(["linear", "cosine"]),
  weightDecay: z.number().min(0),
  clipNorm: z.number().positive().nullable(),
  validations: z.int().min(0),
});

const presetSchema = z.strictObject({
  backbone: idSchema,
  trainRows: z.int().min(1).nullable(),
  validationRows: z.int().min(0),
  budget: budgetSchema,
  sampleOnly: z.boolean(),
  fromScratch: z.literal(true).optional(),
});

const qualityIds = Object.keys(QUALITY_METRICS) as [QualityMetricId, ...QualityMetricId[]];

/** The part of a task that is data; its functions are the compiler's matter. */
const taskSchema = z.object({
  id: idSchema,
  family: z.enum(FAMILIES),
  title: filledTextSchema,
  version: z.int().min(1),
  metrics: z.array(z.enum(qualityIds)).min(1),
  classes: z.array(filledTextSchema).nullable(),
  outputs: z.int().min(1),
  scales: z.partialRecord(z.enum(SCALES), presetSchema),
});

function refuse(thing: string, error: z.ZodError, value: unknown): RankbenchError {
  const [issue] = error.issues;
  const path = [
    ...(issue?.path ?? []),
    ...(issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : []),
  ];
  let at: unknown = value;
  for (const key of path) {
    at = at !== null && typeof at === "object" ? (at as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return new RankbenchError({
    reason: "config",
    thing,
    problem: "the task's own description was refused",
    field: path.map(String).join(".") || "(root)",
    value: at === undefined ? "undefined" : at,
    wanted: issue?.message ?? "a task",
    next: "mend the task's file; docs/add-a-task.md tells what each field means",
  });
}

/** Checks what a task says about itself; a wrong field is a `config` error that names it. */
export function checkTask(task: Task): void {
  const parsed = taskSchema.safeParse(task);
  if (!parsed.success) throw refuse(`task ${task.id}`, parsed.error, task);
}

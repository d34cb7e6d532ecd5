// JSON Schemas of the files below data/ and of run records, made of the schemas that check them.
import { z } from "zod";
import { configValueSchema, identitySchema } from "#harness/record/identity.ts";
import { measuredSchema, OUTCOME_STATES, recordSchema, tunedSchema } from "#harness/record/schema.ts";
import { COLOURS, SHAPE_NAMES } from "../lib/glyphs.ts";

const state = z.enum(OUTCOME_STATES);
const count = z.int().nonnegative();

/** `runs.json`: one entry a run. */
export const runsFileSchema = z.array(
  z.strictObject({
    id: z.string(),
    ...identitySchema.shape,
    dataVariant: z.enum(["official", "mirror", "sample"]).nullable(),
    state,
    contention: z.number().nullable(),
    latencyContention: z.number().nullable(),
    methodCode: z.string().nullable(),
    taskCode: z.string().nullable(),
    purpose: z.literal("tuning").nullable(),
    tuned: tunedSchema.nullable(),
    startedAt: z.string(),
    finishedAt: z.string(),
    metrics: z.record(z.string(), measuredSchema).describe("value, or why there is none"),
  }),
);

const metricSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  short: z.string(),
  unit: z.string(),
  direction: z.enum(["higher", "lower", "neutral"]),
  quality: z.boolean(),
});

const valueSchema = z
  .tuple([z.number(), z.number().nullable(), z.number().nullable(), count])
  .describe("mean over seeds, bounds of its 95 % interval, number of seeds");

/** `boards/*.json`. */
export const boardFileSchema = z.strictObject({
  slug: z.string(),
  title: z.string(),
  task: z.string(),
  family: z.string(),
  taskVersion: z.int(),
  scale: z.string(),
  spec: z.string(),
  engine: z.string(),
  protocol: z.int(),
  data: z.string(),
  quality: z.string().describe("the metric that the task is judged by"),
  flags: z.array(z.string()),
  newest: z.string(),
  metrics: z.array(metricSchema),
  rows: z.array(
    z.strictObject({
      id: z.string(),
      method: z.string(),
      title: z.string(),
      kind: z.string(),
      difference: z.string().describe("what is set otherwise than by default"),
      label: z.string(),
      glyph: z.strictObject({
        colour: z
          .int()
          .min(0)
          .max(COLOURS - 1),
        shape: z.enum(SHAPE_NAMES),
      }),
      rank: z.int().nullable(),
      shared: z.boolean(),
      flags: z.array(z.string()),
      config: z.record(z.string(), configValueSchema),
      runs: z.array(z.strictObject({ id: z.string(), seed: count, state })),
      values: z.record(z.string(), valueSchema),
      seeds: z.record(z.string(), z.array(z.number().nullable())).describe("in the order of runs"),
    }),
  ),
  papers: z.record(z.string(), z.string()),
});

const FILES = {
  "record.json": recordSchema,
  "runs.json": runsFileSchema,
  "board.json": boardFileSchema,
} as const;

/** The schema files by name, as text. */
export const schemaFiles = (): ReadonlyMap<string, () => string> =>
  new Map(
    Object.entries(FILES).map(([name, schema]) => [
      name,
      () => `${JSON.stringify(z.toJSONSchema(schema, { unrepresentable: "any" }), null, 1)}\n`,
    ]),
  );

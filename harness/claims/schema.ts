// Claims of a paper as data: which two arms, on which task, which metric, and what would bear the statement out at our
// scale. One file a method, `methods/<id>/claims.json`; unknown keys are refused.
import { z } from "zod";
import { idSchema, SCALES } from "#harness/record/identity.ts";
import { metricIdSchema } from "#harness/record/schema.ts";

const sentence = z.string().min(10).max(400);

/** A method with settings as on the command line; what is left out has the task's default. */
const claimArmSchema = z.strictObject({
  method: idSchema,
  set: z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/), z.string()).default({}),
});
export type ClaimArm = z.infer<typeof claimArmSchema>;

/** Margins are in the metric's own unit (accuracy 0.01 is one point); "better" follows the metric's direction. */
const claimTestSchema = z.discriminatedUnion("kind", [
  /** The subject is better than the reference by more than `by`. */
  z.strictObject({ kind: z.literal("better"), by: z.number().nonnegative() }),
  /** The subject is worse by less than `within`, or not at all. */
  z.strictObject({ kind: z.literal("not-worse"), within: z.number().positive() }),
  /** The two differ by less than `within`. */
  z.strictObject({ kind: z.literal("equivalent"), within: z.number().positive() }),
  /** Subject over reference is at most so much: for costs. */
  z.strictObject({ kind: z.literal("ratio"), atMost: z.number().positive() }),
]);
export type ClaimTest = z.infer<typeof claimTestSchema>;

const claimPartSchema = z.strictObject({
  /** `quality`: the task's own metric. */
  metric: z.union([z.literal("quality"), metricIdSchema]),
  test: claimTestSchema,
});
export type ClaimPart = z.infer<typeof claimPartSchema>;

const claimSchema = z.strictObject({
  id: idSchema,
  /** What the paper says, in our words and at our scale. */
  statement: sentence,
  /** Where the source says it: table, figure, section. */
  source: sentence,
  task: idSchema,
  scale: z.enum(SCALES),
  subject: claimArmSchema,
  reference: claimArmSchema,
  /** All of them must hold. */
  parts: z.array(claimPartSchema).min(1),
});
export type Claim = z.infer<typeof claimSchema>;

export const claimsFileSchema = z
  .strictObject({
    /** Statements of the source that this scale cannot test, with the reason: no GPU latency, no such data. */
    untested: z.array(z.strictObject({ statement: sentence, reason: sentence })).default([]),
    claims: z.array(claimSchema),
  })
  .refine(({ claims }) => new Set(claims.map(({ id }) => id)).size === claims.length, {
    message: "two claims have one id",
    path: ["claims"],
  })
  .refine(({ claims, untested }) => claims.length + untested.length > 0, {
    message: "neither a claim nor a statement that cannot be tested",
    path: ["claims"],
  });
export type ClaimsFile = z.infer<typeof claimsFileSchema>;

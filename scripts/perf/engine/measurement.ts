// What one process reports, and what the results file holds. The schema is the contract between the processes, one of
// which is Python.
import { z } from "zod";

const measured = z.strictObject({
  status: z.literal("measured"),
  /** Library that executed, with its version: `onnxruntime-node 1.30.0`. */
  library: z.string(),
  parameters: z.number().int().positive(),
  /** Wall time of each step after the warm-up, milliseconds. */
  stepMs: z.array(z.number().positive()).min(1),
  /** Processor time of all threads of the process over the timed steps, a step, milliseconds. */
  cpuMs: z.number().positive(),
  /** Part of the mean step inside the engine, milliseconds; the rest records and calls. Null where not told apart. */
  engineMs: z.number().nonnegative().nullable(),
  /** Time of the first step, which builds programs, milliseconds. */
  firstStepMs: z.number().positive(),
  /** Rate of a 512 x 512 x 512 product by processor time, GFLOP/s: shows a library that runs without a fast BLAS. */
  gemmGflops: z.number().positive(),
  /** Losses of the first steps, to show that two engines train the same model. */
  losses: z.array(z.number()),
  /** Peak of tensor memory in one training step with weights and optimizer state, bytes; null where not counted. */
  peakBytes: z.number().int().positive().nullable(),
});

const skipped = z.strictObject({ status: z.literal("skipped"), reason: z.string() });

export const measurementSchema = z.discriminatedUnion("status", [measured, skipped]);
export type Measurement = z.infer<typeof measurementSchema>;
export type Measured = z.infer<typeof measured>;

/** `pytorch-debian`: the one of the distribution, which any machine here can install; `pytorch` may be a newer one. */
export const CONTENDERS = ["onnx", "pytorch", "pytorch-compile", "pytorch-debian", "tfjs-wasm"] as const;
export type Contender = (typeof CONTENDERS)[number];

export const resultsSchema = z.strictObject({
  /** Day of the run, ISO. */
  date: z.string(),
  machine: z.strictObject({ cpu: z.string(), cores: z.number(), node: z.string(), os: z.string() }),
  /** Load average over one minute before the first and after the last process: contention shows here. */
  load: z.tuple([z.number(), z.number()]),
  rounds: z.number().int().positive(),
  budgetMs: z.number().positive(),
  models: z.array(
    z.strictObject({
      id: z.string(),
      what: z.string(),
      /** One measurement a round. */
      contenders: z.partialRecord(z.enum(CONTENDERS), z.array(measurementSchema)),
    }),
  ),
});
export type Results = z.infer<typeof resultsSchema>;

/** First steps, whose losses are compared between engines. */
export const COMPARED_STEPS = 5;
/** Part of the budget that runs untimed first; torch_models.py has the same two numbers. */
export const WARM_UP_PART = 0.5;

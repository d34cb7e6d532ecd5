// Configuration fields that many methods share, each with unit, meaning and source, so that they read alike everywhere.
import { z } from "zod";

/** Peak learning rate of the main stage. */
export const learningRate = (byDefault: number, source: string) =>
  z.number().positive().default(byDefault).describe(`peak learning rate of the main stage; ${source}`);

/** Peak learning rate of the head where it is not that of the adapters. */
export const headLearningRate = (byDefault: number, source: string) =>
  z.number().positive().default(byDefault).describe(`peak learning rate of the head; ${source}`);

/** Target sites of an adapter: roles or paths, comma-separated on the command line. */
export const targets = (byDefault: readonly string[], source: string) =>
  z
    .array(z.string().min(1))
    .min(1)
    .default([...byDefault])
    .describe(`linear sites to adapt, by role or path, or all; ${source}`);

/** All maps of a transformer block, by role. */
export const BLOCK_ROLES = ["query", "key", "value", "attention-output", "ffn-in", "ffn-out"] as const;

/** Rank of a low-rank part; what exceeds a map's short side is clipped and noted. */
export const rank = (byDefault: number, source: string) =>
  z.int().min(1).default(byDefault).describe(`inner width of the low-rank part, directions; ${source}`);

/** Dropout before the low-rank branch of an adapter. */
export const branchDropout = (byDefault: number, source: string) =>
  z
    .number()
    .min(0)
    .lt(1)
    .default(byDefault)
    .describe(`probability of zeroing an input of the branch; ${source}`);

/** Families whose models have the linear sites that adapters and compressors work on. */
export const WITH_BLOCKS = ["glue", "text", "image", "clip", "lm"] as const;

/** Those, and click-through models, whose layers are plain maps: for methods that need no pre-trained weights beside theirs. */
export const WITH_MAPS = [...WITH_BLOCKS, "ctr"] as const;

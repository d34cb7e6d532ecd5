// What makes a run that run, and the id made of it. Two runs with equal identity must give equal results on one machine.
import { createHash } from "node:crypto";
import { z } from "zod";
import { textSchema } from "./text.ts";

/** Raised by any change of the harness that can move a number. History: docs/decisions/protocol.md. */
export const PROTOCOL = 2;

export const SCALES = ["smoke", "small", "full"] as const;
export type Scale = (typeof SCALES)[number];

/** Ids are path parts of result files, so they are kept to this form everywhere. */
export const ID_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
export const idSchema = z
  .string()
  .max(64)
  .regex(ID_PATTERN, "lower-case words of letters and digits joined by '-'");

/** Names that come from machines and data: printable ASCII without spaces, so that they can stand in file names and queries. */
const tokenSchema = z
  .string()
  .max(512)
  .regex(/^[\x21-\x7e]+$/, "printable ASCII without spaces, at most 512 characters");

export type ConfigValue =
  | string
  | number
  | boolean
  | null
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue };

export const configValueSchema: z.ZodType<ConfigValue> = z.lazy(() =>
  z.union([
    textSchema,
    z.number(),
    z.boolean(),
    z.null(),
    z.array(configValueSchema),
    z.record(textSchema, configValueSchema),
  ]),
);

export const identitySchema = z.strictObject({
  task: idSchema,
  taskVersion: z.int().positive(),
  scale: z.enum(SCALES),
  method: idSchema,
  /** The method's configuration with every default filled in. */
  config: z.record(textSchema, configValueSchema),
  seed: z.int().nonnegative(),
  engine: tokenSchema,
  /** A spec's id, or `local-<hash of the machine>` when the machine or its settings match none. */
  spec: tokenSchema,
  protocol: z.int().positive(),
  /** Fingerprint of the data's content: equal for official files and whole mirrors, other for parts and samples. */
  data: tokenSchema,
});
export type Identity = z.infer<typeof identitySchema>;

/** JSON with sorted keys and no white space: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** 16 hexadecimal digits of SHA-256 over the canonical JSON of the identity. */
export function runId(identity: Identity): string {
  return hashOf(identity);
}

/**
 * The ids of runs that differ in their seed alone: the same as `runId`, with everything but the seed written once. A plan
 * of 100,000 cells takes half a second so.
 */
export function runIdBySeed(identity: Omit<Identity, "seed">): (seed: number) => string {
  const entries = Object.entries({ ...identity, seed: null }).sort(([a], [b]) => (a < b ? -1 : 1));
  const at = entries.findIndex(([key]) => key === "seed");
  const render = (part: typeof entries): string =>
    part.map(([key, value]) => `${JSON.stringify(key)}:${canonicalJson(value)}`).join(",");
  const before = `{${[render(entries.slice(0, at)), '"seed":'].filter((text) => text !== "").join(",")}`;
  const rest = render(entries.slice(at + 1));
  const after = `${rest === "" ? "" : `,${rest}`}}`;
  return (seed) => createHash("sha256").update(`${before}${seed}${after}`).digest("hex").slice(0, 16);
}

/** 16 hexadecimal digits of SHA-256 over the canonical JSON of any plain value. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}

// Entries of configurations: another configuration of a known method as a small YAML file, `configs/<method>/<name>.yaml`.
// An entry brings no numbers; maintainers run it. Reads and judges the text, runs nothing.
import { parseDocument } from "yaml";
import { z } from "zod";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { resolveConfig } from "#harness/method/config.ts";
import { findMethod } from "#harness/method/registry.ts";
import { supportOf } from "#harness/method/support.ts";
import { canonicalJson, idSchema, SCALES } from "#harness/record/identity.ts";
import { RANKED_SEEDS } from "#harness/stats/summary.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import type { Submission } from "./changes.ts";
import { textProblem } from "./record-rules.ts";
import { type Broken, broken, brokenBy } from "./rules.ts";
import { ENTRY_PATH } from "./scope.ts";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** A value as the command line has it; a list is written as one, or with commas. */
const setting = z
  .union([scalar, z.array(scalar).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]).map(String).join(","));
const line = (most: number) => z.string().trim().min(1).max(most);

export const entrySchema = z.strictObject({
  method: idSchema,
  /** What it is, in a few words. */
  title: line(80),
  /** Where the values come from: a paper's section, a measurement of one's own. */
  source: line(300),
  /** Fields that differ from the method's own configuration. */
  set: z.record(z.string(), setting).refine((set) => Object.keys(set).length > 0, "at least one field"),
  tasks: z.array(idSchema).min(1).max(20),
  scale: z.enum(SCALES).default("small"),
  /** Seeds 0 to n - 1. */
  seeds: z.int().min(RANKED_SEEDS).max(10).default(RANKED_SEEDS),
  /** Who wrote it, where they want to be named. */
  by: line(80).optional(),
});
export type ConfigEntry = z.infer<typeof entrySchema>;

function refuse(file: string, problem: string, field: string, wanted: string): RankbenchError {
  return new RankbenchError({
    reason: "config",
    thing: `entry ${file}`,
    problem,
    field,
    wanted,
    next: "see docs/rules.md, configurations as entries",
  });
}

/** Reads the text of an entry; `file` is its path below the root, which names method and entry. */
export function parseEntry(text: string, file: string): ConfigEntry {
  const [, method, name] = ENTRY_PATH.exec(file) ?? [];
  if (!idSchema.safeParse(method).success || !idSchema.safeParse(name).success)
    throw refuse(
      file,
      "stands in no place for entries",
      "path",
      "configs/<method>/<name>.yaml, names of words joined by '-'",
    );
  const document = parseDocument(text, { uniqueKeys: true });
  const [bad] = [...document.errors, ...document.warnings];
  if (bad !== undefined) throw refuse(file, "is no YAML", "(root)", bad.message.split("\n")[0] ?? "YAML");
  let value: unknown;
  try {
    // Aliases could make a small file a large value.
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw refuse(file, "has aliases", "(root)", messageOf(error));
  }
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const keys = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : undefined;
    throw refuse(
      file,
      keys === undefined ? "a value was refused" : `unknown key ${keys}`,
      issue?.path.map(String).join(".") || keys || "(root)",
      keys === undefined ? (issue?.message ?? "an entry") : Object.keys(entrySchema.shape).join(", "),
    );
  }
  if (parsed.data.method !== method)
    throw refuse(file, "names another method than its folder", "method", method ?? "");
  return parsed.data;
}

/** The configurations that an entry means, by task; a task that the method refuses is an error. */
export async function resolveEntry(
  entry: ConfigEntry,
  file: string,
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const method = await findMethod(entry.method);
  const configs = new Map<string, Readonly<Record<string, unknown>>>();
  for (const id of entry.tasks) {
    const task = await findTask(id);
    const facts = taskFacts(task, entry.scale);
    const support = supportOf(method, facts);
    if (!support.ok)
      throw refuse(
        file,
        `${method.id} does not take ${id}: ${support.reason}`,
        "tasks",
        "tasks that it takes",
      );
    const config = resolveConfig(method, facts, entry.set);
    const preset = task.scales[entry.scale];
    if (preset !== undefined) method.check?.(task.places(preset), config);
    if (canonicalJson(config) === canonicalJson(resolveConfig(method, facts, {})))
      throw refuse(file, `is the method's own configuration on ${id}`, "set", "a configuration that differs");
    configs.set(id, config);
  }
  return configs;
}

/** Judges each entry that a submission adds or changes; equal configurations under two names are refused. */
export async function judgeEntries(submission: Submission): Promise<Broken[]> {
  const found: Broken[] = [];
  const seen = new Map<string, string>();
  for (const { path, state } of submission.changes) {
    if (state === "deleted") continue;
    try {
      const entry = parseEntry(submission.read(path).toString("utf8"), path);
      for (const [field, text] of [
        ["title", entry.title],
        ["source", entry.source],
        ["by", entry.by ?? ""],
      ] as const) {
        const problem = textProblem(text);
        if (problem !== null) found.push(broken("texts", path, `${field} ${problem}`));
      }
      for (const [task, config] of await resolveEntry(entry, path)) {
        const key = canonicalJson([entry.method, task, entry.scale, config]);
        const other = seen.get(key);
        if (other !== undefined)
          found.push(broken("entry", path, `is on ${task} the configuration of ${other}`));
        seen.set(key, path);
      }
    } catch (error) {
      found.push(brokenBy("entry", path, error));
    }
  }
  return found;
}

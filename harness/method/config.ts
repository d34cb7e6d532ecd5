// From a method's schema, its presets and the user's `--set key=value` to one full configuration, or a clear refusal.
import { z } from "zod";
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import type { ConfigValue } from "#harness/record/identity.ts";
import type { Method, Preset, TaskFacts } from "./contract.ts";

export interface ConfigField {
  readonly name: string;
  /** `number`, `integer`, `boolean`, `string`, `list`, or the allowed words joined by `|`. */
  readonly type: string;
  readonly default: ConfigValue | undefined;
  readonly description: string;
}

/** The part of JSON Schema (draft 2020-12) that fields of a configuration use. */
export interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: FieldSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: ConfigValue;
  readonly description?: string;
  readonly anyOf?: readonly FieldSchema[];
}

/** A plan resolves one method's configuration for every task: writing its schema anew took most of the time. */
const known = new WeakMap<Method, Readonly<Record<string, FieldSchema>>>();

/** The fields of a method's configuration as JSON Schema, in the schema's order. */
export function fieldSchemas(method: Method): Readonly<Record<string, FieldSchema>> {
  let fields = known.get(method);
  if (fields === undefined) {
    const schema = z.toJSONSchema(method.config, { io: "input" }) as {
      readonly properties?: Readonly<Record<string, FieldSchema>>;
    };
    fields = schema.properties ?? {};
    known.set(method, fields);
  }
  return fields;
}

function typeOf(schema: FieldSchema): string {
  if (schema.enum !== undefined) return schema.enum.join("|");
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join("|");
  return schema.type === "array" ? "list" : (schema.type ?? "value");
}

/** The fields of a method's configuration, in the schema's order. */
export function describeConfig(method: Method): readonly ConfigField[] {
  return Object.entries(fieldSchemas(method)).map(([name, schema]) => ({
    name,
    type: typeOf(schema),
    default: schema.default,
    description: schema.description ?? "",
  }));
}

const matches = <C>(preset: Preset<C>, task: TaskFacts): boolean =>
  (Object.entries(preset.when) as [keyof typeof preset.when, string][]).every(
    ([key, value]) => task[key] === value,
  );

/** Text of the command line as the value its field wants; text that does not fit is left for the schema to refuse. */
function parseText(text: string, schema: FieldSchema): ConfigValue {
  if (schema.type === "array") {
    const items = text.split(",").map((item) => item.trim());
    return items.map((item) => parseText(item, schema.items ?? {}));
  }
  if (schema.type === "number" || schema.type === "integer") {
    return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  }
  if (schema.type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (text === "null" && schema.anyOf?.some((option) => option.type === "null")) return null;
  const alternative = schema.anyOf?.find((option) => option.type !== "null");
  return alternative === undefined ? text : parseText(text, alternative);
}

/**
 * Schema defaults, then the presets that fit the task, then `overrides`. Every field is present in the result.
 * Unknown keys and values out of range are refused by name.
 */
export function resolveConfig<C extends Record<string, unknown>>(
  method: Method<C>,
  task: TaskFacts,
  overrides: Readonly<Record<string, string>>,
): C & Record<string, ConfigValue> {
  const schemas = fieldSchemas(method);
  const given: Record<string, unknown> = {};
  for (const preset of method.presets) if (matches(preset, task)) Object.assign(given, preset.set);
  for (const [key, text] of Object.entries(overrides))
    given[key] = parseText(text, fieldSchema(method, schemas, key));
  return parseConfig(method, given);
}

/** The schema of a field; a key that names none is refused. */
function fieldSchema(
  method: Method,
  schemas: Readonly<Record<string, FieldSchema>>,
  key: string,
): FieldSchema {
  const schema = Object.hasOwn(schemas, key) ? schemas[key] : undefined;
  if (schema !== undefined) return schema;
  throw unknownName({
    reason: "config",
    kind: "configuration key",
    name: key,
    known: Object.keys(schemas),
    thing: `method ${method.id}`,
    field: key,
    listCommand: `pnpm bench list methods --method ${method.id}`,
  });
}

/** A configuration as the method's schema takes it; the first field that it refuses is named. */
export function parseConfig<C extends Record<string, unknown>>(
  method: Method<C>,
  given: Readonly<Record<string, unknown>>,
): C & Record<string, ConfigValue> {
  const schemas = fieldSchemas(method);
  for (const key of Object.keys(given)) fieldSchema(method, schemas, key);
  const parsed = method.config.safeParse(given);
  if (parsed.success) return parsed.data as C & Record<string, ConfigValue>;
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join(".") ?? "";
  const root = issue?.path[0];
  const schema = root === undefined ? undefined : schemas[String(root)];
  throw new RankbenchError({
    reason: "config",
    thing: `method ${method.id}`,
    problem: "the configuration was refused",
    field,
    value: root === undefined ? given : given[String(root)],
    wanted:
      issue === undefined
        ? "a valid configuration"
        : `${schema === undefined ? "" : `${typeOf(schema)}; `}${issue.message}`,
    next: `give another value with --set ${field === "" ? "key" : field}=...`,
  });
}

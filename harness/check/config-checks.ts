// Whether a method's configuration behaves: defaults of every task parse, wrong values are refused by name, each field
// says what it is. Looks at the schema alone; nothing is trained.
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { type FieldSchema, fieldSchemas, resolveConfig } from "#harness/method/config.ts";
import type { Method, TaskFacts } from "#harness/method/contract.ts";
import { failed, passed, type Verdict } from "./verdict.ts";

/** A key that no method has. */
const UNKNOWN = "noSuchField";

/** Texts that a field must refuse, as on the command line: outside its range, of another type, of no known word. */
function wrongTexts(schema: FieldSchema): readonly string[] {
  const options = schema.anyOf?.filter((option) => option.type !== "null");
  // Of several forms a value may take, what one refuses another may want.
  if (options !== undefined)
    return options.length === 1 && options[0] !== undefined ? wrongTexts(options[0]) : [];
  if (schema.enum !== undefined) return ["no-such-word"];
  if (schema.type === "boolean") return ["maybe"];
  if (schema.type === "array") return schema.minItems === undefined ? [] : [""];
  if (schema.type !== "number" && schema.type !== "integer") return [];
  const texts = ["a-word", "NaN", ""];
  if (schema.type === "integer") texts.push("1.5");
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  if (minimum !== undefined) texts.push(String(minimum - 1));
  if (exclusiveMinimum !== undefined) texts.push(String(exclusiveMinimum));
  if (maximum !== undefined) texts.push(String(maximum + (Number.isSafeInteger(maximum + 1) ? 1 : 2)));
  if (exclusiveMaximum !== undefined) texts.push(String(exclusiveMaximum));
  return texts;
}

/** Whether a numeric field is bounded from below: no rate, count or share of this project may be anything. */
const bounded = ({ type, minimum, exclusiveMinimum }: FieldSchema): boolean =>
  (type !== "number" && type !== "integer") ||
  exclusiveMinimum !== undefined ||
  (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER);

/** What is wrong with the way a field describes itself. */
function describeProblem(name: string, schema: FieldSchema): string | undefined {
  if (schema.default === undefined) return `${name} has no default`;
  if ((schema.description ?? "").length < 10) return `${name} has no description with unit and source`;
  return bounded(schema) ? undefined : `${name} is a number without a lower bound`;
}

/** Undefined when the text is refused by an error that names the field. */
function acceptance(method: Method, facts: TaskFacts, name: string, text: string): string | undefined {
  try {
    resolveConfig(method, facts, { [name]: text });
    return `${name}=${JSON.stringify(text)} is accepted`;
  } catch (error) {
    const named = error instanceof RankbenchError && error.parts.reason === "config";
    return named && error.parts.field?.startsWith(name) === true
      ? undefined
      : `${name}=${JSON.stringify(text)} is refused without naming the field: ${messageOf(error)}`;
  }
}

/** `facts`: the tasks that the method takes, at every scale. */
export function checkConfig(method: Method, facts: readonly TaskFacts[]): Verdict {
  const fields = Object.entries(fieldSchemas(method));
  const [some] = facts;
  if (some === undefined) return failed("takes none of the registered tasks");
  const problems: string[] = fields.flatMap(([name, schema]) => describeProblem(name, schema) ?? []);
  for (const task of facts) {
    try {
      resolveConfig(method, task, {});
    } catch (error) {
      problems.push(`defaults for ${task.id} at ${task.scale}: ${messageOf(error)}`);
    }
  }
  for (const preset of method.presets) {
    for (const key of Object.keys(preset.set))
      if (!fields.some(([name]) => name === key)) problems.push(`a preset sets the unknown field ${key}`);
    if (preset.source.length < 5)
      problems.push(`the preset for ${JSON.stringify(preset.when)} names no source`);
  }
  if (method.config.safeParse({ ...resolveOrEmpty(method, some), [UNKNOWN]: 1 }).success)
    problems.push("an unknown key is accepted: the schema is not strict");
  let refused = 0;
  for (const [name, schema] of fields) {
    for (const text of wrongTexts(schema)) {
      const problem = acceptance(method, some, name, text);
      if (problem === undefined) refused++;
      else problems.push(problem);
    }
  }
  return problems.length === 0
    ? passed(
        `${fields.length} fields, defaults for ${facts.length} tasks and scales, ${refused} wrong values refused`,
      )
    : failed(problems.slice(0, 4).join("; "));
}

function resolveOrEmpty(method: Method, facts: TaskFacts): Record<string, unknown> {
  try {
    return resolveConfig(method, facts, {});
  } catch {
    return {};
  }
}

// What a search may change in a method's configuration, and random draws from it. A field says so itself by
// `.meta({ search: { log: [1e-4, 1e-2] } })`; peak learning rates that say nothing are searched about their default.
import type { Stream } from "#harness/random/stream.ts";
import type { ConfigValue } from "#harness/record/identity.ts";
import { type FieldSchema, fieldSchemas, resolveConfig } from "./config.ts";
import type { Method, TaskFacts } from "./contract.ts";

/** `log` and `uniform`: bounds of a number drawn evenly on that scale; `choice`: any of the values, as on the command line. */
export type SearchRange =
  | { readonly log: readonly [number, number] }
  | { readonly uniform: readonly [number, number] }
  | { readonly choice: readonly string[] };

export type SearchSpace = Readonly<Record<string, SearchRange>>;

/** Factor about the default within which learning rates are searched. */
const ABOUT_DEFAULT = 8;

const isRate = (name: string): boolean => /^(learningRate|\w+LearningRate)$/.test(name);

const isPair = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1];

/** The range in a field's metadata; a malformed one is a defect of the method. */
function declared(method: Method, name: string, field: FieldSchema): SearchRange | undefined {
  const { search } = field as { readonly search?: Record<string, unknown> };
  if (search === undefined) return undefined;
  const { log, uniform, choice } = search;
  if (isPair(log) && log[0] > 0) return { log };
  if (isPair(uniform)) return { uniform };
  if (Array.isArray(choice) && choice.length > 1) return { choice: choice.map(String) };
  throw new Error(`method ${method.id}: field ${name} has a search that is no log, uniform or choice`);
}

function aboutDefault(field: FieldSchema, value: ConfigValue | undefined): SearchRange | undefined {
  if (typeof value !== "number" || value <= 0) return undefined;
  const low = Math.max(value / ABOUT_DEFAULT, field.minimum ?? 0, field.exclusiveMinimum ?? 0);
  const high = Math.min(
    value * ABOUT_DEFAULT,
    field.maximum ?? Number.POSITIVE_INFINITY,
    field.exclusiveMaximum ?? Number.POSITIVE_INFINITY,
  );
  return low > 0 && low < high ? { log: [low, high] } : undefined;
}

/** The fields that a search changes on a task; empty when the method has none. */
export function searchSpace(method: Method, task: TaskFacts): SearchSpace {
  const defaults = resolveConfig(method, task, {});
  const found: [string, SearchRange][] = [];
  for (const [name, field] of Object.entries(fieldSchemas(method))) {
    const range =
      declared(method, name, field) ?? (isRate(name) ? aboutDefault(field, defaults[name]) : undefined);
    if (range !== undefined) found.push([name, range]);
  }
  return Object.fromEntries(found);
}

/** Three significant digits: a value that can be read and typed. */
const rounded = (value: number): string => String(Number(value.toPrecision(3)));

function draw(range: SearchRange, random: Stream): string {
  if ("choice" in range) return range.choice[random.integer(range.choice.length)] ?? "";
  if ("uniform" in range) {
    const [low, high] = range.uniform;
    return rounded(low + (high - low) * random.uniform());
  }
  const [low, high] = range.log;
  return rounded(low * (high / low) ** random.uniform());
}

/** One random configuration as `--set` pairs. */
export const drawConfig = (space: SearchSpace, random: Stream): Record<string, string> =>
  Object.fromEntries(Object.entries(space).map(([name, range]) => [name, draw(range, random)]));

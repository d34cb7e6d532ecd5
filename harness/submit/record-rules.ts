// Rules of records that need no code of the method: texts, task and protocol, seeds. Pure but for the task registry.
import { codeReader } from "#harness/method/code.ts";
import { PROTOCOL } from "#harness/record/identity.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { plannedData } from "#harness/run/plan.ts";
import { RANKED_SEEDS } from "#harness/stats/summary.ts";
import type { Task } from "#harness/task/contract.ts";
import { findTask } from "#harness/task/registry.ts";
import { type Broken, broken, brokenBy } from "./rules.ts";
import { armOf, groupBy, type Submitted } from "./submitted.ts";

/** A tag or an entity as HTML has them; `rank < 4` is none. */
const MARKUP = /<\/?[a-z!]|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,10});|javascript:/i;
/** Control characters, and those that turn the direction of what follows or cannot be seen. */
const UNSEEN = /[^\P{Cc}\n\t]|\p{Cf}/u;

/** Why a text may not stand on a page; null for a plain one. */
export function textProblem(text: string): string | null {
  const markup = MARKUP.exec(text)?.[0];
  if (markup !== undefined) return `holds markup: ${JSON.stringify(markup)}`;
  return UNSEEN.test(text) ? "holds characters that cannot be seen" : null;
}

/** All texts inside a plain value with the path to each. */
function* textsOf(value: unknown, path = ""): Generator<readonly [string, string]> {
  if (typeof value === "string") yield [path, value];
  else if (Array.isArray(value))
    for (const [i, item] of value.entries()) yield* textsOf(item, `${path}.${i}`);
  else if (value !== null && typeof value === "object")
    for (const [key, item] of Object.entries(value)) {
      yield [`${path} (key)`, key];
      yield* textsOf(item, path === "" ? key : `${path}.${key}`);
    }
}

/** Fields whose texts programs wrote: what a model generated and what a crash said may hold anything, and pages escape it. */
const FREE: readonly string[] = ["outcome.result.generated", "outcome.result.predictions", "outcome.message"];

export const judgeTexts = ({ path, record }: Submitted): Broken[] =>
  [...textsOf(record)].flatMap(([field, text]) => {
    const problem = FREE.some((free) => field.startsWith(free)) ? null : textProblem(text);
    return problem === null ? [] : [broken("texts", path, `${field} ${problem}`)];
  });

/** Data fingerprints that a task may have: this machine's, and those of stored records. */
async function fingerprints(
  task: Task,
  record: RunRecord,
  accepted: readonly RunRecord[],
): Promise<Set<string>> {
  const { identity } = record;
  const preset = task.scales[identity.scale];
  const known = new Set(
    accepted
      .filter(({ identity: other }) => other.task === identity.task && other.scale === identity.scale)
      .map(({ identity: { data } }) => data),
  );
  if (preset !== undefined) known.add((await plannedData(task, preset)).fingerprint);
  return known;
}

/** What the spec of boards demands that a record tells. */
function specProblem({ identity: { spec }, environment }: RunRecord): string | null {
  if (spec !== "cpu-2core") return null;
  const { cores, arch, engine } = environment;
  return cores === 2 && arch === "x64" && engine.threads === 1
    ? null
    : `says spec cpu-2core on ${cores} cores, ${arch}, ${engine.threads} threads`;
}

/** Whether the run is of a task, version, protocol and data that this checkout has. */
export async function judgeIdentity(
  { path, record }: Submitted,
  accepted: readonly RunRecord[],
): Promise<Broken[]> {
  const { identity, environment, data } = record;
  let task: Task;
  try {
    task = await findTask(identity.task);
  } catch (error) {
    return [brokenBy("identity", path, error)];
  }
  const found: Broken[] = [];
  const complain = (problem: string): void => void found.push(broken("identity", path, problem));
  if (identity.taskVersion !== task.version)
    complain(`is of ${task.id} version ${identity.taskVersion}; this checkout has version ${task.version}`);
  if (identity.protocol !== PROTOCOL)
    complain(`was made under protocol ${identity.protocol}; this checkout has ${PROTOCOL}`);
  const preset = task.scales[identity.scale];
  if (preset === undefined) complain(`is at scale ${identity.scale}, which ${task.id} does not have`);
  const hash = codeReader().task(task.id);
  if (environment.code === undefined) complain("does not say which code made it");
  else if (hash !== null && environment.code.task !== hash)
    complain(`was made with other code of the task ${task.id}`);
  if (environment.engine.name !== identity.engine)
    complain(`names engine ${identity.engine} and was made on ${environment.engine.name}`);
  const spec = specProblem(record);
  if (spec !== null) complain(spec);
  if (record.outcome.state === "unsupported" || preset === undefined) return found;
  if (preset.sampleOnly === false && data.some(({ variant }) => variant === "sample"))
    complain("was run on the sample because the data was not there: it is never ranked");
  else {
    const known = await fingerprints(task, record, accepted);
    if (!known.has(identity.data))
      complain(`was run on other data: fingerprint ${identity.data}; wanted: ${[...known].join(" or ")}`);
  }
  return found;
}

const SHOWN = 5;

/** Seeds that are wanted and not there: from 0 to the greatest, three at least; one more than is shown at most. */
function missingSeeds(seeds: ReadonlySet<number>): number[] {
  const last = Math.max(RANKED_SEEDS - 1, ...seeds);
  const missing: number[] = [];
  // A greatest seed of 2 ** 53 costs no more than a few steps.
  for (let seed = 0; seed <= last && missing.length <= SHOWN; seed++)
    if (!seeds.has(seed)) missing.push(seed);
  return missing;
}

const unsupported = ({ record }: Submitted): boolean => record.outcome.state === "unsupported";

/**
 * Every arm has its seeds from 0 on: a choice of seeds would be a choice of results. Trials of a search are no arm, and a
 * method that refuses a task says so once.
 */
export function judgeSeeds(submitted: readonly Submitted[], accepted: readonly RunRecord[]): Broken[] {
  const arms = groupBy(
    submitted.filter(({ record }) => record.purpose === undefined),
    ({ record }) => armOf(record.identity),
  );
  return [...arms].flatMap(([arm, runs]) => {
    const [first] = runs;
    if (first === undefined || runs.every(unsupported)) return [];
    const stored = accepted.filter(({ identity }) => armOf(identity) === arm);
    const seeds = new Set(
      [...runs.map(({ record }) => record), ...stored].map(({ identity }) => identity.seed),
    );
    const missing = missingSeeds(seeds);
    if (missing.length === 0) return [];
    const { task, scale } = first.record.identity;
    const has = [...seeds].sort((a, b) => a - b).join(", ");
    const shown = missing.slice(0, SHOWN).join(", ");
    return [
      broken(
        "seeds",
        `${task} at scale ${scale}`,
        `has seeds ${has}; missing: ${shown}${missing.length > SHOWN ? ", ..." : ""}`,
      ),
    ];
  });
}

// Which registered tasks a method takes, and whether it says why it refuses the others.
import type { Method, TaskFacts } from "#harness/method/contract.ts";
import { supportOf } from "#harness/method/support.ts";
import type { Scale } from "#harness/record/identity.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { failed, passed, type Verdict } from "./verdict.ts";

/** A refusal of fewer letters is no reason. */
const SHORTEST_REASON = 12;

/** Facts of every task at every scale that it has. */
const allFacts = (tasks: readonly Task[]): TaskFacts[] =>
  tasks.flatMap((task) => (Object.keys(task.scales) as Scale[]).map((scale) => taskFacts(task, scale)));

export const takenFacts = (method: Method, tasks: readonly Task[]): TaskFacts[] =>
  allFacts(tasks).filter((facts) => supportOf(method, facts).ok);

export function checkSupport(method: Method, tasks: readonly Task[]): Verdict {
  const refused: TaskFacts[] = [];
  const bare: string[] = [];
  for (const facts of allFacts(tasks)) {
    const support = supportOf(method, facts);
    if (support.ok) continue;
    refused.push(facts);
    if (support.reason.trim().length < SHORTEST_REASON) bare.push(`${facts.id} at ${facts.scale}`);
  }
  if (method.families.length === 0) return failed("names no family");
  const twice = method.families.find((family, at) => method.families.indexOf(family) !== at);
  if (twice !== undefined) return failed(`names the family ${twice} twice`);
  if (bare.length > 0) return failed(`refuses without a reason: ${bare.slice(0, 3).join(", ")}`);
  const families = [...new Set(refused.map(({ family }) => family))];
  return passed(
    refused.length === 0 ? "takes every task" : `refuses ${refused.length} of family ${families.join(", ")}`,
  );
}

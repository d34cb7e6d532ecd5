// Whether a method takes a task: its families first, then its own word.
import type { Method, Support, TaskFacts } from "./contract.ts";

/** The method's answer for a task, with its reason when it says no. */
export function supportOf(method: Method, task: TaskFacts): Support {
  if (method.families.includes(task.family)) return method.supports(task);
  const families = method.families.join(", ");
  return {
    ok: false,
    reason: `${method.title} is set up for the families ${families}, not for ${task.family}`,
  };
}

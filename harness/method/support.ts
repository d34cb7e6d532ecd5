// Whether a method takes a task: its families first, then what its kind needs, then its own word.
import type { Method, Support, TaskFacts } from "./contract.ts";

/** For methods that read the classes' names: refuses tasks whose classes have none. `title` names the method. */
export const namedClasses =
  (title: string) =>
  (task: TaskFacts): Support =>
    task.zeroShot === true
      ? { ok: true }
      : {
          ok: false,
          reason: `${title} reads the classes by their names, and those of ${task.id} have none: its model has no text tower`,
        };

/** The method's answer for a task, with its reason when it says no. */
export function supportOf(method: Method, task: TaskFacts): Support {
  if (method.families.includes(task.family)) {
    if (task.fromScratch !== true || method.kind !== "adapter") return method.supports(task);
    return {
      ok: false,
      reason: `${method.title} trains beside frozen weights, and ${task.backbone} starts from random ones`,
    };
  }
  const families = method.families.join(", ");
  return {
    ok: false,
    reason: `${method.title} is set up for the families ${families}, not for ${task.family}`,
  };
}

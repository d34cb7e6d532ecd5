// The facts about a task at a scale that methods and plans look at.
import { RankbenchError } from "#harness/failure/error.ts";
import type { Scale } from "#harness/record/identity.ts";
import type { Task, TaskFacts } from "./contract.ts";

/** Facts of `task` at `scale`; a scale that the task does not have is refused. */
export function taskFacts(task: Task, scale: Scale): TaskFacts {
  const preset = task.scales[scale];
  if (preset === undefined) {
    throw new RankbenchError({
      reason: "usage",
      thing: `task ${task.id}`,
      problem: `has no scale "${scale}"`,
      field: "scale",
      value: scale,
      wanted: Object.keys(task.scales).join(", "),
      next: `give one of these with --scale`,
    });
  }
  return {
    id: task.id,
    family: task.family,
    scale,
    backbone: preset.backbone,
    outputs: task.outputs,
    ...(preset.fromScratch === true ? { fromScratch: true } : {}),
    ...(task.zeroShot === true ? { zeroShot: true } : {}),
  };
}

// OpenMoji, base classes, 2 of each: see openmoji.task.ts.
import type { Task } from "#harness/task/contract.ts";
import { openmojiTask } from "./openmoji.task.ts";

export const task: Task = openmojiTask("base", 2, 0.1);

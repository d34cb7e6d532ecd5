// OpenMoji, base classes, 16 of each: see openmoji.task.ts.
import type { Task } from "#harness/task/contract.ts";
import { openmojiTask } from "./openmoji.task.ts";

export const task: Task = openmojiTask("base", 16, 0.1);

// OpenMoji, novel classes, 1 of each: see openmoji.task.ts.
import type { Task } from "#harness/task/contract.ts";
import { openmojiTask } from "./openmoji.task.ts";

export const task: Task = openmojiTask("novel", 1, 0.1);

// Omniglot, 4 of each character: see omniglot.task.ts.
import type { Task } from "#harness/task/contract.ts";
import { omniglotTask } from "./omniglot.task.ts";

export const task: Task = omniglotTask(4, 0.1);

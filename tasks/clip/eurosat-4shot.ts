// EuroSAT, 4 of each class: see eurosat.set.ts.
import type { Task } from "#harness/task/contract.ts";
import { eurosat } from "./eurosat.set.ts";
import { photoTask } from "./photos.task.ts";

export const task: Task = photoTask(eurosat, 4);

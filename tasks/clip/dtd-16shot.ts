// Describable textures, 16 of each class: see dtd.set.ts.
import type { Task } from "#harness/task/contract.ts";
import { dtd } from "./dtd.set.ts";
import { photoTask } from "./photos.task.ts";

export const task: Task = photoTask(dtd, 16);

// Oxford-IIIT Pets, 2 of each class: see oxford-pets.set.ts.
import type { Task } from "#harness/task/contract.ts";
import { oxfordPets } from "./oxford-pets.set.ts";
import { photoTask } from "./photos.task.ts";

export const task: Task = photoTask(oxfordPets, 2);

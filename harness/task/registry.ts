// Finds tasks by file: `tasks/<family>/<name>.ts` exports `task` with id `<family>-<name>`. Adding a task edits no list.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "#harness/data/folders.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import { checkTask } from "./check.ts";
import { FAMILIES, type Task } from "./contract.ts";

/** A task file has a plain name: `sst2.ts`, not `sst2.test.ts`. */
const TASK_FILE = /^([a-z0-9-]+)\.ts$/;

async function taskFiles(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const family of FAMILIES) {
    const folder = join(projectRoot(), "tasks", family);
    const names = await readdir(folder).catch(() => []);
    for (const name of names.sort()) {
      const stem = TASK_FILE.exec(name)?.[1];
      if (stem !== undefined) found.set(`${family}-${stem}`, join(folder, name));
    }
  }
  return found;
}

async function load(id: string, file: string): Promise<Task> {
  const { task } = (await import(pathToFileURL(file).href)) as { task?: Task };
  if (task?.id !== id) {
    throw new RankbenchError({
      reason: "internal",
      thing: file,
      problem: "does not export a task of its file's id",
      field: "task.id",
      value: task?.id,
      wanted: id,
      next: "export const task: Task = { id, ... }",
    });
  }
  checkTask(task);
  return task;
}

/** Ids of all tasks in family order; reads file names only. */
export async function taskIds(): Promise<string[]> {
  return [...(await taskFiles()).keys()];
}

/** The task called `id`; an unknown one is refused with the nearest name. */
export async function findTask(id: string): Promise<Task> {
  const files = await taskFiles();
  const file = files.get(id);
  if (file === undefined) {
    throw unknownName({
      reason: "usage",
      kind: "task",
      name: id,
      known: [...files.keys()],
      listCommand: "pnpm bench list tasks",
    });
  }
  return load(id, file);
}

export async function listTasks(): Promise<Task[]> {
  return Promise.all([...(await taskFiles())].map(([id, file]) => load(id, file)));
}

// Finds methods by folder: `methods/<id>/method.ts` exports `method`. Adding a method edits no list.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "#harness/data/folders.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import { ID_PATTERN } from "#harness/record/identity.ts";
import type { Method } from "./contract.ts";

const folder = () => join(projectRoot(), "methods");

/** Ids of all methods, sorted; reads names only. A folder without `method.ts`, as a branch switch leaves, is no method. */
export async function methodIds(): Promise<string[]> {
  const entries = await readdir(folder(), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && ID_PATTERN.test(entry.name))
    .map((entry) => entry.name)
    .filter((id) => existsSync(join(folder(), id, "method.ts")))
    .sort();
}

async function load(id: string): Promise<Method> {
  const file = join(folder(), id, "method.ts");
  const { method } = (await import(pathToFileURL(file).href)) as { method?: Method };
  if (method?.id !== id) {
    throw new RankbenchError({
      reason: "internal",
      thing: `methods/${id}/method.ts`,
      problem: "does not export a method of its folder's id",
      field: "method.id",
      value: method?.id,
      wanted: id,
      next: "export const method = defineMethod({ id, ... })",
    });
  }
  return method;
}

/** The method called `id`; an unknown one is refused with the nearest name. */
export async function findMethod(id: string): Promise<Method> {
  const known = await methodIds();
  if (!known.includes(id)) {
    throw unknownName({
      reason: "usage",
      kind: "method",
      name: id,
      known,
      listCommand: "pnpm bench list methods",
    });
  }
  return load(id);
}

export async function listMethods(): Promise<Method[]> {
  return Promise.all((await methodIds()).map(load));
}

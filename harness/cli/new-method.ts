// What `bench new` does: judges the id, writes the folder of a method, says the next step.
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import { METHOD_KINDS, type MethodKind } from "#harness/method/contract.ts";
import { storageError } from "#harness/record/file.ts";
import { idSchema } from "#harness/record/identity.ts";
import { methodFolder } from "./scaffold/method-folder.ts";
import type { Session } from "./session.ts";

const refuse = (id: string, problem: string, wanted: string, next: string): RankbenchError =>
  new RankbenchError({ reason: "usage", thing: "new method", problem, field: "id", value: id, wanted, next });

/** The id of a new method: of the form of all ids, so that it cannot leave the folder, and not taken. */
function checkId(id: string, root: string): void {
  if (!idSchema.safeParse(id).success) {
    const wanted = "lower-case words of letters and digits joined by '-', at most 64 characters";
    throw refuse(id, "cannot be the id of a method", wanted, "for example: pnpm bench new my-method");
  }
  if (existsSync(join(root, "methods", id)))
    throw refuse(
      id,
      "is taken",
      "an id that no folder of methods/ has",
      `see methods/${id}, or choose another id`,
    );
}

function kindOf(name: string): MethodKind {
  const kind = METHOD_KINDS.find((each) => each === name);
  if (kind === undefined)
    throw unknownName({
      reason: "usage",
      kind: "kind of method",
      name,
      known: METHOD_KINDS,
      field: "--kind",
    });
  return kind;
}

/** Writes `methods/<id>/` whole or not at all. */
export async function newMethod(session: Session, id: string, kindName: string): Promise<void> {
  const root = projectRoot();
  checkId(id, root);
  const kind = kindOf(kindName);
  const folder = join(root, "methods", id);
  // Written beside its place first: no registry looks at a name that begins with a dot.
  const temporary = join(root, "methods", `.new-${id}-${process.pid}`);
  const files = methodFolder(id, kind);
  try {
    await mkdir(temporary);
    for (const [name, text] of files) await writeFile(join(temporary, name), text);
    await rename(temporary, folder);
  } catch (cause) {
    throw storageError(folder, "writing the folder of a new method", cause);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  const next = `pnpm bench check ${id} --no-smoke`;
  if (session.json) {
    session.document({
      method: id,
      kind,
      files: [...files.keys()].map((name) => `methods/${id}/${name}`),
      next,
    });
    return;
  }
  for (const name of files.keys()) session.say(`wrote methods/${id}/${name}`);
  session.say(`next: ${next}   # says what is left to write; see docs/add-a-method.md`);
}

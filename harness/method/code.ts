// The hashes of a method's and a task's own sources, by which stored runs are told from those that the checkout would make
// now. What they use of the harness is the protocol's matter and does not count here; data has a fingerprint of its own.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import { hashSources } from "#harness/record/code.ts";

const SOURCE = /^[\w-]+(?<!\.test|\.e2e|\.conformance)\.ts$/;

function methodCode(id: string): string | null {
  const folder = join(projectRoot(), "methods", id);
  if (!existsSync(join(folder, "method.ts"))) return null;
  const names = readdirSync(folder).filter((name) => SOURCE.test(name));
  const files = names.map((name) => join(folder, name));
  return hashSources(files, folder);
}

function taskCode(id: string): string | null {
  const top = join(projectRoot(), "tasks");
  const [family = "", ...name] = id.split("-");
  const entry = join(top, family, `${name.join("-")}.ts`);
  return name.length > 0 && existsSync(entry) ? hashSources([entry], top, { "#tasks/": top }) : null;
}

export interface CodeReader {
  /** SHA-256 of a method's sources, tests left out; null when this checkout has no such method. */
  method(id: string): string | null;
  /** SHA-256 of a task's file and of what it imports below tasks/; null when this checkout has no such task. */
  task(id: string): string | null;
}

/** Reads each method and task once and remembers: what is edited later is seen by a new reader. */
export function codeReader(): CodeReader {
  const remember = (read: (id: string) => string | null) => {
    const known = new Map<string, string | null>();
    return (id: string): string | null => {
      let hash = known.get(id);
      if (hash === undefined) {
        hash = read(id);
        known.set(id, hash);
      }
      return hash;
    };
  };
  return { method: remember(methodCode), task: remember(taskCode) };
}

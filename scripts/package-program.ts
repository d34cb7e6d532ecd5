// Programs that come with the installed packages: where they are, so that no shell and no PATH takes part in starting them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** Path of a package's own program, as its package.json names it. */
export function packageProgram(name: string): string {
  const file = require.resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(file, "utf8")) as { bin: string | Record<string, string> };
  const entry =
    typeof bin === "string" ? bin : bin[name === "typescript" ? "tsc" : (name.split("/").at(-1) ?? name)];
  if (entry === undefined) throw new Error(`${name} has no program of its name`);
  return join(dirname(file), entry);
}

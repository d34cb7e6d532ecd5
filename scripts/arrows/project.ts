// The whole tree against all rules: imports, aliases, the table of layers itself, names, addresses and paths.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import { checkAliases, checkFile, checkTable, type Violation } from "./check.ts";
import { checkName, checkText, hygieneRules } from "./hygiene.ts";
import { isSource, projectFiles, projectRules } from "./tree.ts";

const render = ({ file, line, problem }: Violation): string => `${file}:${line} ${problem}`;

export interface ProjectReport {
  readonly files: number;
  readonly sources: number;
  /** One line a fault, `file:line problem`; empty when all is well. */
  readonly faults: readonly string[];
}

/** Checks every file of the project at `root`. `registry` is the address of the package registry in use, if known. */
export function checkProject(root: string = ROOT, registry = process.env.npm_config_registry): ProjectReport {
  const rules = projectRules(root);
  const texts = hygieneRules(registry);
  const files = projectFiles(root);
  const sources = files.filter(isSource);
  const faults = [
    ...checkTable(rules.layers),
    ...checkAliases(
      rules,
      (path) => statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true,
    ),
  ];
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    const found = checkText(file, text, texts);
    if (isSource(file)) found.push(...checkName(file), ...checkFile(file, text, rules));
    faults.push(...found.map(render));
  }
  return { files: files.length, sources: sources.length, faults };
}

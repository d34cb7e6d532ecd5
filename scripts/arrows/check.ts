// Compares what source files import with the table of layers and tells every difference as one line.
// Reads no file: the caller gives paths and texts, so that a test can give wrong ones.
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type ImportUse, readSource, type SourceFacts } from "./imports.ts";
import { CONFIG_FILE, FREE_FOLDERS, type Layer, TEST_FILE } from "./table.ts";

/** A place where the tree and the table differ. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

export interface ArrowRules {
  readonly layers: readonly Layer[];
  /** `imports` of package.json: `{"#harness/*": "./harness/*"}`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Whether a path below the root is a file. */
  exists(path: string): boolean;
}

/** No source file may have more lines: one that has holds two ideas. */
const MAX_LINES = 400;

export interface Place {
  readonly layer: Layer;
  /** Folder inside which relative imports may move. */
  readonly unit: string;
  /** Path inside the layer's folder. */
  readonly inside: string;
}

const within = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);
const isFree = (path: string): boolean => FREE_FOLDERS.some((folder) => within(path, folder));

/** The layer with the longest folder that holds `path`. */
export function locate(path: string, layers: readonly Layer[]): Place | undefined {
  const holders = layers.filter((layer) => within(path, layer.folder));
  const layer = holders.sort((a, b) => b.folder.length - a.folder.length)[0];
  if (layer === undefined) return undefined;
  const inside = path.slice(layer.folder.length + 1);
  const first = inside.split("/");
  const unit = layer.units === "each" && first.length > 1 ? `${layer.folder}/${first[0]}` : layer.folder;
  return { layer, unit, inside };
}

export const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** The path that a `#` import names, or undefined where no alias fits. */
export function expandAlias(specifier: string, aliases: ArrowRules["aliases"]): string | undefined {
  for (const [pattern, target] of Object.entries(aliases)) {
    const prefix = pattern.replace(/\*$/, "");
    if (pattern.endsWith("*") && specifier.startsWith(prefix)) {
      return posix.normalize(target.replace("*", specifier.slice(prefix.length)));
    }
    if (pattern === specifier) return posix.normalize(target);
  }
  return undefined;
}

function packageProblem(specifier: string, layer: Layer): string | undefined {
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith("node:")) return `"${specifier}" is written without node:`;
    const name = specifier.slice("node:".length);
    return layer.node === "any" || layer.node.includes(name)
      ? undefined
      : `${layer.name} may not import ${specifier}`;
  }
  const name = packageOf(specifier);
  return layer.packages.includes(name) ? undefined : `${layer.name} may not import the package ${name}`;
}

function arrowProblem(
  from: Place,
  target: string,
  use: ImportUse,
  layers: readonly Layer[],
): string | undefined {
  const place = locate(target, layers);
  if (place === undefined) return `${from.layer.name} may not import ${target}, which is in no layer`;
  if (TEST_FILE.test(target)) return `imports the test file ${target}`;
  if (place.layer.name === from.layer.name) {
    return place.unit === from.unit
      ? undefined
      : `${from.unit} may not import ${place.unit}: they stand side by side`;
  }
  const arrows = from.layer.arrows.filter((arrow) => arrow.to === place.layer.name);
  if (arrows.length === 0) return `no arrow from ${from.layer.name} to ${place.layer.name} (${target})`;
  const fits = arrows.some(
    (arrow) =>
      (arrow.typesOnly !== true || use.kind === "type") && (arrow.files?.includes(place.inside) ?? true),
  );
  return fits
    ? undefined
    : `the arrow from ${from.layer.name} to ${place.layer.name} does not cover this ${use.kind} import of ${target}`;
}

function importProblem(file: string, from: Place, use: ImportUse, rules: ArrowRules): string | undefined {
  const { specifier } = use;
  if (specifier === null) {
    return from.layer.computedImports
      ? undefined
      : `${from.layer.name} may not import a module whose name is computed`;
  }
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(file), specifier);
    if (!within(target, from.unit))
      return `relative import "${specifier}" leaves ${from.unit}: write #${target}`;
    return TEST_FILE.test(target) ? `imports the test file ${target}` : undefined;
  }
  if (specifier.startsWith("#")) {
    const target = expandAlias(specifier, rules.aliases);
    if (target === undefined) return `"${specifier}" fits no path alias of package.json`;
    if (isFree(target)) return `only scripts and tests may import ${target}`;
    return arrowProblem(from, target, use, rules.layers);
  }
  return packageProblem(specifier, from.layer);
}

/** Whether the file that a relative or `#` import names is there; packages are npm's business. */
function missingTarget(file: string, use: ImportUse, rules: ArrowRules): string | undefined {
  const { specifier } = use;
  if (specifier === null || !/^[.#]/.test(specifier)) return undefined;
  const target = specifier.startsWith("#")
    ? expandAlias(specifier, rules.aliases)
    : posix.join(posix.dirname(file), specifier);
  if (target === undefined) return `"${specifier}" fits no path alias of package.json`;
  return rules.exists(target) ? undefined : `"${specifier}" names no file (${target})`;
}

function globalProblems(file: string, facts: SourceFacts, layer: Layer): Violation[] {
  return facts.globals
    .filter((use) => use.kind === "chance" || !layer.clock)
    .map((use) => ({ file, line: use.line, problem: `${layer.name} may not use ${use.name}` }));
}

/**
 * Everything in one file that the table does not allow. Tests and scripts only need their imports to exist, and not even
 * those that are looked up while they run: a test may be about a file that is missing or is put elsewhere first.
 */
export function checkFile(file: string, text: string, rules: ArrowRules): Violation[] {
  const facts = readSource(file, text);
  const found: Violation[] = [];
  const add = (line: number, problem: string | undefined) => {
    if (problem !== undefined) found.push({ file, line, problem });
  };
  if (facts.lines > MAX_LINES)
    add(facts.lines, `${facts.lines} lines, more than ${MAX_LINES}: split it by idea`);
  const exempt = TEST_FILE.test(file) || CONFIG_FILE.test(file) || isFree(file);
  const place = locate(file, rules.layers);
  if (!exempt && place === undefined) add(1, "stands in no layer of scripts/arrows/table.ts");
  for (const use of facts.imports) {
    const problem = exempt || place === undefined ? undefined : importProblem(file, place, use, rules);
    const lookedUpLate = exempt && use.kind === "dynamic";
    add(use.line, problem ?? (lookedUpLate ? undefined : missingTarget(file, use, rules)));
  }
  if (!exempt && place !== undefined) found.push(...globalProblems(file, facts, place.layer));
  return found;
}

/** Faults of the table itself: an arrow that does not point to a row above, or a name used twice. */
export function checkTable(layers: readonly Layer[]): string[] {
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const layer of layers) {
    for (const arrow of layer.arrows) {
      if (!seen.has(arrow.to)) faults.push(`${layer.name} -> ${arrow.to} does not point to a row above`);
    }
    if (seen.has(layer.name)) faults.push(`${layer.name} stands twice`);
    seen.add(layer.name);
  }
  return faults;
}

/** Path aliases of package.json whose folder is missing. */
export function checkAliases(rules: ArrowRules, folderExists: (path: string) => boolean): string[] {
  return Object.entries(rules.aliases)
    .filter(([, target]) => !folderExists(posix.normalize(target.replace(/\/\*$/, ""))))
    .map(([alias, target]) => `${alias} points to ${target}, which is not there`);
}

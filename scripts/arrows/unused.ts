// Permissions of the table that no file of the tree makes use of: candidates for removal. Informs, never fails.
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { expandAlias, locate, packageOf } from "./check.ts";
import { readSource } from "./imports.ts";
import { CONFIG_FILE, type Layer, TEST_FILE } from "./table.ts";
import { isSource, projectFiles, projectRules, ROOT } from "./tree.ts";

/** One line for each arrow, package and Node module that a layer may import and does not. */
export function unusedPermissions(root: string = ROOT): string[] {
  const { layers, aliases } = projectRules(root);
  const used = new Map<Layer, Set<string>>(layers.map((layer) => [layer, new Set<string>()]));
  for (const file of projectFiles(root).filter((path) => isSource(path) && !TEST_FILE.test(path))) {
    const from = locate(file, layers);
    if (from === undefined) continue;
    for (const { specifier } of readSource(file, readFileSync(join(root, file), "utf8")).imports) {
      if (specifier === null || specifier.startsWith(".")) continue;
      const target = specifier.startsWith("#") ? expandAlias(specifier, aliases) : undefined;
      const layer = target === undefined ? undefined : locate(target, layers)?.layer.name;
      const outside = isBuiltin(specifier) ? specifier : packageOf(specifier);
      // A tool's settings use packages as code does, but are bound by no arrow.
      if (layer !== undefined && !CONFIG_FILE.test(file)) used.get(from.layer)?.add(`to ${layer}`);
      if (layer === undefined) used.get(from.layer)?.add(outside);
    }
  }
  return layers.flatMap((layer) => {
    const node = layer.node === "any" ? [] : layer.node.map((name) => `node:${name}`);
    const allowed = [...layer.arrows.map(({ to }) => `to ${to}`), ...layer.packages, ...node];
    return allowed
      .filter((name) => used.get(layer)?.has(name) !== true)
      .map((name) => `unused: ${layer.name} ${name}`);
  });
}

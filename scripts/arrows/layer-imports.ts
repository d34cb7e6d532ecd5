// Every import by name that the sources of a tree make, with the layer that makes it. Tests do not count.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expandAlias, locate } from "./check.ts";
import { readSource } from "./imports.ts";
import { type Layer, TEST_FILE } from "./table.ts";
import { isSource, projectFiles, projectRules } from "./tree.ts";

export interface LayerImport {
  readonly file: string;
  readonly from: Layer;
  /** Alias, package or Node module; never a relative path. */
  readonly specifier: string;
  /** Layer that an alias leads to. */
  readonly to: Layer | undefined;
}

export function* layerImports(root: string): Generator<LayerImport> {
  const { layers, aliases } = projectRules(root);
  for (const file of projectFiles(root).filter((path) => isSource(path) && !TEST_FILE.test(path))) {
    const from = locate(file, layers)?.layer;
    if (from === undefined) continue;
    for (const { specifier } of readSource(file, readFileSync(join(root, file), "utf8")).imports) {
      if (specifier === null || specifier.startsWith(".")) continue;
      const target = specifier.startsWith("#") ? expandAlias(specifier, aliases) : undefined;
      yield { file, from, specifier, to: target === undefined ? undefined : locate(target, layers)?.layer };
    }
  }
}

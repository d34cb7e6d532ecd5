// Permissions of the table that no file of the tree makes use of: candidates for removal. Informs, never fails.
import { isBuiltin } from "node:module";
import { ROOT } from "../root.ts";
import { packageOf } from "./check.ts";
import { layerImports } from "./layer-imports.ts";
import { CONFIG_FILE, LAYERS, type Layer } from "./table.ts";

/** One line for each arrow, package and Node module that a layer may import and does not. */
export function unusedPermissions(root: string = ROOT): string[] {
  const used = new Map<Layer, Set<string>>(LAYERS.map((layer) => [layer, new Set<string>()]));
  for (const { file, from, specifier, to } of layerImports(root)) {
    const outside = isBuiltin(specifier) ? specifier : packageOf(specifier);
    // A tool's settings use packages as code does, but are bound by no arrow.
    if (to !== undefined && !CONFIG_FILE.test(file)) used.get(from)?.add(`to ${to.name}`);
    if (to === undefined) used.get(from)?.add(outside);
  }
  return LAYERS.flatMap((layer) => {
    const node = layer.node === "any" ? [] : layer.node.map((name) => `node:${name}`);
    const allowed = [...layer.arrows.map(({ to }) => `to ${to}`), ...layer.packages, ...node];
    return allowed
      .filter((name) => used.get(layer)?.has(name) !== true)
      .map((name) => `unused: ${layer.name} ${name}`);
  });
}

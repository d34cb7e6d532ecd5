// The gradients of tfjs's kernels. The Node build of @tensorflow/tfjs-core leaves them out; they ship beside it as modules
// that Node cannot import (no file extensions, a second copy of the library behind them). This loads those modules against
// the one library that is loaded already, in milliseconds; the alternative is the package @tensorflow/tfjs, which brings
// WebGL, layers and converters along. Nothing here changes a gradient: gradients.ts does.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "./tensor.ts";

type Exports = Record<string, unknown>;

const packageFolder = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core/package.json"));

/** Namespaces that the modules import whole; all of them are parts of two public ones. */
const NAMESPACES: Readonly<Record<string, Exports>> = {
  broadcast_util: { ...tf.backend_util },
  axis_util: { ...tf.backend_util },
  conv_util: { ...tf.backend_util },
  util: { ...tf.util },
};

const PUBLIC: readonly Exports[] = [{ ...tf }, { ...tf.backend_util }, { ...tf.util }, { ...tf.slice_util }];

const loaded = new Map<string, Exports>();

/** One name of an import: from the loaded library where it is public, else from the module's own file. */
function imported(name: string, path: string): unknown {
  if (name === "ENGINE") return tf.engine();
  for (const scope of PUBLIC) if (name in scope) return scope[name];
  const value = loadModule(path)[name];
  if (value === undefined) throw new Error(`tfjs module ${path} exports no ${name}`);
  return value;
}

const IMPORT = /^import (?:\* as (\w+)|\{([^}]*)\}) from '([^']+)';$/gm;
const EXPORT = /^export (const|function) (\w+)/gm;
const EXPORT_LIST = /^export \{([^}]*)\};$/gm;

/** Runs one module of the package: its imports become arguments, its exports the result. */
function loadModule(path: string): Exports {
  const known = loaded.get(path);
  if (known !== undefined) return known;
  const source = readFileSync(`${path}.js`, "utf8");
  const names: string[] = [];
  const values: unknown[] = [];
  for (const [, namespace, list, from = ""] of source.matchAll(IMPORT)) {
    if (namespace !== undefined) {
      names.push(namespace);
      values.push(NAMESPACES[namespace]);
    }
    for (const item of list?.split(",") ?? []) {
      const [name = "", alias = name] = item.trim().split(" as ");
      names.push(alias);
      values.push(imported(name, join(dirname(path), from)));
    }
  }
  const exported = Array.from(source.matchAll(EXPORT), ([, , name = ""]) => name);
  for (const [, list = ""] of source.matchAll(EXPORT_LIST)) exported.push(list);
  const body = source.replace(IMPORT, "").replace(EXPORT, "$1 $2").replace(EXPORT_LIST, "");
  // Code of an installed, pinned package: the same trust as importing it.
  const run = new Function(...names, `"use strict";${body}\nreturn {${exported}};`) as (
    ...args: unknown[]
  ) => Exports;
  const result = run(...values);
  loaded.set(path, result);
  return result;
}

/** Registers the gradient of every kernel that tfjs has one for. Safe to call again. */
export function registerStockGradients(): void {
  if (tf.getGradient("Add") !== undefined) return;
  loadModule(join(packageFolder, "dist", "register_all_gradients"));
}

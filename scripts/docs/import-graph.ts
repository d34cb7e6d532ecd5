// Which layer really imports which, read from the sources, and the same without what follows from the rest. No drawing.
import { layerImports } from "../arrows/layer-imports.ts";
import { CONFIG_FILE, LAYERS } from "../arrows/table.ts";
import { ROOT } from "../root.ts";

/** Names of the layers that each layer imports, by name; tests and tools' settings do not count. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

export function importGraph(root: string = ROOT): Graph {
  const graph = new Map(LAYERS.map(({ name }) => [name, new Set<string>()]));
  for (const { file, from, to } of layerImports(root))
    if (to !== undefined && to !== from && !CONFIG_FILE.test(file)) graph.get(from.name)?.add(to.name);
  return graph;
}

/** Everything that can be reached from a layer. */
function reachable(graph: Graph, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const todo = [...(graph.get(from) ?? [])];
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    todo.push(...(graph.get(name) ?? []));
  }
  return found;
}

/** The arrows from which all others follow: an arrow to what another arrow of the same layer leads to is left out. */
export function reduced(graph: Graph): Graph {
  return new Map(
    [...graph].map(([from, targets]) => {
      const beyond = new Set([...targets].flatMap((to) => [...reachable(graph, to)]));
      return [from, new Set([...targets].filter((to) => !beyond.has(to)))];
    }),
  );
}

/** Height of each layer above those that import nothing: one more than the highest that it imports. */
export function heights(graph: Graph): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  const heightOf = (name: string): number => {
    let height = known.get(name);
    if (height === undefined) {
      height = 1 + Math.max(-1, ...[...(graph.get(name) ?? [])].map(heightOf));
      known.set(name, height);
    }
    return height;
  };
  for (const name of graph.keys()) heightOf(name);
  return known;
}

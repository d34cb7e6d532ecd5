import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LAYERS } from "../arrows/table.ts";
import { ROOT } from "../root.ts";
import { drawGraph, PICTURE } from "./architecture-picture.ts";
import { heights, importGraph, reduced } from "./import-graph.ts";

const TREE = importGraph();
const graph = new Map([
  ["top", new Set(["middle", "bottom"])],
  ["middle", new Set(["bottom"])],
  ["bottom", new Set<string>()],
]);

describe("the import graph", () => {
  it("loses the arrows that follow from others, and no more", () => {
    expect([...(reduced(graph).get("top") ?? [])]).toEqual(["middle"]);
    expect([...(reduced(graph).get("middle") ?? [])]).toEqual(["bottom"]);
  });

  it("puts a layer above all that it imports", () => {
    expect([...heights(graph)].sort()).toEqual([
      ["bottom", 0],
      ["middle", 1],
      ["top", 2],
    ]);
  });

  it("has no arrow that the table of layers does not allow", () => {
    for (const [from, targets] of TREE) {
      const allowed = LAYERS.find(({ name }) => name === from)?.arrows.map(({ to }) => to);
      for (const to of targets) expect(allowed, from).toContain(to);
    }
  });

  it("is drawn with every layer once", () => {
    const svg = drawGraph(TREE);
    for (const { name } of LAYERS) expect(svg.split(`>${name}</text>`)).toHaveLength(2);
  });

  it("is what docs/architecture.svg shows (else: pnpm docs:readme)", () => {
    expect(readFileSync(join(ROOT, PICTURE), "utf8")).toBe(drawGraph(TREE));
  });
});

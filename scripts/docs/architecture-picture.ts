// The picture of docs/architecture.md: the layers by their height in the import graph, with the arrows from which all others
// follow. Made of the sources, so that it cannot show what is not so. Text in, SVG out.
import { LAYERS } from "../arrows/table.ts";
import { type Graph, heights, importGraph, reduced } from "./import-graph.ts";

export const PICTURE = "docs/architecture.svg";

const BOX = { width: 104, height: 34, gapX: 18, gapY: 46 } as const;
const MARGIN = 16;
const TINTS: Readonly<Record<string, string>> = {
  harness: "#dbe7f6",
  tasks: "#dff0dc",
  methods: "#fbe6cf",
  site: "#ece0f4",
};

interface Box {
  readonly name: string;
  readonly folder: string;
  readonly x: number;
  readonly y: number;
}

/** Rows from the bottom up; inside a row, layers stand near the mean place of what they import. */
function place(graph: Graph): {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly width: number;
  readonly height: number;
} {
  const height = heights(graph);
  const most = Math.max(...height.values());
  const rows = Array.from({ length: most + 1 }, (_, level) =>
    LAYERS.filter(({ name }) => height.get(name) === level),
  );
  const widest = Math.max(...rows.map((row) => row.length));
  const width = 2 * MARGIN + widest * BOX.width + (widest - 1) * BOX.gapX;
  const boxes = new Map<string, Box>();
  for (const [level, row] of rows.entries()) {
    const middle = ({ name }: { readonly name: string }): number => {
      const below = [...(graph.get(name) ?? [])].flatMap((to) => boxes.get(to)?.x ?? []);
      return below.length === 0 ? width / 2 : below.reduce((sum, x) => sum + x, 0) / below.length;
    };
    const sorted = level === 0 ? row : row.toSorted((a, b) => middle(a) - middle(b));
    const taken = row.length * BOX.width + (row.length - 1) * BOX.gapX;
    for (const [i, { name, folder }] of sorted.entries()) {
      const x = (width - taken) / 2 + i * (BOX.width + BOX.gapX);
      boxes.set(name, { name, folder, x, y: MARGIN + (most - level) * (BOX.height + BOX.gapY) });
    }
  }
  return { boxes, width, height: 2 * MARGIN + (most + 1) * BOX.height + most * BOX.gapY };
}

const number = (value: number): string => String(Math.round(value * 10) / 10);

function arrow(from: Box, to: Box): string {
  const [x1, y1] = [from.x + BOX.width / 2, from.y + BOX.height];
  const [x2, y2] = [to.x + BOX.width / 2, to.y - 5];
  const bend = Math.max(24, (y2 - y1) / 2);
  return `<path d="M${number(x1)} ${number(y1)}C${number(x1)} ${number(y1 + bend)} ${number(x2)} ${number(y2 - bend)} ${number(x2)} ${number(y2)}"/>`;
}

function box({ name, folder, x, y }: Box): string {
  const tint = TINTS[folder.split("/")[0] ?? ""] ?? "#eeeeee";
  return [
    `<rect x="${number(x)}" y="${number(y)}" width="${BOX.width}" height="${BOX.height}" rx="5" fill="${tint}" stroke="#556"/>`,
    `<text x="${number(x + BOX.width / 2)}" y="${number(y + 15)}" font-weight="600">${name}</text>`,
    `<text x="${number(x + BOX.width / 2)}" y="${number(y + 28)}" font-size="9" fill="#445">${folder}/</text>`,
  ].join("\n");
}

/** The picture of a graph. */
export function drawGraph(full: Graph): string {
  const graph = reduced(full);
  const { boxes, width, height } = place(full);
  const arrows = [...graph].flatMap(([from, targets]) =>
    [...targets].sort().flatMap((to) => {
      const [a, b] = [boxes.get(from), boxes.get(to)];
      return a === undefined || b === undefined ? [] : [arrow(a, b)];
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${number(width)} ${number(height)}" role="img" aria-labelledby="title">
<title id="title">Layers of Rankbench and what they import; an arrow that follows from others is left out</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>
<g fill="none" stroke="#667" stroke-width="1">
${arrows.join("\n").replaceAll("<path ", '<path marker-end="url(#head)" ')}
</g>
<g font-family="system-ui, sans-serif" font-size="12" text-anchor="middle" fill="#112">
${[...boxes.values()].map(box).join("\n")}
</g>
</svg>
`;
}

export const architecturePicture = (): string => drawGraph(importGraph());

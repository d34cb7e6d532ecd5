// The picture of a board in README and docs: accuracy against trained weights, drawn by the site's code of the same runs that
// the board's document names. Text in, SVG out.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { openStore } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import { type DrawNode, markup } from "../../site/src/draw/node.ts";
import { EXPLORED } from "../../site/src/draw/plot.ts";
import { boardPlot, scaleFor } from "../../site/src/lib/explore.ts";
import { type Checkout, readCheckout } from "../../site/src/model/checkout.ts";
import { openSite } from "../../site/src/model/site.ts";
import { ROOT } from "../root.ts";
import { namedRuns, storedRecords } from "./board-block.ts";

/** The task whose board the README shows, and its picture. */
export const PICTURED = {
  task: "glue-sst2",
  document: "docs/glue-sst2.md",
  file: "docs/glue-sst2.svg",
} as const;

const X = "parameters-trainable";

/** The site's colours, light and dark: what its style sheet begins with. */
const palette = (css: string): string => css.slice(css.indexOf(":root"), css.indexOf("\n* {"));

/** What an SVG by itself needs of the site's style sheets. */
const style = (css: string): string => `${palette(css)}
svg{background:var(--ground);color:var(--text);font:12px system-ui,sans-serif}
.grid{stroke:var(--line);stroke-width:.7;fill:none}
.axis{stroke:var(--muted);fill:none}
.ticks,.title{fill:var(--muted)}
${[0, 1, 2, 3, 4, 5].map((i) => `.series-${i}{color:var(--series-${i})}`).join("")}
.glyph{fill:currentcolor;stroke:currentcolor;stroke-width:1.6;stroke-linejoin:round}
.glyph.hollow{fill:var(--ground)}
.point text{fill:var(--text);stroke:var(--ground);stroke-width:3px;stroke-linejoin:round;paint-order:stroke}
.on-front text{font-weight:600}
.spread{stroke:currentcolor;stroke-width:1.5;opacity:.7}
.leader{stroke:var(--muted)}
.front{fill:none;stroke:var(--good);stroke-width:2}
.front.provisional{stroke-dasharray:5 4}`;

/** Links of the page mean nothing in a picture. */
const unlinked = (node: DrawNode): DrawNode => ({
  ...node,
  name: node.name === "a" ? "g" : node.name,
  attributes: Object.fromEntries(
    Object.entries(node.attributes).filter(([key]) => key !== "href" && key !== "tabindex"),
  ),
  children: node.children.map((child) => (typeof child === "string" ? child : unlinked(child))),
});

/** The picture of the board of `records`, which are of one cohort. */
export function drawBoard(records: readonly RunRecord[], checkout: Checkout, css: string): string {
  const store = openStore(":memory:");
  try {
    for (const record of records) ingest(store, record);
    const site = openSite(store, checkout, { base: "/", origin: null, claims: [] });
    const [ref] = site.boards;
    if (ref === undefined || site.boards.length > 1)
      throw new Error(`a picture of ${site.boards.length} boards; wanted: one`);
    const data = site.data(ref.slug);
    const plot = boardPlot(data, {
      x: X,
      y: data.quality,
      xScale: scaleFor(data, X),
      yScale: "linear",
      size: EXPLORED,
      link: () => "",
    });
    if (plot === null) throw new Error(`board ${ref.slug} has no row with ${X}`);
    const { attributes, children, ...svg } = unlinked(plot.node);
    const { width, height } = EXPLORED;
    return `${markup({
      ...svg,
      attributes: { ...attributes, xmlns: "http://www.w3.org/2000/svg", width, height },
      children: [{ name: "style", attributes: {}, children: [style(css)] }, ...children],
    })}\n`;
  } finally {
    store.close();
  }
}

/** The picture as the runs that its document names give it. */
export async function boardPicture(): Promise<string> {
  const named = namedRuns(await readFile(join(ROOT, PICTURED.document), "utf8")) ?? [];
  const records = (await storedRecords(projectRoot(), PICTURED.task)).filter(({ id }) => named.includes(id));
  const css = await readFile(join(ROOT, "site/src/styles/base.css"), "utf8");
  return drawBoard(records, await readCheckout(), css);
}

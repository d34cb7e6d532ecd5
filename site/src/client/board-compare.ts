// Ticks two to four rows of a board and leads to their comparison.
import { linkTo as siteLink } from "../lib/links.ts";
import type { TableRow } from "./board-table.ts";
import { siteBase } from "./files.ts";

const MOST = 4;

export function boardCompare(panel: HTMLElement, slug: string, rows: readonly TableRow[]): void {
  const link = panel.querySelector<HTMLAnchorElement>("a");
  const said = panel.querySelector("output");
  if (link === null || said === null) return;
  const boxes = rows.flatMap(({ line, id }) => {
    const head = line.querySelector("th");
    if (head === null) return [];
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = id;
    box.className = "compare-box";
    box.setAttribute("aria-label", `compare ${head.querySelector("a")?.textContent ?? id}`);
    head.prepend(box);
    return [box];
  });
  function show(): void {
    const chosen = boxes.filter(({ checked }) => checked).map(({ value }) => value);
    for (const box of boxes) box.disabled = !box.checked && chosen.length >= MOST;
    const enough = chosen.length >= 2;
    if (link !== null) {
      link.hidden = !enough;
      link.href = siteLink(siteBase(), `compare/?board=${slug}&rows=${chosen.join(",")}`);
    }
    if (said !== null)
      said.value = enough ? `${chosen.length} rows chosen` : "Tick two to four rows to compare them.";
  }
  for (const box of boxes) box.addEventListener("change", show);
  panel.hidden = false;
  show();
}

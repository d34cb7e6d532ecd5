// The plot of a board: any metric against any other. It stands as it was built until something else is asked for; then
// the board's data file is read and the plot drawn anew by the code that drew it at build.
import type { ScaleKind } from "../draw/axis.ts";
import { EXPLORED } from "../draw/plot.ts";
import type { BoardData } from "../lib/board-data.ts";
import { boardPlot, canBeLog, leadingRun, metricOf, scaleFor } from "../lib/explore.ts";
import { methodPath, runPath, linkTo as siteLink } from "../lib/links.ts";
import type { View } from "../lib/view-state.ts";
import type { BoardState } from "./board-state.ts";
import type { ShownRows } from "./board-table.ts";
import { html, linkTo, svgElement } from "./elements.ts";
import { readJson, siteBase } from "./files.ts";

interface Defaults {
  readonly x: string;
  readonly y: string;
}

export function boardPlotControls(figure: HTMLElement, state: BoardState, table: ShownRows): void {
  const canvas = figure.querySelector<HTMLElement>("[data-plot]");
  const detail = figure.querySelector<HTMLElement>("[data-detail]");
  const note = figure.querySelector<HTMLElement>("[data-plot-note]");
  const form = figure.querySelector<HTMLFormElement>("form");
  const { source, x, y } = figure.dataset;
  if (canvas === null || form === null || source === undefined || x === undefined || y === undefined) return;
  const defaults: Defaults = { x, y };
  const built = [...canvas.childNodes];
  const select = (name: string) => form.querySelector<HTMLSelectElement>(`select[name=${name}]`);
  const controls = { x: select("x"), y: select("y"), xScale: select("xscale"), yScale: select("yscale") };
  const base = siteBase();
  let asked = 0;
  /** What the canvas shows, so that sorting the table draws nothing anew. */
  let drawn = [null, null, null, null].join(" ");
  let hidden: string | null = null;

  function hidePoints(): void {
    const now = [...table.shown()].sort().join(" ");
    if (now === hidden) return;
    hidden = now;
    const shown = new Set(table.shown());
    for (const point of document.querySelectorAll<SVGElement>("[data-row]"))
      point.classList.toggle("away", !shown.has(point.dataset.row ?? ""));
  }

  function redraw(board: BoardData, view: View): void {
    const axes = { x: view.x ?? defaults.x, y: view.y ?? defaults.y };
    const scale = (metric: string, wanted: ScaleKind | null): ScaleKind =>
      wanted === "log" && !canBeLog(board, metric) ? "linear" : (wanted ?? scaleFor(board, metric));
    const plot = boardPlot(board, {
      ...axes,
      xScale: scale(axes.x, view.xScale),
      yScale: scale(axes.y, view.yScale),
      size: EXPLORED,
      link: (row) => siteLink(base, runPath(leadingRun(row))),
    });
    const told: string[] = [];
    if (plot === null) told.push("No row has a value of both metrics.");
    else if (plot.missing > 0)
      told.push(`${plot.missing} rows have no value of one of the two and are not drawn.`);
    if (plot?.front.provisional === true)
      told.push("The front is provisional: no row can be ranked on these two metrics.");
    const logs = [
      [view.xScale, axes.x],
      [view.yScale, axes.y],
    ] as const;
    for (const [wanted, metric] of logs)
      if (wanted === "log" && !canBeLog(board, metric))
        told.push(
          `${metricOf(board, metric)?.title ?? metric} is not above zero everywhere, so its axis stays linear.`,
        );
    canvas?.replaceChildren(...(plot === null ? [] : [svgElement(plot.node)]));
    if (note !== null) note.textContent = told.join(" ");
  }

  async function show(view: View): Promise<void> {
    if (controls.x !== null) controls.x.value = view.x ?? defaults.x;
    if (controls.y !== null) controls.y.value = view.y ?? defaults.y;
    if (controls.xScale !== null) controls.xScale.value = view.xScale ?? "";
    if (controls.yScale !== null) controls.yScale.value = view.yScale ?? "";
    const wanted = [view.x, view.y, view.xScale, view.yScale].join(" ");
    if (wanted === drawn) {
      hidePoints();
      return;
    }
    const mine = ++asked;
    drawn = wanted;
    const asBuilt = view.x === null && view.y === null && view.xScale === null && view.yScale === null;
    if (asBuilt) {
      canvas?.replaceChildren(...built);
      if (note !== null) note.textContent = "";
    } else {
      try {
        const board = await readJson<BoardData>(source ?? "");
        if (mine !== asked) return;
        redraw(board, view);
      } catch {
        drawn = "unread";
        if (note !== null)
          note.textContent = "The board's data file could not be read; the plot stands as it was.";
      }
    }
    // Points that were drawn anew are all visible.
    hidden = null;
    hidePoints();
  }

  async function tell(point: SVGElement): Promise<void> {
    if (detail === null) return;
    const id = point.dataset.row ?? "";
    const text = point.getAttribute("aria-label") ?? "";
    detail.replaceChildren(html("strong", {}, text));
    const board = await readJson<BoardData>(source ?? "").catch(() => null);
    const row = board?.rows.find((each) => each.id === id);
    if (row === undefined || detail.firstChild?.textContent !== text) return;
    const runs = row.runs.flatMap(({ id: run, seed, state: outcome }) => [
      " ",
      linkTo(siteLink(base, runPath(run)), outcome === "ok" ? String(seed) : `${seed} ${outcome}`),
    ]);
    detail.append(
      html("br"),
      linkTo(`#${id}`, "row in the table"),
      ", ",
      linkTo(siteLink(base, methodPath(row.method)), row.title),
      ", runs by seed:",
      ...runs,
      row.flags.length === 0 ? "" : `; marks: ${row.flags.join(", ")}`,
    );
  }

  const pointOf = (event: Event): SVGElement | null =>
    event.target instanceof Element ? event.target.closest<SVGElement>("[data-row]") : null;
  for (const name of ["pointerover", "focusin"]) {
    canvas.addEventListener(name, (event) => {
      const point = pointOf(event);
      if (point !== null) void tell(point);
    });
  }
  const scaleOf = (control: HTMLSelectElement | null): ScaleKind | null =>
    control?.value === "log" || control?.value === "linear" ? control.value : null;
  form.addEventListener("change", () => {
    const axis = (control: HTMLSelectElement | null, usual: string): string | null =>
      control === null || control.value === usual ? null : control.value;
    state.go(
      {
        x: axis(controls.x, defaults.x),
        y: axis(controls.y, defaults.y),
        xScale: scaleOf(controls.xScale),
        yScale: scaleOf(controls.yScale),
      },
      true,
    );
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  state.watch((view) => void show(view));
}

/** The metrics that can be an axis, as the plot's controls list them. */
export const axisMetrics = (figure: HTMLElement | null): string[] =>
  [...(figure?.querySelectorAll<HTMLOptionElement>("select[name=x] option") ?? [])].map(({ value }) => value);

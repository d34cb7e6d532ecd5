// The comparison page: reads the files of what is compared and shows quality with paired intervals, costs, settings that
// differ, and curves. The address holds what is compared.
import type { RunRecord } from "#harness/record/schema.ts";
import { type Compared, LEAST, MOST, parseCompared, renderCompared } from "../compare/compare-state.ts";
import { metricsOf, overlaidCurves, runSide } from "../compare/run-sides.ts";
import { type Side, sidesOf } from "../compare/sides.ts";
import type { BoardData, MetricData } from "../lib/board-data.ts";
import { linkTo as siteLink } from "../lib/links.ts";
import { costTable, fieldTable, qualityTable, runList } from "./compare-tables.ts";
import { html, svgElement } from "./elements.ts";
import { readJson, siteBase } from "./files.ts";

/** Seeds of a side whose curves are drawn. */
const CURVES = 5;

const boardFile = (slug: string): string => siteLink(siteBase(), `data/boards/${slug}.json`);
const recordFile = (id: string): string => siteLink(siteBase(), `runs/${id}.json`);

interface Read {
  readonly sides: readonly Side[];
  readonly metrics: readonly MetricData[];
  readonly quality: string | undefined;
}

async function readSides(compared: Compared): Promise<Read> {
  if (compared.kind === "rows") {
    const board = await readJson<BoardData>(boardFile(compared.board));
    return { sides: sidesOf(board, compared.rows), metrics: board.metrics, quality: board.quality };
  }
  const records = await Promise.all(compared.runs.map((id) => readJson<RunRecord>(recordFile(id))));
  const sides = await Promise.all(records.map(runSide));
  const qualities = records.flatMap(({ outcome }) =>
    outcome.state === "ok" ? Object.keys(outcome.result.validation) : [],
  );
  const metrics = metricsOf(sides, qualities);
  return { sides, metrics, quality: metrics.find(({ quality }) => quality)?.id };
}

async function curvesOf({ sides, metrics, quality }: Read): Promise<HTMLElement> {
  const read = await Promise.all(
    sides.map(async ({ name, runs }) => ({
      name,
      records: await Promise.all(runs.slice(0, CURVES).map(({ id }) => readJson<RunRecord>(recordFile(id)))),
    })),
  );
  const plots = overlaidCurves(
    read,
    metrics.find(({ id }) => id === quality),
  );
  return html(
    "div",
    { class: "figures" },
    ...plots.map((node) =>
      html(
        "figure",
        { class: "scroll", role: "group", tabindex: "0", "aria-label": "plot" },
        svgElement(node),
      ),
    ),
  );
}

function start(page: HTMLElement, rowsForm: HTMLFormElement, runsForm: HTMLFormElement): void {
  const result = page.querySelector<HTMLElement>("[data-result]");
  const said = page.querySelector<HTMLElement>("[data-said]");
  const board = rowsForm.querySelector<HTMLSelectElement>("select[name=board]");
  const chosen = [...rowsForm.querySelectorAll<HTMLSelectElement>("select[name=row]")];
  const ids = [...runsForm.querySelectorAll<HTMLInputElement>("input[name=run]")];
  if (result === null || said === null || board === null) return;
  const slugs = [...board.options].map(({ value }) => value);
  let compared = parseCompared(location.search, slugs);
  let asked = 0;

  async function fill(): Promise<void> {
    const rows = compared.kind === "rows" ? compared.rows : [];
    if (board !== null && compared.kind === "rows") board.value = compared.board;
    ids.forEach((input, i) => {
      input.value = compared.kind === "runs" ? (compared.runs[i] ?? "") : "";
    });
    if (board === null || board.value === "") return;
    const data = await readJson<BoardData>(boardFile(board.value));
    chosen.forEach((select, i) => {
      const none = html("option", { value: "" }, i < LEAST ? "choose a row" : "none");
      select.replaceChildren(none, ...data.rows.map((row) => html("option", { value: row.id }, row.label)));
      select.value = rows[i] ?? "";
    });
  }

  async function show(): Promise<void> {
    if (result === null || said === null) return;
    const mine = ++asked;
    try {
      await fill();
      const count = compared.kind === "rows" ? compared.rows.length : compared.runs.length;
      if (count < LEAST) {
        said.textContent = `Choose ${LEAST} to ${MOST} rows of one board, or give ${LEAST} to ${MOST} ids of runs.`;
        result.replaceChildren();
        return;
      }
      const read = await readSides(compared);
      if (mine !== asked) return;
      const { sides, metrics } = read;
      if (sides.length < LEAST) {
        said.textContent = "The board has fewer than two of these rows.";
        result.replaceChildren();
        return;
      }
      const of = (quality: boolean) =>
        metrics.filter(
          (metric) => metric.quality === quality && sides.some(({ values }) => values[metric.id]),
        );
      const curves = html("section", {}, html("h2", {}, "Learning curves"));
      result.replaceChildren(
        qualityTable(sides, of(true)),
        costTable(sides, of(false)),
        fieldTable(sides),
        curves,
        html("h2", {}, "Runs"),
        runList(sides),
      );
      said.textContent = `${sides.map(({ name }) => name).join(", ")}: each against the first.`;
      curves.append(await curvesOf(read));
    } catch {
      if (mine === asked)
        said.textContent = "A file of the comparison could not be read: is there such a run?";
    }
  }

  function go(next: Compared): void {
    compared = next;
    history.pushState(null, "", `${location.pathname}${renderCompared(compared)}`);
    void show();
  }

  rowsForm.addEventListener("change", (event) => {
    const other = event.target === board;
    const rows = other ? [] : [...new Set(chosen.map(({ value }) => value).filter((value) => value !== ""))];
    go({ kind: "rows", board: board.value, rows });
  });
  rowsForm.addEventListener("submit", (event) => event.preventDefault());
  runsForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const runs = ids.map(({ value }) => value.trim().toLowerCase()).filter((value) => value !== "");
    go(parseCompared(`?runs=${runs.join(",")}`, slugs));
  });
  addEventListener("popstate", () => {
    compared = parseCompared(location.search, slugs);
    void show();
  });
  rowsForm.hidden = false;
  runsForm.hidden = false;
  void show();
}

const page = document.querySelector<HTMLElement>("[data-comparison]");
const rowsForm = page?.querySelector<HTMLFormElement>("form[data-rows]") ?? null;
const runsForm = page?.querySelector<HTMLFormElement>("form[data-runs]") ?? null;
if (page !== null && rowsForm !== null && runsForm !== null) start(page, rowsForm, runsForm);

// A board made explorable: sort and filter the table, choose the plot's axes, copy the view, compare rows. The address
// holds the view. Without this script the page reads as it stands.
import { boardCompare } from "./board-compare.ts";
import { boardCopy } from "./board-copy.ts";
import { boardForm } from "./board-form.ts";
import { freezeLongTable } from "./board-freeze.ts";
import { axisMetrics, boardPlotControls } from "./board-plot.ts";
import { boardState } from "./board-state.ts";
import { boardTable, columnsOf, rowsOf } from "./board-table.ts";

const table = document.querySelector<HTMLTableElement>("table[data-board]");
const form = document.querySelector<HTMLFormElement>("form[data-filter]");
const figure = document.querySelector<HTMLElement>("[data-explorer]");
const copy = document.querySelector<HTMLElement>("[data-copies]");
const compare = document.querySelector<HTMLElement>("[data-compare]");

const values = (name: string): string[] =>
  [...(form?.querySelectorAll<HTMLInputElement>(`input[name=${name}]`) ?? [])].map(({ value }) => value);
const options = (name: string): string[] =>
  [...(form?.querySelectorAll<HTMLOptionElement>(`select[name=${name}] option`) ?? [])]
    .map(({ value }) => value)
    .filter((value) => value !== "");

if (table !== null && form !== null) {
  const { board = "", source = "" } = table.dataset;
  const columns = columnsOf(table);
  const rows = rowsOf(table, columns);
  const state = boardState({
    columns,
    kinds: values("kind"),
    fidelities: values("fidelity"),
    families: options("family"),
    metrics: axisMetrics(figure),
  });
  const shown = boardTable(table, columns, rows, state);
  boardForm(form, state);
  if (figure !== null) boardPlotControls(figure, state, shown);
  const metrics = columns.map(({ id }) => id).filter((id) => !["rank", "n", "front"].includes(id));
  if (copy !== null) boardCopy(copy, source, metrics, shown);
  if (compare !== null) boardCompare(compare, board, rows);
  freezeLongTable(table);
  state.start();
}

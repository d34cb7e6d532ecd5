// Home's choice by budget: reads the data files of the family's boards and shows what is best within the limit. The
// address holds the wish.
import type { Unit } from "#harness/record/metrics.ts";
import { glyphMark } from "../draw/mark.ts";
import { EXAMPLES } from "../lib/amount.ts";
import type { BoardData } from "../lib/board-data.ts";
import { limitOf, parseWish, renderWish, type Wish, type WishVocabulary } from "../lib/choose-state.ts";
import { metricOf } from "../lib/explore.ts";
import { boardPath, linkTo as siteLink } from "../lib/links.ts";
import { picksOf, wishText } from "../lib/picks.ts";
import { html, linkTo, svgElement } from "./elements.ts";
import { readJson, siteBase } from "./files.ts";

function card(board: BoardData, cost: string, limit: number | null): HTMLElement {
  const link = siteLink(siteBase(), boardPath(board.slug));
  const { summary, lines } = picksOf(board, cost, limit);
  const head = (text: string, number: boolean) =>
    html("th", { scope: "col", ...(number ? { class: "number" } : {}) }, text);
  const rows = lines.map(({ row, quality, cost: price, why }) =>
    html(
      "tr",
      {},
      html(
        "th",
        { scope: "row" },
        svgElement(glyphMark(row.glyph)),
        " ",
        linkTo(`${link}#${row.id}`, row.label),
      ),
      html("td", { class: "number" }, quality),
      html("td", { class: "number" }, price),
      html("td", {}, why),
    ),
  );
  const table = html(
    "table",
    { class: "picks" },
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        head("method", false),
        head(metricOf(board, board.quality)?.short ?? board.quality, true),
        head(metricOf(board, cost)?.short ?? cost, true),
        head("why", false),
      ),
    ),
    html("tbody", {}, ...rows),
  );
  const around = { class: "scroll", role: "group", tabindex: "0", "aria-label": `choices on ${board.title}` };
  return html(
    "article",
    { class: "card" },
    html("h3", {}, linkTo(link, board.title)),
    html("p", {}, summary),
    ...(lines.length > 0 ? [html("div", around, table)] : []),
  );
}

function start(section: HTMLElement, form: HTMLFormElement): void {
  const family = form.querySelector<HTMLSelectElement>("select[name=family]");
  const cost = form.querySelector<HTMLSelectElement>("select[name=cost]");
  const limit = form.querySelector<HTMLInputElement>("input[name=limit]");
  const hint = form.querySelector("small");
  const said = section.querySelector<HTMLElement>("[data-said]");
  const picks = section.querySelector<HTMLElement>("[data-picks]");
  if (family === null || cost === null || limit === null || said === null || picks === null) return;
  const known: WishVocabulary = {
    families: [...family.options].map(({ value }) => value),
    costs: [...cost.options].map(({ value, dataset }) => ({
      id: value,
      unit: (dataset.unit ?? "count") as Unit,
    })),
    usual: { family: family.value, cost: cost.value, limit: "" },
  };
  const built = { said: [...said.childNodes], picks: [...picks.childNodes] };
  let wish: Wish = known.usual;
  let asked = 0;

  async function show(): Promise<void> {
    if (family === null || cost === null || limit === null || said === null || picks === null) return;
    family.value = wish.family;
    cost.value = wish.cost;
    limit.value = wish.limit;
    const unit = known.costs.find(({ id }) => id === wish.cost)?.unit ?? "count";
    if (hint !== null) hint.textContent = `such as ${EXAMPLES[unit]}`;
    const mine = ++asked;
    if (renderWish(wish, known) === "") {
      said.replaceChildren(...built.said);
      picks.replaceChildren(...built.picks);
      return;
    }
    const slugs = (family.selectedOptions[0]?.dataset.boards ?? "").split(" ").filter((slug) => slug !== "");
    try {
      const boards = await Promise.all(
        slugs.map((slug) => readJson<BoardData>(`${section.dataset.base ?? ""}${slug}.json`)),
      );
      if (mine !== asked) return;
      const most = limitOf(wish, known) ?? null;
      picks.replaceChildren(...boards.map((board) => card(board, wish.cost, most)));
      const chosen = (select: HTMLSelectElement): string => select.selectedOptions[0]?.textContent ?? "";
      said.textContent = wishText(chosen(family), chosen(cost), most === null ? null : wish.limit);
    } catch {
      said.textContent = "The boards' data files could not be read.";
    }
  }

  function go(next: Wish): void {
    const before = renderWish(wish, known);
    wish = next;
    const query = renderWish(wish, known);
    if (query !== before) history.pushState(null, "", `${location.pathname}${query}${location.hash}`);
    void show();
  }

  function readAddress(): void {
    wish = parseWish(location.search, known);
    const query = renderWish(wish, known);
    if (query !== location.search)
      history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
    void show();
  }

  form.addEventListener("change", () => {
    const next: Wish = { family: family.value, cost: cost.value, limit: limit.value.trim() };
    // A limit of another unit means nothing for the new cost.
    const kept =
      next.cost === wish.cost
        ? next
        : { ...next, limit: limitOf(next, known) === undefined ? "" : next.limit };
    const wrong = limitOf(kept, known) === undefined;
    limit.setAttribute("aria-invalid", String(wrong));
    if (wrong) said.textContent = `“${kept.limit}” is no amount of this cost.`;
    else go(kept);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    limit.blur();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    limit.setAttribute("aria-invalid", "false");
    go(known.usual);
  });
  addEventListener("popstate", readAddress);
  form.hidden = false;
  readAddress();
}

const section = document.querySelector<HTMLElement>("[data-choose]");
const form = section?.querySelector("form") ?? null;
if (section !== null && form !== null) start(section, form);

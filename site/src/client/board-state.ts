// The view of a board: kept in the address, changed by the parts of the page, told to all of them.
import { DEFAULT_VIEW, parseView, renderView, type View, type Vocabulary } from "../lib/view-state.ts";

export interface BoardState {
  readonly known: Vocabulary;
  view(): View;
  /** `push` makes a step that Back undoes; typing only changes the step it belongs to. */
  go(change: Partial<View>, push: boolean): void;
  reset(): void;
  /** Calls `show` at each change. */
  watch(show: (view: View) => void): void;
  /** Shows the view of the address; what the board does not know is dropped from both. */
  start(): void;
}

export function boardState(known: Vocabulary): BoardState {
  let view: View = DEFAULT_VIEW;
  const watchers: ((view: View) => void)[] = [];
  const show = (): void => {
    for (const each of watchers) each(view);
  };
  const addressOf = (query: string): string => `${location.pathname}${query}${location.hash}`;
  function go(change: Partial<View>, push: boolean): void {
    const before = renderView(view);
    view = { ...view, ...change };
    const query = renderView(view);
    if (query !== before) history[push ? "pushState" : "replaceState"](null, "", addressOf(query));
    show();
  }
  function readAddress(): void {
    view = parseView(location.search, known);
    const query = renderView(view);
    if (query !== location.search) history.replaceState(null, "", addressOf(query));
    show();
  }
  return {
    known,
    view: () => view,
    go,
    reset: () => go(DEFAULT_VIEW, true),
    watch: (each) => watchers.push(each),
    start() {
      addEventListener("popstate", readAddress);
      readAddress();
    },
  };
}

import { describe, expect, it } from "vitest";
import {
  DEFAULT_VIEW,
  isShown,
  ordered,
  parseView,
  renderView,
  sortedBy,
  type Vocabulary,
} from "./view-state.ts";

const KNOWN: Vocabulary = {
  columns: [
    { id: "accuracy", better: "higher" },
    { id: "deployed-bytes", better: "lower" },
  ],
  kinds: ["adapter", "baseline", "optimizer"],
};

const row = (name: string, kind: string, values: Record<string, number>) => ({
  name,
  kind,
  text: `${name} ${kind}`,
  values: new Map(Object.entries(values)),
});

const ROWS = [
  row("Full", "baseline", { accuracy: 0.86, "deployed-bytes": 30 }),
  row("LoRA", "adapter", { accuracy: 0.85, "deployed-bytes": 30 }),
  row("Failed", "adapter", {}),
  row("GaLore", "optimizer", { accuracy: 0.87, "deployed-bytes": 10 }),
];

describe("the view of a board in its address", () => {
  it("is read back as it was written, for every combination of choices", () => {
    for (const sort of [null, "accuracy", "deployed-bytes"]) {
      for (const reversed of sort === null ? [false] : [false, true]) {
        for (const kinds of [null, [], ["adapter"], ["adapter", "optimizer"]]) {
          for (const text of ["", "lora rank=16", "ä & ?"]) {
            for (const axis of [null, "log", "linear"] as const) {
              const view = { sort, reversed, kinds, text, axis };
              expect(parseView(renderView(view), KNOWN)).toEqual(view);
            }
          }
        }
      }
    }
  });

  it("is empty for the page's own view", () => {
    expect(renderView(DEFAULT_VIEW)).toBe("");
    expect(parseView("", KNOWN)).toEqual(DEFAULT_VIEW);
  });

  it("loses what the board does not know", () => {
    const view = parseView("?sort=nonsense&kind=adapter,fancy&axis=cubic&utm=1", KNOWN);
    expect(view).toEqual({ ...DEFAULT_VIEW, kinds: ["adapter"] });
    expect(renderView(view)).toBe("?kind=adapter");
    expect(parseView("?sort=-toString&kind=constructor", KNOWN)).toEqual(DEFAULT_VIEW);
  });

  it("tells no kind at all from all kinds", () => {
    expect(parseView("?kind=none", KNOWN).kinds).toEqual([]);
    expect(parseView("?kind=adapter,baseline,optimizer", KNOWN).kinds).toBeNull();
  });
});

describe("the rows of a view", () => {
  const names = (query: string) => {
    const view = parseView(query, KNOWN);
    return ordered(ROWS, view, KNOWN)
      .filter((each) => isShown(each, view))
      .map(({ name }) => name);
  };

  it("stand best first by the chosen column, in its own direction, those without a value last", () => {
    expect(names("?sort=accuracy")).toEqual(["GaLore", "Full", "LoRA", "Failed"]);
    expect(names("?sort=deployed-bytes")).toEqual(["GaLore", "Full", "LoRA", "Failed"]);
    expect(names("?sort=-accuracy")).toEqual(["LoRA", "Full", "GaLore", "Failed"]);
  });

  it("are those of the ticked kinds that hold every word of the search", () => {
    expect(names("?kind=adapter")).toEqual(["LoRA", "Failed"]);
    expect(names("?kind=none")).toEqual([]);
    expect(names("?q=ADAPTER%20lo")).toEqual(["LoRA"]);
  });

  it("turn round at the second click on a column and go back at the third", () => {
    const once = sortedBy(DEFAULT_VIEW, "accuracy");
    const twice = sortedBy(once, "accuracy");
    expect([renderView(once), renderView(twice)]).toEqual(["?sort=accuracy", "?sort=-accuracy"]);
    expect(sortedBy(twice, "accuracy")).toEqual(DEFAULT_VIEW);
    expect(renderView(sortedBy(twice, "deployed-bytes"))).toBe("?sort=deployed-bytes");
  });
});

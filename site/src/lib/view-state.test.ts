import { describe, expect, it } from "vitest";
import {
  DEFAULT_VIEW,
  ordered,
  parseView,
  renderView,
  rowFilter,
  sortedBy,
  type Vocabulary,
} from "./view-state.ts";

const KNOWN: Vocabulary = {
  columns: [
    { id: "accuracy", better: "higher" },
    { id: "deployed-bytes", better: "lower" },
  ],
  kinds: ["adapter", "baseline", "optimizer"],
  fidelities: ["official code", "paper"],
  families: ["glue", "lm"],
  metrics: ["accuracy", "deployed-bytes"],
};

interface Facts {
  readonly fidelity?: string;
  readonly families?: readonly string[];
  readonly tuned?: boolean;
  readonly year?: number;
  readonly size?: number;
}

const row = (name: string, kind: string, values: Record<string, number>, facts: Facts = {}) => ({
  name,
  kind,
  fidelity: facts.fidelity ?? "paper",
  families: facts.families ?? ["glue"],
  tuned: facts.tuned ?? false,
  year: facts.year ?? null,
  size: facts.size ?? null,
  text: `${name} ${kind}`,
  values: new Map(Object.entries(values)),
});

const ROWS = [
  row("Full", "baseline", { accuracy: 0.86, "deployed-bytes": 30 }, { size: 30 * 2 ** 20, tuned: true }),
  row(
    "LoRA",
    "adapter",
    { accuracy: 0.85, "deployed-bytes": 30 },
    { year: 2021, fidelity: "official code", size: 30 * 2 ** 20 },
  ),
  row("Failed", "adapter", {}),
  row(
    "GaLore",
    "optimizer",
    { accuracy: 0.87, "deployed-bytes": 10 },
    { year: 2024, families: ["glue", "lm"], size: 10 * 2 ** 20 },
  ),
];

const PLOT = { x: "deployed-bytes", y: "accuracy", xScale: "log", yScale: "linear" } as const;
const FILTERS = {
  fidelities: ["official code"],
  family: "lm",
  tuned: "default",
  from: 2019,
  to: 2024,
  size: "20 MiB",
} as const;

describe("the view of a board in its address", () => {
  it("is read back as it was written, for every combination of choices", () => {
    for (const sort of [null, "accuracy", "deployed-bytes"]) {
      for (const reversed of sort === null ? [false] : [false, true]) {
        for (const kinds of [null, [], ["adapter"], ["adapter", "optimizer"]]) {
          for (const text of ["", "lora rank=16", "ä & ?"]) {
            for (const rest of [{}, PLOT, FILTERS, { ...PLOT, ...FILTERS }]) {
              const view = { ...DEFAULT_VIEW, sort, reversed, kinds, text, ...rest };
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
    const view = parseView(
      "?sort=nonsense&kind=adapter,fancy&xscale=cubic&x=pi&from=20x4&size=big&tuned=maybe&family=ct&utm=1",
      KNOWN,
    );
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
      .filter(rowFilter(view))
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

  it("are those that say what the other filters ask for; what a row does not say lets it not through", () => {
    expect(names("?fidelity=official%20code")).toEqual(["LoRA"]);
    expect(names("?family=lm")).toEqual(["GaLore"]);
    expect(names("?tuned=tuned")).toEqual(["Full"]);
    expect(names("?tuned=default")).toEqual(["LoRA", "Failed", "GaLore"]);
    expect(names("?from=2022")).toEqual(["GaLore"]);
    expect(names("?to=2022")).toEqual(["LoRA"]);
    expect(names("?size=20%20MiB")).toEqual(["GaLore"]);
  });

  it("turn round at the second click on a column and go back at the third", () => {
    const once = sortedBy(DEFAULT_VIEW, "accuracy");
    const twice = sortedBy(once, "accuracy");
    expect([renderView(once), renderView(twice)]).toEqual(["?sort=accuracy", "?sort=-accuracy"]);
    expect(sortedBy(twice, "accuracy")).toEqual(DEFAULT_VIEW);
    expect(renderView(sortedBy(twice, "deployed-bytes"))).toBe("?sort=deployed-bytes");
  });
});

// The table of budgets in docs/site.md: what may be, what a measurement found. Text in, text out.
import { code, table } from "../docs/markdown.ts";
import { BUDGETS, heaviest, SCRIPT_BUDGET, total, type Weight } from "./weights.ts";

export interface Measured {
  readonly runs: number;
  readonly methods: number;
  readonly boards: number;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakBytes: number;
  readonly weights: readonly Weight[];
  /** Milliseconds on a board of 100 rows, least first; null without a browser. */
  readonly browser: Readonly<Record<"sort" | "filter" | "search", readonly number[]>> | null;
}

export const LIMITS = { seconds: 120, peakBytes: 1.5e9, milliseconds: 50 } as const;

const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

/** Two tables: the whole site, and the heaviest page of each kind. */
export function budgetTable(measured: Measured): string {
  const { browser } = measured;
  // On a machine that others use, the least of several is nearest to what the work itself takes.
  const milliseconds = (values: readonly number[] | undefined): string =>
    values === undefined
      ? "not measured"
      : `${values[0]?.toFixed(1)} ms (median of ${values.length}: ${values[values.length >> 1]?.toFixed(1)} ms)`;
  const whole = [
    [
      "build",
      `${LIMITS.seconds} s`,
      `${measured.seconds.toFixed(0)} s (${measured.processorSeconds.toFixed(0)} s of processor)`,
    ],
    ["memory of the build", "1.5 GB", `${(measured.peakBytes / 1e9).toFixed(2)} GB`],
    ["sort", `${LIMITS.milliseconds} ms`, milliseconds(browser?.sort)],
    ["filter, all and none", `${LIMITS.milliseconds} ms`, milliseconds(browser?.filter)],
    ["search", `${LIMITS.milliseconds} ms`, milliseconds(browser?.search)],
  ];
  const pages = heaviest(measured.weights).map((weight) => [
    weight.kind,
    code(weight.name.replace(/index\.html$/, "") || "/"),
    kb(weight.html),
    kb(weight.css),
    kb(weight.js),
    kb(total(weight)),
    kb(BUDGETS[weight.kind]),
  ]);
  const right = (title: string) => ({ title, align: "right" }) as const;
  return [
    `${measured.runs} runs, ${measured.methods} methods, ${measured.boards} boards, all generated:`,
    "",
    table([{ title: "what" }, right("at most"), right("measured")], whole),
    "",
    `The heaviest page of each kind, compressed (gzip); scripts of any page at most ${kb(SCRIPT_BUDGET)}:`,
    "",
    table(
      [
        { title: "kind" },
        { title: "page" },
        right("HTML"),
        right("CSS"),
        right("scripts"),
        right("together"),
        right("at most"),
      ],
      pages,
    ),
  ].join("\n");
}

const [OPEN, CLOSE] = ["<!-- measured by pnpm perf site -->", "<!-- /measured -->"] as const;

/** The document with what stands between its two marks exchanged. */
export function withTable(document: string, text: string): string {
  const [from, to] = [document.indexOf(OPEN), document.indexOf(CLOSE)];
  if (from === -1 || to < from) throw new Error(`docs/site.md has no place between ${OPEN} and ${CLOSE}`);
  return `${document.slice(0, from + OPEN.length)}\n${text}\n${document.slice(to)}`;
}

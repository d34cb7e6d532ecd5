// From results/perf/harness.json to docs/perf-harness.md. Pure: results in, text out.
import { code, table } from "../../docs/markdown.ts";
import type { HarnessResults } from "./results.ts";

const right = (title: string) => ({ title, align: "right" as const });
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

type SectionOf<S extends keyof HarnessResults> = NonNullable<HarnessResults[S]>;

const where = ({ date, machine, load }: SectionOf<keyof HarnessResults>): string =>
  `Taken on ${date}: ${machine.cpu}, ${machine.cores} cores, ${machine.os}, Node ${machine.node}, load average ${load.toFixed(1)} at the end.`;

function overheadSection(overhead: SectionOf<"overhead">): string {
  const { steps, runs } = overhead;
  const stepTable = table(
    [
      { title: "method" },
      { title: "steps are" },
      right("a step, ms"),
      right("outside the engine, ms"),
      right("share"),
    ],
    steps.map(({ method, captured, stepMs, outsideMs }) => [
      code(method),
      captured ? "captured" : "recorded each time",
      stepMs.toFixed(1),
      outsideMs.toFixed(2),
      percent(outsideMs, stepMs),
    ]),
  );
  const runTable = table(
    [{ title: "method" }, right("runs"), right("a run, s"), right("outside the engine, s"), right("share")],
    runs.map(({ method, runs: count, seconds, outsideSeconds }) => [
      code(method),
      String(count),
      seconds.toFixed(1),
      outsideSeconds.toFixed(1),
      percent(outsideSeconds, seconds),
    ]),
  );
  return `## What the harness adds to a run

Task \`glue-sst2\` at scale \`small\`, one thread. ${where(overhead)}

A step of the real loop, ${code("pnpm perf overhead")}; outside the engine are batches, recording, binding and bookkeeping. Runs capture their steps
([decision](decisions/0011-steps-that-repeat-are-replayed.md)):

${stepTable}

Whole runs, out of the stored records that had the machine to themselves: from the start of the worker process to the record in its file, less what the engine says it took to build and run its
programs. About 2.2 s of each are the process, its modules, and reading and encoding the data, whatever the method; the rest beyond that is a method's own linear
algebra on the host (singular value decompositions of projectors and weights):

${runTable}`;
}

function planSection(plan: SectionOf<"plan">): string {
  return `## Plans

${code("pnpm perf plan")}: every method on every task at scale \`small\`, with as many seeds as it takes. ${where(plan)}

${table(
  [
    right("cells"),
    right("of them done"),
    right("groups"),
    right("minimum"),
    right("median of 5"),
    right("processor"),
  ],
  [
    [
      plan.cells.toLocaleString("en"),
      plan.done.toLocaleString("en"),
      plan.groups.toLocaleString("en"),
      `${plan.minSeconds.toFixed(2)} s`,
      `${plan.medianSeconds.toFixed(2)} s`,
      `${plan.cpuSeconds.toFixed(2)} s`,
    ],
  ],
)}`;
}

function storeSection(store: SectionOf<"store">): string {
  return `## Database

${code("pnpm perf store")}: ${store.files.toLocaleString("en")} generated record files of ordinary size are read into SQLite, then rows are multiplied to ${store.runs.toLocaleString("en")} runs. ${where(store)}

- Reading the files in: ${store.seconds.toFixed(1)} s (${store.cpuSeconds.toFixed(1)} s of processor); memory ${mib(store.bytesBefore)} before and ${mib(store.bytesPeak)} at most.
- The same again with nothing new: ${store.againMs.toFixed(0)} ms.

${table(
  [
    { title: `question to ${store.runs.toLocaleString("en")} runs` },
    right("rows"),
    right("minimum, ms"),
    right("median of 7, ms"),
    right("processor, ms"),
  ],
  store.queries.map(({ name, rows, minMs, medianMs, cpuMs }) => [
    name,
    rows.toLocaleString("en"),
    minMs.toFixed(1),
    medianMs.toFixed(1),
    cpuMs.toFixed(1),
  ]),
)}`;
}

/** The whole of docs/perf-harness.md. */
export function renderHarness({ overhead, plan, store }: HarnessResults): string {
  const sections = [
    ...(overhead === undefined ? [] : [overheadSection(overhead)]),
    ...(plan === undefined ? [] : [planSection(plan)]),
    ...(store === undefined ? [] : [storeSection(store)]),
  ];
  return `# Speed of the harness

Made from [results/perf/harness.json](../results/perf/harness.json) by the measurements named below, each with \`--write\`; do not edit.
The engine's own speed is in [perf-engine](perf-engine.md).

${sections.join("\n\n")}
`;
}

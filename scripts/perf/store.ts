// The database at size: 10,000 record files read in, then the questions of commands and pages on 100,000 runs.
//   pnpm perf store [files] [--write]
// `--write` puts the numbers into docs/perf-harness.md.
// The files are generated: 50 tasks, 40 methods, 5 seeds, 872 test items each. The other runs are the same rows again
// with other seeds, put in by SQL, without curves and predictions.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { recordPath } from "#harness/record/file.ts";
import { formatRecord } from "#harness/record/format.ts";
import { QUALITY_METRICS, type QualityMetricId } from "#harness/record/metrics.ts";
import { sampleIdentity, sampleRecord, sampleResult } from "#harness/record/testing/records.ts";
import { rankSamples } from "#harness/stats/ranks.ts";
import { openStore, type Store } from "#harness/store/database.ts";
import { existingStates, takenByRuns } from "#harness/store/plan-query.ts";
import { type CohortKey, cohort, cohortOf, countRuns, listCohorts, listRuns } from "#harness/store/query.ts";
import { syncWithFiles } from "#harness/store/sync.ts";
import { type HarnessResults, keep } from "./harness/results.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean", default: false } },
});
const files = Number(positionals[0] ?? 10_000);
const COPIES = 9;
const ITEMS = 872;

const root = mkdtempSync(join(tmpdir(), "rankbench-perf-"));

function writeFiles(): void {
  const result = sampleResult(0, ITEMS);
  for (let i = 0; i < files; i++) {
    const identity = {
      task: `task-${i % 50}`,
      method: `method-${Math.floor(i / 50) % 40}`,
      seed: Math.floor(i / 2000),
    };
    const outcome = { state: "ok", result: { ...result, metrics: sampleResult(i, 1).metrics } } as const;
    const startedAt = new Date(Date.UTC(2026, 0, 1) + 60_000 * i).toISOString();
    const record = sampleRecord({ identity, outcome, startedAt });
    const file = recordPath(root, record);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, formatRecord(record));
  }
}

/** Nine more runs for each, of other seeds. */
function multiply(store: Store): void {
  const names = (table: string, without: readonly string[]): string =>
    store.sqlite
      .prepare<[string], { name: string }>("select name from pragma_table_info(?)")
      .all(table)
      .map(({ name }) => name)
      .filter((name) => !without.includes(name))
      .map((name) => `"${name}"`)
      .join(", ");
  const runColumns = names("runs", ["key", "id", "seed"]);
  const metricColumns = names("metrics", ["run"]);
  store.sqlite.transaction(() => {
    for (let copy = 1; copy <= COPIES; copy++) {
      store.sqlite.exec(
        `insert into runs (key, id, seed, ${runColumns})
           select key + ${copy * files}, printf('%01x', ${copy}) || substr(id, 2) || '-', seed + ${10 * copy}, ${runColumns}
           from runs where key <= ${files};
         insert into metrics (run, ${metricColumns})
           select run + ${copy * files}, ${metricColumns} from metrics where run <= ${files};`,
      );
    }
  })();
}

const queries: NonNullable<HarnessResults["store"]>["queries"] = [];

function time(name: string, ask: () => { readonly length: number } | number): void {
  const taken: number[] = [];
  const busy: number[] = [];
  let size = 0;
  for (let round = 0; round < 7; round++) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const answer = ask();
    taken.push(performance.now() - start);
    const { user, system } = process.cpuUsage(cpu);
    busy.push((user + system) / 1000);
    size = typeof answer === "number" ? answer : answer.length;
  }
  for (const values of [taken, busy]) values.sort((a, b) => a - b);
  // On a machine that others use, processor time is what the question itself takes.
  const query = { name, rows: size, minMs: taken[0] ?? 0, medianMs: taken[3] ?? 0, cpuMs: busy[3] ?? 0 };
  const show = (ms: number) => `${ms.toFixed(1).padStart(6)} ms`;
  console.log(
    `${name.padEnd(50)} ${String(size).padStart(7)} rows  min ${show(query.minMs)}  median ${show(query.medianMs)}  processor ${show(query.cpuMs)}`,
  );
  queries.push(query);
}

function ranking(store: Store, key: CohortKey): number {
  const samples = cohort(store, key, ["accuracy"]).map((arm) => ({
    id: arm.method,
    bySeed: new Map(
      arm.runs.flatMap((run): [number, number][] => {
        const measured = run.metrics.accuracy;
        return measured !== undefined && "value" in measured ? [[run.seed, measured.value]] : [];
      }),
    ),
  }));
  return rankSamples(samples, "higher").length;
}

try {
  writeFiles();
  const store = openStore(join(root, "perf.sqlite"));
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 50);
  const before = process.memoryUsage().rss;
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const { added } = await syncWithFiles(store, root);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  clearInterval(watch);
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  console.log(
    `${added} files in ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processor), memory ${mib(before)} before, ${mib(peak)} at most`,
  );
  const secondStart = performance.now();
  await syncWithFiles(store, root);
  const againMs = performance.now() - secondStart;
  console.log(`again, nothing new: ${againMs.toFixed(0)} ms`);
  multiply(store);
  const runs = Object.values(countRuns(store)).reduce((sum, count) => sum + count, 0);
  console.log(`${runs} runs`);
  const quality = Object.keys(QUALITY_METRICS) as QualityMetricId[];
  const key = cohortOf(sampleIdentity({ task: "task-7" }));
  time("bench list runs: newest 50 with quality", () => listRuns(store, { limit: 50, metrics: quality }));
  time("newest 50 of a method with quality", () =>
    listRuns(store, { method: "method-7", limit: 50, metrics: quality }),
  );
  time("count of all", () => Object.values(countRuns(store))[0] ?? 0);
  time("list of cohorts", () => listCohorts(store));
  time("cohort of 2,000 runs, accuracy", () => cohort(store, key, ["accuracy"]));
  time("cohort of 2,000 runs, all metrics", () => cohort(store, key));
  time("ranking of a cohort of 2,000 runs", () => ranking(store, key));
  const ids = listRuns(store, { limit: 10_000 }).map(({ id }) => id);
  time("states of 10,000 ids", () => existingStates(store, ids).size);
  time("what earlier runs took", () => takenByRuns(store, { engine: key.engine, spec: key.spec }));
  store.close();
  if (flags.write) {
    const memory = { bytesBefore: before, bytesPeak: peak };
    keep("store", { files, seconds, cpuSeconds, ...memory, againMs, runs, queries });
  }
} finally {
  rmSync(root, { recursive: true });
}

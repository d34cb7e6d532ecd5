// How long a plan of 100,000 cells takes: every method on every task at scale small, so many seeds that the number is
// reached, with a third of the cells stored. The database lies in memory; modules and data listings are loaded before.
//   pnpm perf plan [cells] [--write]
// `--write` puts the numbers into docs/perf-harness.md.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { observeMachine } from "#harness/measure/machine.ts";
import { matchSpec, providerOf } from "#harness/measure/spec.ts";
import { recordPath } from "#harness/record/file.ts";
import { hashOf } from "#harness/record/identity.ts";
import { plannedData } from "#harness/run/plan.ts";
import { planSweep, type SweepInput, type SweepPlan } from "#harness/run/sweep-plan.ts";
import type { SweepSpec } from "#harness/run/sweep-spec.ts";
import { openStore, type Store } from "#harness/store/database.ts";
import { keep } from "./harness/results.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean", default: false } },
});
const wanted = Number(positionals[0] ?? 100_000);
const root = mkdtempSync(join(tmpdir(), "rankbench-perf-"));
const store = openStore(":memory:");
const machine = observeMachine();
const data = new Map<string, ReturnType<typeof plannedData>>();

const input = (seeds: number): SweepInput => {
  const spec: SweepSpec = {
    parts: [
      {
        methods: ["*"],
        tasks: ["*"],
        seeds: Array.from({ length: seeds }, (_, seed) => seed),
        scales: ["small"],
        engine: "onnx",
        threads: 1,
        set: {},
        tuned: false,
      },
    ],
  };
  return {
    root,
    spec,
    store,
    specOf: (engine, threads) => matchSpec({ machine, provider: providerOf(engine), threads }).spec,
    dataOf(task, preset) {
      const found = data.get(task.id) ?? plannedData(task, preset);
      data.set(task.id, found);
      return found;
    },
  };
};

/** Puts every third cell in, with a result. */
function storeSome(into: Store, { cells }: SweepPlan): void {
  into.sqlite.exec("insert into environments (key, hash, facts) values (1, 'x', '{}')");
  const insert = into.sqlite.prepare(
    `insert into runs (id, sha256, record_schema, task, task_version, scale, method, config, config_hash, seed, engine,
       spec, protocol, data, state, environment, attempt, command, started_at, finished_at)
     values (?, '', 1, ?, ?, ?, ?, '{}', ?, ?, ?, ?, ?, ?, 'ok', 1, 'fresh', '', ?, ?)`,
  );
  into.sqlite.transaction(() => {
    for (const [i, { id, group, seed }] of cells.entries()) {
      if (i % 3 !== 0) continue;
      const { identity: it } = group;
      const rest = [it.engine, it.spec, it.protocol, it.data, "2026-01-01T00:00:00Z", "2026-01-01T00:02:00Z"];
      const file = recordPath(root, { id, identity: { ...it, seed } });
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, "");
      insert.run(id, it.task, it.taskVersion, it.scale, it.method, hashOf(it.config), seed, ...rest);
    }
  })();
}

try {
  const one = await planSweep(input(1));
  const seeds = Math.ceil(wanted / one.cells.length);
  storeSome(store, await planSweep(input(seeds)));
  const times: number[] = [];
  const busy: number[] = [];
  let plan = one;
  for (let round = 0; round < 5; round++) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    plan = await planSweep(input(seeds));
    times.push((performance.now() - start) / 1000);
    const { user, system } = process.cpuUsage(cpu);
    busy.push((user + system) / 1e6);
  }
  const done = plan.cells.filter(({ state }) => state === "done").length;
  for (const values of [times, busy]) values.sort((a, b) => a - b);
  const [minSeconds = 0, , medianSeconds = 0] = times;
  const cpuSeconds = busy[2] ?? 0;
  const [cells, groups] = [plan.cells.length, one.cells.length];
  console.log(`${cells} cells of ${groups} groups, ${done} done`);
  console.log(
    `min ${minSeconds.toFixed(2)} s, median ${medianSeconds.toFixed(2)} s of 5 plans; processor ${cpuSeconds.toFixed(2)} s`,
  );
  if (flags.write) keep("plan", { cells, groups, done, minSeconds, medianSeconds, cpuSeconds });
} finally {
  store.close();
  rmSync(root, { recursive: true });
}

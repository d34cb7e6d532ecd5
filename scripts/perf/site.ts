// The site at size: 10,000 generated runs of 100 methods on 50 tasks are built and weighed, then a board of 100 rows is
// sorted and filtered in Chromium.
//   pnpm perf site [runs] [--write]
// `--write` puts the table of budgets into docs/site.md. Chromium is looked for at CHROMIUM or where Debian has it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { projectRoot } from "#harness/data/folders.ts";
import { recordPath } from "#harness/record/file.ts";
import { formatRecord } from "#harness/record/format.ts";
import { sampleRecord, sampleResult } from "#harness/record/testing/records.ts";
import { budgetTable, type Measured, withTable } from "../site/budget-table.ts";
import { buildSite } from "../site/build-site.ts";
import { serve } from "../site/static-server.ts";

const { values, positionals } = parseArgs({
  options: { write: { type: "boolean", default: false } },
  allowPositionals: true,
});
const runs = Number(positionals[0] ?? 10_000);
/** Fewer runs are on fewer tasks, so that a board always has 100 rows. */
const [TASKS, METHODS, ITEMS] = [Math.max(1, Math.round(runs / 200)), 100, 872];
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const root = mkdtempSync(join(tmpdir(), "rankbench-perf-site-"));
const base = "/rank-board/";

/** Irregular numbers in (-1, 1). */
const wobble = (at: number): number => Math.sin(at * 12.9898 + 4.1414);

function writeFiles(): void {
  const result = sampleResult(0, ITEMS);
  const step = Array.from({ length: 40 }, (_, i) => 11 * (i + 1));
  for (let i = 0; i < runs; i++) {
    const [task, method] = [i % TASKS, Math.floor(i / TASKS) % METHODS];
    // Counts and bytes are the same for every seed; times are not.
    const exact = sampleResult(METHODS * task + method, 1).metrics;
    const timed = sampleResult(i, 1).metrics;
    const isTimed = (id: string) => /^(?:time|latency|steps-per|memory-process)/.test(id);
    const metrics = {
      ...exact,
      ...Object.fromEntries(Object.entries(timed).filter(([id]) => isTimed(id))),
    };
    const level = 0.8 + 0.08 * wobble(method) + 0.002 * wobble(i);
    const size = Math.round(2e6 * (1.5 + wobble(method + 0.3)));
    const outcome = {
      state: "ok",
      result: {
        ...result,
        metrics: { ...metrics, accuracy: { value: level }, "deployed-bytes": { value: size } },
      },
    } as const;
    const record = sampleRecord({
      identity: { task: `task-${task}`, method: `method-${method}`, seed: Math.floor(i / (TASKS * METHODS)) },
      outcome,
      startedAt: new Date(Date.UTC(2026, 0, 1) + 60_000 * i).toISOString(),
    });
    const [first] = record.curves;
    const loss = step.map((at) => 0.3 + 0.4 * Math.exp(-at / 120) + 0.02 * wobble(at + i));
    const curves =
      first === undefined ? [] : [{ ...first, training: { step, loss, learningRate: step.map(() => 1e-4) } }];
    const file = recordPath(root, record);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, formatRecord({ ...record, curves }));
  }
}

/** Times from an action to the end of the layout that follows it, in ms, least first. */
async function browserTimes(out: string): Promise<Measured["browser"]> {
  if (!existsSync(CHROMIUM)) return null;
  const served = await serve(out, base, 0);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(`${served.address}boards/task-0-small/`);
    const time = (action: string) =>
      page.evaluate(`(() => {
        const taken = [];
        for (let round = 0; round < 9; round++) {
          const start = performance.now();
          ${action}
          document.body.getBoundingClientRect();
          document.querySelector('[data-board]').getBoundingClientRect();
          taken.push(performance.now() - start);
        }
        return taken.sort((a, b) => a - b);
      })()`) as Promise<number[]>;
    const sort = await time(`document.querySelector('th[data-column="deployed-bytes"] button').click();`);
    const filter = await time(
      `document.querySelector(round % 2 ? '[data-tick=all]' : '[data-tick=none]').click();`,
    );
    const search = await time(
      `const box = document.querySelector('input[name=q]'); box.value = round % 2 ? 'method-1' : ''; box.dispatchEvent(new Event('input', { bubbles: true }));`,
    );
    return { sort, filter, search };
  } finally {
    await browser.close();
    await served.close();
  }
}

try {
  writeFiles();
  const out = join(root, "site");
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const report = await buildSite({ from: root, out, base, origin: "https://example.org", port: 0 }, (text) =>
    console.error(text),
  );
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const measured: Measured = {
    runs: report.runs,
    methods: METHODS,
    boards: report.boards,
    seconds,
    processorSeconds: (user + system) / 1e6,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    weights: report.weights,
    browser: await browserTimes(out),
  };
  const table = budgetTable(measured);
  console.log(table);
  const file = join(projectRoot(), "docs", "site.md");
  if (values.write) writeFileSync(file, withTable(readFileSync(file, "utf8"), table));
} finally {
  rmSync(root, { recursive: true });
}

// A method on one task of each family at scale `smoke`, each in a worker process under the supervisor, as `bench` does it.
// Records go to a folder and a database that vanish afterwards.

import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "#harness/failure/error.ts";
import { specHere } from "#harness/measure/spec-here.ts";
import type { Family, Method } from "#harness/method/contract.ts";
import { supportOf } from "#harness/method/support.ts";
import { numberOf, type Outcome } from "#harness/record/schema.ts";
import { checkRequest, planCells, plannedData } from "#harness/run/plan.ts";
import type { RunRequest } from "#harness/run/request.ts";
import { type CellResult, runCell } from "#harness/run/run-cell.ts";
import type { Interruption } from "#harness/run/supervisor.ts";
import { openStore } from "#harness/store/database.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { failed, notApplicable, passed, type Verdict } from "./verdict.ts";

const TIMEOUT_SECONDS = 300;

/** Bytes of the samples that a task ships with: the measure of how long its smoke run takes. */
const sampleBytes = (task: Task): number =>
  task.sources
    .flatMap(({ sample }) => Object.values(sample?.files ?? {}))
    .reduce((sum, file) => sum + statSync(file).size, 0);

/** Of each family that the method takes, the task with the smallest sample. */
export function smokeTasks(method: Method, tasks: readonly Task[]): Task[] {
  const chosen = new Map<Family, Task>();
  const taken = tasks.filter(
    (task) => task.scales.smoke !== undefined && supportOf(method, taskFacts(task, "smoke")).ok,
  );
  for (const task of taken.toSorted((a, b) => sampleBytes(a) - sampleBytes(b)))
    if (!chosen.has(task.family)) chosen.set(task.family, task);
  return [...chosen.values()];
}

function describeOutcome(outcome: Outcome, task: Task): { readonly ok: boolean; readonly text: string } {
  if (outcome.state !== "ok") {
    const detail = "message" in outcome ? outcome.message : "reason" in outcome ? outcome.reason : "";
    return { ok: false, text: `${outcome.state}${detail === "" ? "" : `: ${detail}`}` };
  }
  const value = numberOf(outcome.result.metrics[task.metrics[0]]);
  return { ok: true, text: `${task.metrics[0]} ${value?.toFixed(3) ?? "undefined"}` };
}

function describeResult(result: CellResult, task: Task): { readonly ok: boolean; readonly text: string } {
  if (result.kind === "refused") return { ok: false, text: `refused: ${result.message}` };
  if (result.kind === "interrupted") return { ok: false, text: "interrupted" };
  return describeOutcome(result.record.outcome, task);
}

/** Runs `method` on `task` with seed 0; the outcome in a few words. */
async function smokeRun(
  method: Method,
  task: Task,
  root: string,
  interruption: Interruption,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const request: RunRequest = {
    methods: [method.id],
    tasks: [task.id],
    seeds: [0],
    scale: "smoke",
    engine: "onnx",
    threads: 1,
    overrides: {},
  };
  const checked = await checkRequest(request);
  const [pair] = checked.pairs;
  if (pair === undefined) throw new Error(`nothing to run for ${method.id} on ${task.id}`);
  const spec = specHere(request.engine, request.threads);
  const data = new Map([[task.id, await plannedData(task, pair.preset)]]);
  const [cell] = await planCells({ root, checked, spec, data, force: false });
  if (cell === undefined) throw new Error(`no run was planned for ${method.id} on ${task.id}`);
  const store = openStore(":memory:");
  try {
    const result = await runCell(cell, {
      root,
      store,
      timeoutSeconds: TIMEOUT_SECONDS,
      memoryLimitBytes: null,
      force: false,
      interruption,
      onEvent: () => {},
      onWaiting: () => {},
    });
    return describeResult(result, task);
  } finally {
    store.close();
  }
}

/** One run for each of `tasks`, one after another. */
export async function checkSmoke(
  method: Method,
  tasks: readonly Task[],
  interruption: Interruption,
): Promise<Verdict> {
  if (tasks.length === 0) return notApplicable("no registered task that it takes has the scale smoke");
  const root = await mkdtemp(join(tmpdir(), "rankbench-check-"));
  const good: string[] = [];
  try {
    for (const task of tasks) {
      const said = await smokeRun(method, task, root, interruption).catch((error: unknown) => ({
        ok: false,
        text: messageOf(error),
      }));
      const command = `pnpm bench --method ${method.id} --task ${task.id} --scale smoke`;
      if (!said.ok) return failed(`${command}: ${said.text}`);
      good.push(`${task.id}: ${said.text}`);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return passed(good.join(", "));
}

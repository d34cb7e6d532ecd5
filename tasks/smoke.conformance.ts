// Every registered task at scale smoke, from its sample to measured results. Runs are the worker's own (`executeRun`), in this
// process: what a process of its own adds is the matter of harness/check's smoke runs, and to start sixty of them takes
// longer than all else here.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { VARIABLES } from "#harness/data/folders.ts";
import { checkRequest, type PlannedData, planCells, plannedData } from "#harness/run/plan.ts";
import type { RunRequest } from "#harness/run/request.ts";
import type { Task } from "#harness/task/contract.ts";
import { listTasks } from "#harness/task/registry.ts";
import { executeRun } from "#harness/train/execute.ts";
import type { WorkerEvent } from "#harness/train/job.ts";

const TASKS = await listTasks();

/** Sets of pictures come with five numbers of shots: all are read and scored, and trained on with the most. */
const methodFor = ({ id, zeroShot }: Task): string =>
  zeroShot === true && !id.endsWith("-16shot") ? "zero-shot" : "full-finetune";

/** The worker's last word on the task with seed 0. `root` has no record. */
async function smoke(task: Task, root: string): Promise<WorkerEvent | undefined> {
  const request: RunRequest = {
    methods: [methodFor(task)],
    tasks: [task.id],
    seeds: [0],
    scale: "smoke",
    engine: "onnx",
    threads: 1,
    overrides: {},
  };
  const checked = await checkRequest(request);
  const data = new Map<string, PlannedData>();
  for (const pair of checked.pairs) data.set(task.id, await plannedData(task, pair.preset));
  const [cell] = await planCells({ root, checked, spec: "cpu-2core", data, force: false });
  if (cell === undefined) throw new Error(`nothing to run for ${task.id}`);
  let last: WorkerEvent | undefined;
  await executeRun(cell.job, (event) => {
    last = event;
  });
  return last;
}

/** How a run ended, with its reason where it did not end well. */
const ending = (last: WorkerEvent | undefined): string => {
  if (last?.kind === "finished") return last.outcome.state;
  return last?.kind === "refused" ? last.message : `no result: ${last?.kind}`;
};

describe("every task at scale smoke", () => {
  const root = mkdtempSync(join(tmpdir(), "rankbench-tasks-"));
  // Checkpoints that full fine-tuning leaves for other methods go there as well.
  beforeAll(() => {
    vi.stubEnv(VARIABLES.cache, root);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true });
  });

  it.each(TASKS.map((task) => [task.id, task] as const))(
    "%s runs, is finished and measured",
    async (_, task) => {
      expect(ending(await smoke(task, root))).toBe("ok");
    },
  );
});

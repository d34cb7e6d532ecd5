// `pnpm perf overhead`: what the harness itself takes of a training step at scale small on SST-2, with steps captured and not,
// and of the whole runs that are stored.
//   --methods a,b   default full-finetune,lora,linear-probe   --steps N   of each run, default 60
//   --write         puts the numbers into docs/perf-harness.md
// The loop is the real one; everything that is not the engine executing is overhead: batches, recording, binding, bookkeeping.
import { parseArgs } from "node:util";
import { projectRoot } from "#harness/data/folders.ts";
import { resolveSources } from "#harness/data/resolve.ts";
import { openEngine } from "#harness/engine/open.ts";
import { enableProdMode } from "#harness/engine/tensor.ts";
import { CONTENDED_ABOVE } from "#harness/measure/contention.ts";
import { resolveConfig } from "#harness/method/config.ts";
import { findMethod } from "#harness/method/registry.ts";
import { stream } from "#harness/random/stream.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import { mainStage, makeMethodRun } from "#harness/train/method-run.ts";
import { makeReporter, now, type Reporter } from "#harness/train/reporter.ts";
import { disposeSlots, makeSlots } from "#harness/train/slots.ts";
import { type RunContext, trainStage } from "#harness/train/stage.ts";
import { storedRecords } from "../docs/board-block.ts";
import { median } from "./engine/report.ts";
import { type HarnessResults, keep } from "./harness/results.ts";

/** Steps at the start that are left out: programs are built and JavaScript is compiled in them. */
const WARM_UP_PART = 0.4;
const TASK = "glue-sst2";

interface Mark {
  readonly at: number;
  readonly engineMs: number;
}

/** Milliseconds of each step, whole and inside the engine. */
async function stepsOf(methodId: string, steps: number, captureSteps: boolean) {
  const engine = await openEngine("onnx", { captureSteps });
  const task = await findTask(TASK);
  const facts = taskFacts(task, "small");
  const preset = task.scales.small;
  if (preset === undefined) throw new Error(`task ${TASK} has no scale small`);
  const sources = await resolveSources(task.sources, { download: false });
  const data = await task.load({ preset, sources, seed: 0 });
  const marks: Mark[] = [];
  const inner = makeReporter(() => {});
  const reporter: Reporter = {
    ...inner,
    progress(state) {
      inner.progress(state);
      marks.push({ at: now(), engineMs: engine.stats().runMs });
    },
  };
  const run: RunContext = { engine, task, preset, data, seed: 0, reporter };
  const model = await task.model({ preset, data, init: stream(0, "init") });
  const method = await findMethod(methodId);
  const made = await makeMethodRun(run, facts, method, resolveConfig(method, facts, {}), model);
  const stage = mainStage(made.stages);
  if (stage === undefined) throw new Error(`method ${methodId}: no stage`);
  const slots = makeSlots(model, stage, preset.budget.weightDecay);
  await trainStage(run, stage, model, slots, steps);
  disposeSlots(slots);
  model.dispose();
  await engine.dispose();
  const pairs = marks.slice(1).map((mark, i) => {
    const before = marks[i] as Mark;
    return { whole: mark.at - before.at, inside: mark.engineMs - before.engineMs };
  });
  // The last step is followed by validation.
  return pairs.slice(Math.floor(WARM_UP_PART * pairs.length), -1);
}

/** Medians over stored runs of the task at scale small that had the machine to themselves, by method. */
async function storedRuns() {
  const byMethod = new Map<string, { whole: number; outside: number }[]>();
  for (const record of await storedRecords(projectRoot(), TASK)) {
    const { identity, outcome, environment, startedAt, finishedAt } = record;
    const { contention } = environment;
    if (identity.scale !== "small" || outcome.state !== "ok") continue;
    if (contention === null || contention > CONTENDED_ABOVE) continue;
    const { runMs, buildMs } = outcome.result.engineStats;
    const whole = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
    const outside = whole - (runMs + buildMs) / 1000;
    byMethod.set(identity.method, [...(byMethod.get(identity.method) ?? []), { whole, outside }]);
  }
  return Array.from(byMethod, ([method, runs]) => ({
    method,
    runs: runs.length,
    seconds: median(runs.map(({ whole }) => whole)),
    outsideSeconds: median(runs.map(({ outside }) => outside)),
  }));
}

const { values } = parseArgs({
  options: {
    methods: { type: "string", default: "full-finetune,lora,linear-probe" },
    steps: { type: "string", default: "60" },
    write: { type: "boolean", default: false },
  },
});
enableProdMode();
const steps: NonNullable<HarnessResults["overhead"]>["steps"] = [];
console.log("method            steps      ms/step  outside engine, ms  share");
for (const method of values.methods.split(","))
  for (const captured of [false, true]) {
    const pairs = await stepsOf(method, Number(values.steps), captured);
    const outsideMs = median(pairs.map(({ whole, inside }) => whole - inside));
    const stepMs = median(pairs.map(({ whole }) => whole));
    steps.push({ method, captured, stepMs, outsideMs });
    console.log(
      [
        method.padEnd(16),
        (captured ? "captured" : "recorded").padEnd(9),
        stepMs.toFixed(1).padStart(8),
        outsideMs.toFixed(2).padStart(18),
        `${((100 * outsideMs) / stepMs).toFixed(1)} %`.padStart(9),
      ].join("  "),
    );
  }
const runs = await storedRuns();
console.log("\nstored runs       count    s/run  outside engine, s  share");
for (const { method, runs: count, seconds, outsideSeconds } of runs)
  console.log(
    [
      method.padEnd(16),
      String(count).padStart(6),
      seconds.toFixed(1).padStart(7),
      outsideSeconds.toFixed(2).padStart(17),
      `${((100 * outsideSeconds) / seconds).toFixed(1)} %`.padStart(6),
    ].join("  "),
  );
if (values.write) keep("overhead", { steps, runs });

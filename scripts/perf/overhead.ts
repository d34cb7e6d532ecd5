// `pnpm perf overhead`: what the harness itself takes of a training step at scale small on SST-2, with steps captured and not.
//   --methods a,b   default full-finetune,lora,linear-probe   --steps N   of each run, default 60
// The loop is the real one; everything that is not the engine executing is overhead: batches, recording, binding, bookkeeping.
import { parseArgs } from "node:util";
import { resolveSource } from "#harness/data/resolve.ts";
import { openEngine } from "#harness/engine/open.ts";
import { enableProdMode } from "#harness/engine/tensor.ts";
import { resolveConfig } from "#harness/method/config.ts";
import { findMethod } from "#harness/method/registry.ts";
import { stream } from "#harness/random/stream.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import { mainStage, makeMethodRun } from "#harness/train/method-run.ts";
import { makeReporter, now, type Reporter } from "#harness/train/reporter.ts";
import { disposeSlots, makeSlots } from "#harness/train/slots.ts";
import { type RunContext, trainStage } from "#harness/train/stage.ts";

/** Steps at the start that are left out: programs are built and JavaScript is compiled in them. */
const WARM_UP_PART = 0.4;

interface Mark {
  readonly at: number;
  readonly engineMs: number;
}

/** Milliseconds of each step, whole and inside the engine. */
async function stepsOf(methodId: string, steps: number, captureSteps: boolean) {
  const engine = await openEngine("onnx", { captureSteps });
  const task = await findTask("glue-sst2");
  const facts = taskFacts(task, "small");
  const preset = task.scales.small;
  if (preset === undefined) throw new Error("task glue-sst2 has no scale small");
  const sources = new Map();
  for (const source of task.sources)
    sources.set(source.id, await resolveSource(source, { sampleOnly: false, download: false }));
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

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const { values } = parseArgs({
  options: {
    methods: { type: "string", default: "full-finetune,lora,linear-probe" },
    steps: { type: "string", default: "60" },
  },
});
enableProdMode();
console.log("method            steps      ms/step  outside engine, ms  share");
for (const method of values.methods.split(","))
  for (const captured of [false, true]) {
    const pairs = await stepsOf(method, Number(values.steps), captured);
    const outside = median(pairs.map(({ whole, inside }) => whole - inside));
    const whole = median(pairs.map((pair) => pair.whole));
    console.log(
      [
        method.padEnd(16),
        (captured ? "captured" : "recorded").padEnd(9),
        whole.toFixed(1).padStart(8),
        outside.toFixed(2).padStart(18),
        `${((100 * outside) / whole).toFixed(1)} %`.padStart(9),
      ].join("  "),
    );
  }

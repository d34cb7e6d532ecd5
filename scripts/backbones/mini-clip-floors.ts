// The control of the few-shot tasks: a linear probe on mini-CLIP before any pre-training. Prints, for each task, the mean of
// draws 1 to 3 of shots and random nets: the floors that the task files state.
//   node --import tsx scripts/backbones/mini-clip-floors.ts [part of a task's id]
import { resolveSources } from "#harness/data/resolve.ts";
import { openEngine } from "#harness/engine/open.ts";
import { resolveConfig } from "#harness/method/config.ts";
import { findMethod } from "#harness/method/registry.ts";
import { stream } from "#harness/random/stream.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { listTasks } from "#harness/task/registry.ts";
import { evaluate } from "#harness/train/evaluate.ts";
import { makeMethodRun, runStages } from "#harness/train/method-run.ts";
import { makeReporter } from "#harness/train/reporter.ts";
import { miniClip } from "#tasks/models/clip.ts";
import { freshMiniClip } from "#tasks/models/mini-clip.ts";

const wanted = process.argv[2] ?? "";
const engine = await openEngine("onnx");
const probe = await findMethod("linear-probe");
for (const task of await listTasks()) {
  const preset = task.scales.small;
  if (preset?.backbone.startsWith("mini-clip") !== true || !task.id.includes(wanted)) continue;
  const facts = taskFacts(task, "small");
  const sources = await resolveSources(task.sources);
  const found: number[] = [];
  for (const seed of [1, 2, 3]) {
    const data = await task.load({ preset, sources, seed });
    const weights = freshMiniClip(stream(seed, "random-net"));
    const init = stream(seed, "init");
    const model = await miniClip({ weights, scale: 1 }, { texts: null, outputs: task.outputs, init });
    const run = { engine, task, preset, data, seed, reporter: makeReporter(() => {}) };
    const made = await makeMethodRun(run, facts, probe, resolveConfig(probe, facts, {}), model);
    await runStages(run, made, model, null);
    const { accuracy } = (await evaluate(engine, task, model, data.test)).quality;
    if (accuracy === undefined || !("value" in accuracy)) throw new Error(`${task.id}: no accuracy`);
    found.push(accuracy.value);
    model.dispose();
  }
  const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
  console.log(`${task.id}: ${mean.toFixed(3)} (${found.map((value) => value.toFixed(3)).join(", ")})`);
}
await engine.dispose();

// Counts of records against the method's formula: the method is set up once on the task's own model, untrained, and what it
// declares there is compared. Executes the method's code.
import { resolveSources } from "#harness/data/resolve.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { DeclaredCosts, Method } from "#harness/method/contract.ts";
import { stream } from "#harness/random/stream.ts";
import type { CostMetricId } from "#harness/record/metrics.ts";
import { numberOf, type RunRecord } from "#harness/record/schema.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import { makeMethodRun } from "#harness/train/method-run.ts";
import { makeReporter } from "#harness/train/reporter.ts";
import { type Broken, broken, brokenBy } from "./rules.ts";
import { armOf, groupBy, type Submitted, withResults } from "./submitted.ts";

const METRIC_OF: Readonly<Record<keyof DeclaredCosts, CostMetricId>> = {
  trainable: "parameters-trainable",
  optimizerStateBytes: "optimizer-state-bytes",
  deployedParameters: "parameters-deployed",
  deployedBytes: "deployed-bytes",
};

/** What cannot be compared here, told and no offence. */
export interface FormulaResult {
  readonly broken: readonly Broken[];
  readonly notes: readonly string[];
}

/** Costs that the method declares for the configuration of a record; those that its training decides are left out. */
async function declaredFor(
  engine: Engine,
  method: Method,
  record: RunRecord,
): Promise<Partial<DeclaredCosts>> {
  const { identity } = record;
  const task = await findTask(identity.task);
  const preset = task.scales[identity.scale];
  if (preset === undefined) throw new Error(`${task.id} has no scale ${identity.scale}`);
  const options = { sampleOnly: preset.sampleOnly, download: false };
  const sources = await resolveSources(task.sources, options);
  const { seed } = identity;
  const data = await task.load({ preset, sources, seed });
  const model = await task.model({ preset, data, init: stream(seed, "init") });
  try {
    const run = { engine, task, preset, data, seed, reporter: makeReporter(() => {}) };
    const { declared } = await makeMethodRun(
      run,
      taskFacts(task, identity.scale),
      method,
      identity.config,
      model,
    );
    const decided = Object.entries(Object.getOwnPropertyDescriptors(declared))
      .filter(([, property]) => property.get === undefined)
      .map(([key]) => [key, declared[key as keyof DeclaredCosts]]);
    return Object.fromEntries(decided) as Partial<DeclaredCosts>;
  } finally {
    model.dispose();
  }
}

/** Judges one record of each configuration by setting the method up, and the others of it by the same counts. */
export async function judgeFormula(
  engine: Engine,
  method: Method,
  submitted: readonly Submitted[],
): Promise<FormulaResult> {
  const found: Broken[] = [];
  const notes: string[] = [];
  for (const runs of groupBy(withResults(submitted), ({ record }) => armOf(record.identity)).values()) {
    const [first] = runs;
    if (first === undefined) continue;
    const { task, scale } = first.record.identity;
    if (method.startsFrom === "dense" && scale !== "smoke") {
      // A setup there computes statistics of a trained model: as much work as the repetition, which counts as well.
      notes.push(
        `counts of ${task} at scale ${scale} are left to the repetition: the method starts from a trained model`,
      );
      continue;
    }
    let declared: Partial<DeclaredCosts>;
    try {
      declared = await declaredFor(engine, method, first.record);
    } catch (error) {
      if (error instanceof RankbenchError && error.parts.reason === "data") {
        notes.push(`counts of ${task} at scale ${scale} cannot be checked here: its data is missing`);
        continue;
      }
      found.push(brokenBy("counts", first.path, error));
      continue;
    }
    for (const { path, result } of runs) {
      for (const [key, formula] of Object.entries(declared) as [keyof DeclaredCosts, number][]) {
        const counted = numberOf(result.metrics[METRIC_OF[key]]);
        if (counted !== formula)
          found.push(
            broken(
              "counts",
              path,
              `says ${METRIC_OF[key]} ${counted}; the method's formula gives ${formula}`,
            ),
          );
      }
    }
  }
  return { broken: found, notes };
}

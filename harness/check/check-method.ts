// All checks of one method, in the catalogue's order: the face of this layer.
import { resolveSources } from "#harness/data/resolve.ts";
import type { Engine } from "#harness/engine/engine.ts";
import type { Method, Promises } from "#harness/method/contract.ts";
import { supportOf } from "#harness/method/support.ts";
import { stream } from "#harness/random/stream.ts";
import type { Interruption } from "#harness/run/supervisor.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { makeReporter } from "#harness/train/reporter.ts";
import { checkConfig } from "./config-checks.ts";
import type { OpenToy } from "./life.ts";
import { checkLife } from "./life-checks.ts";
import { checkSmoke, smokeTasks } from "./smoke.ts";
import { checkSupport, takenFacts } from "./support.ts";
import { makeToy, TOY_FACTS } from "./toy/run.ts";
import type { Finding } from "./verdict.ts";

/** What a method is held to when it has not said so yet: the promises of a merged adapter. */
const STRICTEST: Promises = { startsAtBase: 0, finishKeeps: 1e-5, gradients: "exact" };

export interface CheckOptions {
  readonly engine: Engine;
  /** All registered tasks. */
  readonly tasks: readonly Task[];
  /** `quick`: one smoke run, on the family whose sample is smallest; `deep`: one of each family; `none`. */
  readonly smoke: "none" | "quick" | "deep";
  readonly interruption: Interruption;
}

export interface Report {
  readonly method: string;
  readonly findings: readonly Finding[];
}

/** The small model that a method is watched on: the toy, or the sample of a task where it does not take the toy's family. */
export function toyFor(
  method: Method,
  { engine, tasks }: Pick<CheckOptions, "engine" | "tasks">,
): OpenToy | undefined {
  if (supportOf(method, TOY_FACTS).ok) return () => makeToy(engine);
  const [task] = smokeTasks(method, tasks);
  const preset = task?.scales.smoke;
  if (task === undefined || preset === undefined) return undefined;
  return async () => {
    const sources = await resolveSources(task.sources, { sampleOnly: true, download: false });
    const seed = 1;
    const data = await task.load({ preset, sources, seed });
    const model = await task.model({ preset, data, init: stream(seed, "init") });
    return {
      run: { engine, task, preset, data, seed, reporter: makeReporter(() => {}) },
      facts: taskFacts(task, "smoke"),
      model,
    };
  };
}

/** Makes every check. Errors of the method become findings; only defects of the harness are thrown. */
export async function checkMethod(method: Method, options: CheckOptions): Promise<Report> {
  const { engine, tasks, smoke, interruption } = options;
  const findings: Finding[] = [
    { check: "config", verdict: checkConfig(method, takenFacts(method, tasks)) },
    { check: "support", verdict: checkSupport(method, tasks) },
  ];
  const open = toyFor(method, options);
  if (open !== undefined) {
    const settings = method.promises?.toy ?? {};
    findings.push(...(await checkLife({ engine, method, settings, open }, method.promises ?? STRICTEST)));
  }
  const lives = findings.every(({ check, verdict }) => check !== "runs" || verdict.state === "passed");
  if (smoke !== "none" && lives) {
    const all = smokeTasks(method, tasks);
    findings.push({
      check: "smoke",
      verdict: await checkSmoke(method, smoke === "deep" ? all : all.slice(0, 1), interruption),
    });
  }
  return { method: method.id, findings };
}

export const isGood = ({ findings }: Report): boolean =>
  findings.every(({ verdict }) => verdict.state !== "failed");

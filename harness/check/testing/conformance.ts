// The conformance checks as a list of problems, for tests of methods.
import type { Engine } from "#harness/engine/engine.ts";
import type { Method } from "#harness/method/contract.ts";
import { listTasks } from "#harness/task/registry.ts";
import { checkMethod } from "../check-method.ts";
import { CHECKS } from "../verdict.ts";

const { signal } = new AbortController();

/** One line a check that fails, with the next step; smoke runs are left out. Empty for a method that conforms. */
export async function conformanceProblems(engine: Engine, method: Method): Promise<string[]> {
  const tasks = await listTasks();
  const { findings } = await checkMethod(method, {
    engine,
    tasks,
    smoke: "none",
    interruption: { stop: signal, now: signal },
  });
  // A method that is not watched at all has passed nothing.
  if (!findings.some(({ check }) => check === "runs")) return ["no small model was found for it"];
  return findings.flatMap(({ check, verdict }) =>
    verdict.state === "failed" ? [`${check}: ${verdict.problem}; next: ${CHECKS[check].next}`] : [],
  );
}

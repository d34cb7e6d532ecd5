// What this checkout knows of methods and tasks. Results may speak of others (removed, renamed, from a branch): those are
// shown by their ids alone.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import { codeReader } from "#harness/method/code.ts";
import { describeConfig, resolveConfig } from "#harness/method/config.ts";
import type { Method } from "#harness/method/contract.ts";
import { listMethods } from "#harness/method/registry.ts";
import { type MadeBy, staleReasons } from "#harness/record/code.ts";
import { type ConfigValue, PROTOCOL, type Scale } from "#harness/record/identity.ts";
import type { Trust } from "#harness/record/trust.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { listTasks } from "#harness/task/registry.ts";

export interface Checkout {
  readonly methods: ReadonlyMap<string, Method>;
  readonly tasks: ReadonlyMap<string, Task>;
  /** Marks of maintainers on the results that are shown; left out where none are asked for. */
  readonly trust?: Trust;
}

export async function readCheckout(): Promise<Checkout> {
  const [methods, tasks] = [await listMethods(), await listTasks()];
  return {
    methods: new Map(methods.map((method) => [method.id, method])),
    tasks: new Map(tasks.map((task) => [task.id, task])),
  };
}

export const methodTitle = (checkout: Checkout, id: string): string => checkout.methods.get(id)?.title ?? id;
export const taskTitle = (checkout: Checkout, id: string): string => checkout.tasks.get(id)?.title ?? id;

/** A site is built from one state of the checkout. */
const code = codeReader();

/** Whether a run was made by other code, another protocol or another version of its task than this checkout has. */
export const isStale = (
  checkout: Checkout,
  run: MadeBy & { readonly task: string; readonly method: string },
) =>
  staleReasons(run, {
    protocol: PROTOCOL,
    taskVersion: checkout.tasks.get(run.task)?.version ?? null,
    methodCode: code.method(run.method),
    taskCode: code.task(run.task),
  }).length > 0;

/** A method's configuration fields. */
export const configFields = describeConfig;

/** A method's own configuration for a task; null where the checkout has no such method, task or scale. */
export function defaultsOf(
  checkout: Checkout,
  methodId: string,
  taskId: string,
  scale: Scale,
): Readonly<Record<string, ConfigValue>> | null {
  const method = checkout.methods.get(methodId);
  const task = checkout.tasks.get(taskId);
  if (method === undefined || task === undefined || task.scales[scale] === undefined) return null;
  return resolveConfig(method, taskFacts(task, scale), {});
}

/** Text of a document of the checkout; null when it is not there. */
export function documentText(...path: readonly string[]): string | null {
  const file = join(projectRoot(), ...path);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

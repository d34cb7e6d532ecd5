// Which stored runs this checkout would make otherwise now, for the commands that list them.
import { codeReader } from "#harness/method/code.ts";
import { type StaleReason, staleReasons } from "#harness/record/code.ts";
import { PROTOCOL } from "#harness/record/identity.ts";
import type { RunSummary } from "#harness/store/query.ts";
import { findTask } from "#harness/task/registry.ts";

/** Tells why a run on one of `tasks` is stale; a task that this checkout does not have makes nothing stale. */
export async function staleReader(tasks: Iterable<string>): Promise<(run: RunSummary) => StaleReason[]> {
  const versions = new Map<string, number>();
  for (const id of new Set(tasks)) {
    const task = await findTask(id).catch(() => undefined);
    if (task !== undefined) versions.set(id, task.version);
  }
  const code = codeReader();
  return (run) =>
    staleReasons(run, {
      protocol: PROTOCOL,
      taskVersion: versions.get(run.task) ?? null,
      methodCode: code.method(run.method),
      taskCode: code.task(run.task),
    });
}

// Smoke runs of the registered methods as a suite, cut in parts that files of their own share the machine's cores with.
import { describe, expect, it } from "vitest";
import { findMethod, methodIds } from "#harness/method/registry.ts";
import { listTasks } from "#harness/task/registry.ts";
import { checkSmoke, smokeTasks } from "../smoke.ts";

/** Every `parts`-th method, beginning with that of place `part`: on one task of each family, in the real worker process. */
export async function describeSmoke(part: number, parts: number): Promise<void> {
  const ids = (await methodIds()).filter((_, place) => place % parts === part);
  const { signal } = new AbortController();

  describe("every method at scale smoke", () => {
    for (const id of ids) {
      it(`${id} runs on one task of each family it takes`, async () => {
        const method = await findMethod(id);
        const tasks = smokeTasks(method, await listTasks());
        const verdict = await checkSmoke(method, tasks, { stop: signal, now: signal });
        expect(verdict).toMatchObject({ state: "passed" });
      });
    }
  });
}

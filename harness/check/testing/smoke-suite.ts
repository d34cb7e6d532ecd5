// Smoke runs of the registered methods as a suite, cut in parts that files of their own share the machine's cores with.
import { describe, expect, it } from "vitest";
import { findMethod, methodIds } from "#harness/method/registry.ts";
import { listTasks } from "#harness/task/registry.ts";
import { checkSmoke, smokeTasks } from "../smoke.ts";

/** Every `parts`-th method from place `part` on, in the real worker process, on one task of each family that it takes. */
export async function describeSmoke(part: number, parts: number): Promise<void> {
  const tasks = await listTasks();
  const found = await Promise.all((await methodIds()).map(findMethod));
  // Dealt out from the most tasks to the fewest, so that the parts take about as long as each other.
  const mine = found
    .map((method) => ({ method, chosen: smokeTasks(method, tasks) }))
    .toSorted((a, b) => b.chosen.length - a.chosen.length)
    .filter((_, place) => place % parts === part);
  const { signal } = new AbortController();

  describe("every method at scale smoke", () => {
    for (const { method, chosen } of mine) {
      it(`${method.id} runs on one task of each family it takes`, async () => {
        const verdict = await checkSmoke(method, chosen, { stop: signal, now: signal });
        expect(verdict, JSON.stringify(verdict)).toMatchObject({ state: "passed" });
      });
    }
  });
}

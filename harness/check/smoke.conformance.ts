// Every registered method on one task of each family it takes, at scale smoke, in the real worker process.
import { describe, expect, it } from "vitest";
import { findMethod, methodIds } from "#harness/method/registry.ts";
import { listTasks } from "#harness/task/registry.ts";
import { checkSmoke, smokeTasks } from "./smoke.ts";

const IDS = await methodIds();
const { signal } = new AbortController();

describe("every method at scale smoke", () => {
  for (const id of IDS) {
    it(`${id} runs on one task of each family it takes`, async () => {
      const method = await findMethod(id);
      const tasks = smokeTasks(method, await listTasks());
      const verdict = await checkSmoke(method, tasks, { stop: signal, now: signal });
      expect(verdict).toMatchObject({ state: "passed" });
    });
  }
});

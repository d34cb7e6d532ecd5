// Every registered method against the contract, on the small model. Smoke runs are in smoke.conformance.ts, so that the
// two share the machine's cores.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { findMethod, methodIds } from "#harness/method/registry.ts";
import { listTasks } from "#harness/task/registry.ts";
import { checkMethod } from "./check-method.ts";

const IDS = await methodIds();
const { signal } = new AbortController();

describe("every method on the small model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  for (const id of IDS) {
    it(`${id} conforms`, async () => {
      const interruption = { stop: signal, now: signal };
      const tasks = await listTasks();
      const method = await findMethod(id);
      const { findings } = await checkMethod(method, { engine, tasks, smoke: "none", interruption });
      const wrong = findings.flatMap(({ check, verdict }) =>
        verdict.state === "failed" ? [`${check}: ${verdict.problem}`] : [],
      );
      expect(wrong).toEqual([]);
      // A method that is not watched at all passes nothing.
      expect(findings.some(({ check }) => check === "runs")).toBe(true);
    });
  }
});

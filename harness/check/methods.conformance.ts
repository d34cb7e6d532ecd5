// Every registered method against the contract, on the small model. Smoke runs have files of their own, so that all
// share the machine's cores.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { findMethod, methodIds } from "#harness/method/registry.ts";
import { conformanceProblems } from "./testing/conformance.ts";

const IDS = await methodIds();

describe("every method on the small model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  for (const id of IDS) {
    it(`${id} conforms`, async () => {
      expect(await conformanceProblems(engine, await findMethod(id))).toEqual([]);
    });
  }
});

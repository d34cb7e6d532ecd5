// The behaviour that every adapter owes, as one suite of tests: called from the test file of each.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import type { Method } from "#harness/method/contract.ts";
import { isLinear } from "#harness/nn/linear.ts";
import {
  largestGap,
  makeToy,
  measuredCosts,
  scoresOf,
  setupOn,
  stepsOn,
  trainOn,
  valuesOf,
} from "./toy-run.ts";

export interface AdapterCase {
  /** As on the command line. */
  readonly config: Readonly<Record<string, string>>;
  /** Trained numbers on the toy model, head (18) included, by hand. */
  readonly trainable: number;
  /** Largest difference from the base model's scores before the first step: 0 where it must be the same bits. */
  readonly startTolerance: number;
  /** Rate at which 15 steps on one batch lower the loss. */
  readonly learningRate: number;
}

const isAdapterOrHead = (name: string, base: ReadonlySet<string>) =>
  !base.has(name) || name.startsWith("head");

export function describeAdapter<C extends Record<string, unknown>>(
  method: Method<C>,
  given: AdapterCase,
): void {
  describe(`${method.id} as an adapter`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await openEngine("onnx");
    });
    afterAll(async () => engine.dispose());

    it("starts at the base model, freezes it to the bit, trains the counted numbers, merges to the same scores, once", async () => {
      const toy = await makeToy(engine);
      const base = await scoresOf(toy);
      const before = await valuesOf(toy.model);
      const names = new Set(before.keys());
      const made = await setupOn(toy, method, given.config);
      expect(largestGap(await scoresOf(toy), base)).toBeLessThanOrEqual(given.startTolerance);
      expect(made.declared.trainable).toBe(given.trainable);

      const main = await trainOn(toy, made);
      const trained = await valuesOf(toy.model);
      for (const [name, values] of before) {
        if (!isAdapterOrHead(name, names)) expect(trained.get(name), name).toEqual(values);
      }
      const unmerged = await scoresOf(toy);
      expect(largestGap(unmerged, base)).toBeGreaterThan(1e-4);
      await made.finish?.();
      expect(largestGap(await scoresOf(toy), unmerged)).toBeLessThan(1e-5);
      expect(measuredCosts(toy, main)).toEqual(made.declared);
      expect(toy.model.sites.every(({ kind, module }) => kind !== "linear" || isLinear(module))).toBe(true);
      expect(new Set((await valuesOf(toy.model)).keys())).toEqual(names);

      const deployed = await valuesOf(toy.model);
      await made.finish?.();
      expect(await valuesOf(toy.model)).toEqual(deployed);
      toy.model.dispose();
    });

    it("lowers the loss on one batch", async () => {
      const toy = await makeToy(engine);
      const stage = (await setupOn(toy, method, given.config)).stages[0];
      if (stage === undefined) throw new Error("no stage");
      const losses = await stepsOn(toy, { ...stage, learningRate: given.learningRate }, 15);
      expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] ?? 0));
    });
  });
}

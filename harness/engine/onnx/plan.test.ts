// When host operations run between the segments of a recorded step, on traces written by hand.
import { describe, expect, it } from "vitest";
import { type Plan, planTrace } from "./plan.ts";
import { Trace } from "./trace.ts";
import { Value } from "./value.ts";

/** For each size a gradient, as a graph operation, then its update on the host; updates are all that is wanted. */
function updates(sizes: readonly number[], ordered: boolean): Plan {
  const trace = new Trace();
  const live = sizes.map((size) => {
    const shape = [size];
    const weight = new Value(shape, "float32");
    const [gradient] = trace.graph("Neg", "Neg", [weight], [{ shape, type: "float32" }], {});
    if (gradient === undefined) throw new Error("a graph operation has an output");
    const outputs = [{ shape, dtype: "float32", over: 0 }] as const;
    const [next] = trace.host({ name: "Update", outputs, ordered, run: () => {} }, [weight, gradient]);
    if (next === undefined) throw new Error("a host operation has an output");
    return next;
  });
  return planTrace(trace, live);
}

const shapeOf = ({ steps }: Plan) => ({
  gradients: steps.map(({ program }) => program?.fetches.length ?? 0),
  updates: steps.map(({ hostNodes }) => hostNodes.length),
});

describe("the plan of a step whose updates use up gradients", () => {
  it("computes all of them first where updates need not be in order", () => {
    expect(shapeOf(updates([2, 8, 2, 2, 8], false))).toEqual({ gradients: [5], updates: [5] });
  });

  it("ends a segment behind ordered updates, so that no more than the largest gradient's size waits", () => {
    expect(shapeOf(updates([2, 8, 2, 2, 8], true))).toEqual({
      gradients: [1, 1, 2, 1],
      updates: [1, 1, 2, 1],
    });
    expect(shapeOf(updates([4, 4, 4], true))).toEqual({ gradients: [1, 1, 1], updates: [1, 1, 1] });
  });
});

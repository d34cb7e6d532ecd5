// Captured steps of the engine alone: equal bits, what falls back to recording and why, what fails, and nothing left behind.
import { afterEach, describe, expect, it } from "vitest";
import type { Engine } from "../engine.ts";
import { type HostArray, hostOp } from "../host-op.ts";
import { drawnTensor, liveScalar, noteReading } from "../live.ts";
import { openEngine } from "../open.ts";
import type { HostTensor, Step, StepCounts } from "../steps.ts";
import {
  add,
  dispose,
  gather,
  keep,
  matMul,
  mean,
  mul,
  reshape,
  type Scalar,
  scalar,
  square,
  sub,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from "../tensor.ts";

let engine: Engine | null = null;
const open = async (options = {}, name = "onnx") => {
  engine = await openEngine(name, options);
  return engine;
};
afterEach(async () => {
  await engine?.dispose();
});

/** A row of batches whose numbers differ; two row counts in turn. */
const batch = (step: number): HostTensor[] => {
  const rows = step % 2 === 0 ? 4 : 3;
  const numbers = Float32Array.from({ length: rows * 2 }, (_, i) => Math.sin(step * 10 + i));
  return [
    { data: numbers, shape: [rows, 2] },
    { data: numbers.map((x) => x * x).slice(0, rows), shape: [rows, 1] },
  ];
};

interface Loop {
  readonly weight: Variable;
  /** Runs the next step and returns its loss. */
  next(inputs?: readonly HostTensor[]): Promise<number>;
  counts(): StepCounts;
  forget(): void;
  carried(): Tensor[];
  end(): void;
}

interface Extras {
  /** What is added to the predictions, recorded with the loss. */
  readonly more?: (step: () => number) => Tensor;
  /** Overrides the host operation's work. */
  readonly run?: (w: HostArray, rate: number) => void;
}

/** Regression with noise on its inputs, a rate that falls, and momentum; the last decay is a host operation over the weights. */
function regression(on: Engine, { more, run }: Extras = {}): Loop {
  const initial = tensor([0.5, -0.25], [2, 1]);
  const weight = variable(initial);
  initial.dispose();
  let velocity = keep(tensor([0, 0], [2, 1]));
  let step = 0;
  let seed = 1;
  const uniform = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const runner = on.steps();
  const rate = () => 0.1 / step;
  const record = ([x, y]: readonly Tensor[]): Tensor[] => {
    if (x === undefined || y === undefined) throw new Error("two inputs");
    const { value, grads } = tidy(() => {
      const made = variableGrads(() => {
        const noise = drawnTensor(x.shape, (into) => {
          for (let i = 0; i < into.length; i++) into[i] = 0.1 * uniform();
        });
        const guess = matMul(add(x, noise), weight);
        return mean(
          square(
            sub(
              more === undefined
                ? guess
                : add(
                    guess,
                    more(() => step),
                  ),
              y,
            ),
          ),
        ) as Scalar;
      }, [weight]);
      keep(made.value);
      for (const gradient of Object.values(made.grads)) keep(gradient);
      return made;
    });
    const gradient = grads[weight.name] as Tensor;
    const [next, moved] = tidy(() => {
      const v = add(mul(velocity, 0.9), gradient);
      const [shrunk] = hostOp(
        {
          name: "Shrink",
          outputs: [{ shape: [2, 1], dtype: "float32", over: 0 }],
          numbers: () => [1 - 0.01 * rate()],
          run(_, [w], [factor = 0]) {
            if (w === undefined) throw new Error("one operand");
            run?.(w, factor);
            for (let i = 0; i < w.length; i++) w[i] = (w[i] as number) * factor;
          },
        },
        [sub(weight, mul(v, liveScalar(rate)))],
      );
      return [keep(shrunk as Tensor), keep(v)];
    });
    weight.assign(next as Tensor);
    dispose([next as Tensor, velocity, gradient]);
    velocity = moved as Tensor;
    return [value];
  };
  const carried = () => [weight, velocity];
  return {
    weight,
    carried,
    async next(inputs) {
      step++;
      const now: Step = { key: "step", inputs: inputs ?? batch(step), carried, record };
      const [loss] = await runner.run(now);
      return loss?.[0] ?? Number.NaN;
    },
    counts: () => on.stats().steps,
    forget: () => runner.forget(),
    end: () => dispose([weight, velocity]),
  };
}

/** Losses and weights of `steps` steps. */
async function follow(on: Engine, steps: number, extras: Extras = {}) {
  const loop = regression(on, extras);
  const losses: number[] = [];
  const weights: number[][] = [];
  for (let i = 0; i < steps; i++) {
    losses.push(await loop.next());
    weights.push([...(await loop.weight.data())]);
  }
  loop.end();
  return { losses, weights, counts: loop.counts() };
}

describe("a step that repeats", () => {
  it("is replayed with the bits of recording it, for each shape of batch", async () => {
    const recorded = await follow(await open({ captureSteps: false }), 20);
    await engine?.dispose();
    const replayed = await follow(await open(), 20);
    expect(replayed.losses).toEqual(recorded.losses);
    expect(replayed.weights).toEqual(recorded.weights);
    expect(recorded.counts).toEqual({
      captured: 0,
      replayed: 0,
      verified: 0,
      recorded: { "capturing is switched off": 20 },
    });
    // Each shape is captured and verified once; after 8 replays one step is recorded again.
    expect(replayed.counts).toEqual({ captured: 2, replayed: 15, verified: 3, recorded: {} });
  });

  it("has the same meaning on an engine that executes at once", async () => {
    const oracle = await follow(await open({}, "tfjs-cpu"), 8);
    await engine?.dispose();
    const replayed = await follow(await open(), 8);
    expect(oracle.counts.recorded).toEqual({ "the engine executes at once": 8 });
    for (const [i, loss] of oracle.losses.entries()) expect(replayed.losses[i]).toBeCloseTo(loss, 5);
  });

  it("leaves no tensor behind and never changes numbers that were read", async () => {
    const on = await open();
    const loop = regression(on);
    const read: { values: Float32Array; copy: number[] }[] = [];
    const alive = new Set<number>();
    for (let i = 0; i < 12; i++) {
      await loop.next();
      const values = (await loop.weight.data()) as Float32Array;
      read.push({ values, copy: [...values] });
      alive.add(on.liveTensors());
    }
    expect([...alive]).toEqual([2]);
    for (const { values, copy } of read) expect([...values]).toEqual(copy);
    loop.end();
    expect(on.liveTensors()).toBe(0);
  });

  it("is compared with a new recording after 8 replays, 16, and so on, at most so many", async () => {
    const { counts } = await follow(await open({ verifyEvery: 3 }), 20);
    // Two shapes: captured and verified once each, then 16 steps of which every fourth is recorded again.
    expect(counts).toEqual({ captured: 2, replayed: 12, verified: 6, recorded: {} });
    await engine?.dispose();
    const longer = await follow(await open({ verifyEvery: 20 }), 4 + 9 + 17 + 21 + 21);
    expect(longer.counts).toEqual({ captured: 2, replayed: 8 + 16 + 20 + 20, verified: 6, recorded: {} });
  });

  it("is captured anew when the loop says that something changed", async () => {
    const loop = regression(await open());
    for (let i = 0; i < 8; i++) await loop.next();
    loop.forget();
    for (let i = 0; i < 2; i++) await loop.next();
    expect(loop.counts()).toMatchObject({ captured: 4, verified: 2, replayed: 4 });
    loop.end();
  });

  it("keeps what else holds a carried tensor's old value apart", async () => {
    const recorded = await follow(await open({ captureSteps: false }), 10);
    await engine?.dispose();
    const loop = regression(await open());
    for (let i = 0; i < 8; i++) await loop.next();
    const before = [...(await loop.weight.data())];
    const clone = loop.weight.clone();
    const view = reshape(loop.weight, [1, 2]);
    await loop.next();
    expect([...(await clone.data()), ...(await view.data())]).toEqual([...before, ...before]);
    expect(loop.counts().recorded).toEqual({ "a carried tensor is shared": 1 });
    dispose([clone, view]);
    await loop.next();
    expect([...(await loop.weight.data())]).toEqual(recorded.weights[9]);
    loop.end();
  });
});

describe("a step that cannot be replayed", () => {
  const reasonsOf = async (more: (step: () => number) => Tensor, steps = 12) => {
    const on = await open();
    const found = await follow(on, steps, { more });
    expect(found.counts.replayed).toBe(0);
    await on.dispose();
    const recorded = await follow(await open({ captureSteps: false }), steps, { more });
    expect([found.losses, found.weights]).toEqual([recorded.losses, recorded.weights]);
    return Object.keys(found.counts.recorded);
  };

  it("is recorded when it reads a changing number outside of a live function", async () => {
    const reasons = await reasonsOf((step) => {
      noteReading("the rate");
      return scalar(step());
    });
    expect(reasons).toEqual(["the rate is read while the step is recorded"]);
  });

  it("is recorded when its operations change", async () => {
    const reasons = await reasonsOf((step) => (step() > 2 ? scalar(1) : add(scalar(1), scalar(2))));
    expect(reasons).toEqual(["its operations change"]);
  });

  it("is recorded when a number changes that was not declared live", async () => {
    expect(await reasonsOf((step) => scalar(step()))).toEqual([
      "a tensor [] that it makes or uses changes without being declared live",
    ]);
  });

  it("is recorded when a host operation closes over a changing number", async () => {
    const impure = (step: () => number): Tensor => {
      const now = step();
      const [made] = hostOp(
        {
          name: "Impure",
          outputs: [{ shape: [], dtype: "float32" }],
          run(_, [out]) {
            out?.fill(now);
          },
        },
        [],
      );
      return made as Tensor;
    };
    expect(await reasonsOf(impure)).toEqual(["host operation Impure does other work"]);
  });

  it("is recorded when it reads a tensor", async () => {
    expect(await reasonsOf(() => tidy(() => scalar(add(scalar(1), scalar(2)).dataSync()[0] ?? 0)))).toEqual([
      "a tensor is read while the step is recorded",
    ]);
  });

  it("is recorded when it leaves a tensor behind", async () => {
    const kept: Tensor[] = [];
    const reasons = await reasonsOf(() => {
      const made = keep(add(scalar(1), scalar(2)));
      kept.push(made);
      return made;
    }, 4);
    expect(reasons).toEqual(["the step leaves further tensors behind"]);
    expect(kept.length).toBe(8);
  });

  it("stops the run when it becomes another one after it was replayed", async () => {
    const on = await open({ verifyEvery: 4 });
    const loop = regression(on, { more: (step) => scalar(step() > 9 ? 1 : 0) });
    const run = async () => {
      for (let i = 0; i < 20; i++) await loop.next();
    };
    await expect(run()).rejects.toThrow(
      /a step that was replayed is another one when it is recorded: a tensor \[\]/,
    );
    expect(on.stats().steps.replayed).toBeGreaterThan(4);
    // The engine itself is as usable as before.
    expect([...(await add(scalar(1), 1).data())]).toEqual([2]);
    loop.end();
  });
});

describe("an error of a replayed step", () => {
  it("of a host operation names it, marks what was lost and leaves the engine usable", async () => {
    let failing = false;
    const on = await open();
    const loop = regression(on, {
      run() {
        if (failing) throw new Error("out of ink");
      },
    });
    for (let i = 0; i < 8; i++) await loop.next();
    expect(on.stats().steps.replayed).toBe(4);
    failing = true;
    await expect(loop.next()).rejects.toThrow(/host operation Shrink failed: out of ink/);
    await expect(loop.weight.data()).rejects.toThrow(/out of ink/);
    failing = false;
    await expect(loop.next()).rejects.toThrow(/out of ink/);
    loop.weight.assign(tensor([1, 1], [2, 1]));
    expect(await loop.next()).toBeGreaterThan(0);
    expect([...(await add(scalar(1), 1).data())]).toEqual([2]);
  });

  it("finds an index out of range in the batch before anything runs, as recording does", async () => {
    const on = await open();
    const table = variable(tensor([1, 2, 3]));
    const runner = on.steps();
    const look = async (ids: number[]) => {
      const [sum] = await runner.run({
        key: "look",
        inputs: [{ data: Int32Array.from(ids), shape: [2] }],
        carried: () => [table],
        record: ([at]) => {
          const [next, out] = tidy(() => {
            const found = gather(table, at as Tensor);
            return [keep(add(table, 1)), keep(mean(found))];
          });
          table.assign(next as Tensor);
          next?.dispose();
          return [out as Tensor];
        },
      });
      return sum?.[0];
    };
    expect([await look([0, 1]), await look([0, 1]), await look([1, 2])]).toEqual([1.5, 2.5, 4.5]);
    await expect(look([1, -1])).rejects.toThrow(/GatherV2: the index value -1 is not in \[0, 2\]/);
    await expect(look([3, 1])).rejects.toThrow(/GatherV2: the index value 3/);
    expect(await look([1, 2])).toBe(5.5);
    expect(on.stats().steps).toMatchObject({ captured: 1, verified: 1 });
    table.dispose();
  });
});

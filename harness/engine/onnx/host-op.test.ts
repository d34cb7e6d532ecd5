// Host operations inside a recorded step: their order against the graph, and when a buffer is written over.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine.ts";
import { type HostOp, hostOp } from "../host-op.ts";
import { openEngine } from "../open.ts";
import { add, mul, neg, reshape, type Tensor, tensor1d, tidy, variable } from "../tensor.ts";

/** Adds `amount` to every element, over its input. Remembers the buffers it was given. */
function adder(amount: number, size: number) {
  const seen: { input: unknown; output: unknown }[] = [];
  const op: HostOp = {
    name: "Adder",
    outputs: [{ shape: [size], dtype: "float32", over: 0 }],
    run: ([input], [output]) => {
      seen.push({ input, output });
      if (input === undefined || output === undefined) throw new Error("no buffers");
      for (let i = 0; i < output.length; i++) output[i] = (input[i] ?? 0) + amount;
    },
  };
  return { op, seen };
}

const one = (op: HostOp, ...inputs: Tensor[]): Tensor => {
  const [out] = hostOp(op, inputs);
  if (out === undefined) throw new Error("no output");
  return out;
};

const read = async (tensor: Tensor) => [...(await tensor.data())];

describe.each(["tfjs-cpu", "onnx"])("a host operation on %s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name);
  });
  afterAll(() => engine.dispose());

  it("takes part in a step between graph operations, before and after it", async () => {
    const x = tensor1d([1, 2, 3]);
    const doubled = mul(x, 2);
    const shifted = one(adder(10, 3).op, doubled);
    const result = add(neg(shifted), doubled);
    await engine.settle();
    expect(await read(result)).toEqual([-10, -10, -10]);
    expect(await read(doubled)).toEqual([2, 4, 6]);
    expect(await read(shifted)).toEqual([12, 14, 16]);
  });

  it("never changes a tensor that is still alive, nor the array a user made one from", async () => {
    const array = Float32Array.of(1, 2);
    const x = tensor1d(array);
    const y = one(adder(1, 2).op, x);
    expect(await read(y)).toEqual([2, 3]);
    expect(await read(x)).toEqual([1, 2]);
    x.dispose();
    const kept = tensor1d(array);
    const z = one(adder(5, 2).op, kept);
    kept.dispose();
    expect(await read(z)).toEqual([6, 7]);
    expect([...array]).toEqual([1, 2]);
  });

  it("leaves an array that was read from a tensor as it was", async () => {
    const x = add(tensor1d([1, 2]), 0);
    const snapshot = await x.data();
    const y = one(adder(1, 2).op, x);
    x.dispose();
    expect(await read(y)).toEqual([2, 3]);
    expect([...snapshot]).toEqual([1, 2]);
  });

  it("keeps a value that a later operation of the same step still reads", async () => {
    const x = add(tensor1d([1, 2]), 0);
    const first = one(adder(1, 2).op, x);
    const second = one(adder(2, 2).op, x);
    const third = add(x, first);
    x.dispose();
    await engine.settle();
    expect(await read(first)).toEqual([2, 3]);
    expect(await read(second)).toEqual([3, 4]);
    expect(await read(third)).toEqual([3, 5]);
  });

  it("updates a variable over many steps", async () => {
    const weight = variable(tensor1d([0, 0]));
    const { op } = adder(1, 2);
    for (let step = 0; step < 5; step++) {
      tidy(() => weight.assign(one(op, weight) as never));
      await engine.settle();
    }
    expect(await read(weight)).toEqual([5, 5]);
  });
});

describe("in place on onnx", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(() => engine.dispose());

  it("writes over the buffer of an input that nothing refers to any more", async () => {
    const { op, seen } = adder(1, 2);
    const weight = tidy(() => variable(tensor1d([0, 0])));
    for (let step = 0; step < 3; step++) {
      tidy(() => weight.assign(one(op, weight) as never));
      await engine.settle();
    }
    expect(seen.map(({ input, output }) => input === output)).toEqual([true, true, true]);
    expect(seen[2]?.output).toBe(seen[0]?.output);
    weight.dispose();
  });

  it("copies when a reshaped alias of the input is alive", async () => {
    const { op, seen } = adder(1, 2);
    const x = add(tensor1d([1, 2]), 0);
    await engine.settle();
    const alias = reshape(x, [2, 1]);
    const y = one(op, x);
    x.dispose();
    await engine.settle();
    expect(seen[0]?.input).not.toBe(seen[0]?.output);
    expect([...(await alias.data())]).toEqual([1, 2]);
    expect([...(await y.data())]).toEqual([2, 3]);
  });

  it("does not run an operation whose result was disposed", async () => {
    const { op, seen } = adder(1, 2);
    const x = tensor1d([1, 2]);
    one(op, x).dispose();
    add(x, 1);
    await engine.settle();
    expect(seen).toEqual([]);
  });

  it("names the operation that failed and stays usable", async () => {
    const x = tensor1d([1]);
    const lost = one(
      {
        name: "Broken",
        outputs: [{ shape: [1], dtype: "float32" }],
        run: () => {
          throw new Error("no luck");
        },
      },
      x,
    );
    await expect(engine.settle()).rejects.toThrow(/Broken.*no luck/);
    await expect(lost.data()).rejects.toThrow(/Broken/);
    expect([...(await add(x, 1).data())]).toEqual([2]);
  });
});

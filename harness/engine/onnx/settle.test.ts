// Recording and settling: errors name the operation and leave the engine usable, the program cache stays small.
import { afterEach, describe, expect, it } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Engine } from "../engine.ts";
import { openEngine } from "../open.ts";
import { add, exp, gather, matMul, mul, ones, scalar, tensor1d, tensor2d, tidy } from "../tensor.ts";

let engine: Engine | null = null;
const open = async (options = {}) => {
  engine = await openEngine("onnx", options);
  return engine;
};
afterEach(async () => {
  await engine?.dispose();
});

/** An index that is computed in the step: the kernel cannot see that it is out of range. */
const seven = () => add(tensor1d([6], "int32"), tensor1d([1], "int32"));

describe("an error of a recorded step", () => {
  it("names the tfjs kernel, marks what was lost and leaves the engine usable", async () => {
    const e = await open();
    const kept = tensor1d([1, 2, 3]);
    const lost = gather(kept, seven());
    await expect(e.settle()).rejects.toThrow(/tfjs kernel GatherV2 failed on \[3\] \[1\] -> \[1\]/);
    await expect(lost.data()).rejects.toThrow(/GatherV2/);
    expect(() => add(lost, 1)).toThrow(/GatherV2/);
    await e.settle();
    expect([...(await mul(kept, 2).data())]).toEqual([2, 4, 6]);
  });

  it("is thrown by the operation itself when shapes or given indices do not fit", async () => {
    await open();
    expect(() => gather(tensor1d([1, 2]), tensor1d([-1], "int32"))).toThrow(
      /index value -1 is not in \[0, 1\]/,
    );
    expect(() => matMul(tensor2d([[1, 2]]), tensor2d([[1, 2]]))).toThrow(
      /matMul: inner shapes \(2\) and \(1\)/,
    );
    expect(() => add(ones([2]), ones([3]))).toThrow(/broadcast/);
  });

  it("is told to a step that uses what an earlier, failed one should have made", async () => {
    const e = await open();
    const lost = gather(tensor1d([1]), seven());
    const first = e.settle();
    const dependent = add(lost, 1);
    await expect(first).rejects.toThrow(/GatherV2/);
    await expect(e.settle()).rejects.toThrow(/GatherV2/);
    await expect(dependent.data()).rejects.toThrow(/GatherV2/);
  });
});

describe("settling", () => {
  it("lets the next step be recorded on values that are still being computed", async () => {
    const e = await open();
    const a = exp(scalar(0));
    const first = e.settle();
    const b = add(a, 1);
    await first;
    expect([...(await b.data())]).toEqual([2]);
  });

  it("reads synchronously what was recorded, and refuses to while a step is running", async () => {
    const e = await open();
    expect([...add(tensor1d([1, 2]), 1).dataSync()]).toEqual([2, 3]);
    const a = exp(scalar(0));
    const running = e.settle();
    expect(() => a.dataSync()).toThrow(/await engine.settle\(\)/);
    await running;
    expect([...a.dataSync()]).toEqual([1]);
  });

  it("computes from the numbers as they were when the tensor was made", async () => {
    const e = await open();
    const batch = Float32Array.of(1, 2);
    const doubled = mul(tensor1d(batch), 2);
    batch.fill(0);
    await e.settle();
    expect([...(await doubled.data())]).toEqual([2, 4]);
  });
});

describe("the program cache", () => {
  it("builds one program for equal structures, whatever the numbers", async () => {
    const e = await open();
    for (let i = 0; i < 10; i++) {
      const result = tidy(() => mul(add(tensor1d([i, 1]), i), scalar(i * 0.1)));
      await e.settle();
      result.dispose();
    }
    expect(e.stats()).toMatchObject({ programsBuilt: 1, programsAlive: 1, cacheHits: 9, runs: 10 });
  });

  it("keeps at most maxPrograms and drops the one used longest ago", async () => {
    const e = await open({ maxPrograms: 2 });
    const use = async (size: number) => {
      const result = tidy(() => add(ones([size]), 1));
      await e.settle();
      result.dispose();
    };
    await use(1);
    await use(2);
    await use(1);
    await use(3);
    expect(e.stats()).toMatchObject({ programsBuilt: 3, programsAlive: 2, cacheHits: 1 });
    await use(1);
    expect(e.stats()).toMatchObject({ programsBuilt: 3, cacheHits: 2 });
    await use(2);
    expect(e.stats()).toMatchObject({ programsBuilt: 4, programsAlive: 2 });
  });
});

describe("a run that keeps rebuilding programs", () => {
  it("is warned about with numbers; one that repeats its steps is not", async () => {
    const warnings: string[] = [];
    const e = await open({ onWarning: (message: string) => warnings.push(message) });
    const step = async (size: number) => {
      const result = tidy(() => add(ones([size]), 1));
      await e.settle();
      result.dispose();
    };
    for (let i = 0; i < 64; i++) await step(1 + (i % 4));
    expect(warnings).toEqual([]);
    for (let i = 0; i < 64; i++) await step(10 + i);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/64 of the last 64 steps built a new program \(\d+ ms/);
  });
});

describe("opening", () => {
  it("refuses an unknown name and shows the near one", async () => {
    await expect(openEngine("onxx")).rejects.toThrow(/did you mean "onnx"/);
  });

  it("refuses other options while the engine is open, and bad ones at all", async () => {
    const e = await open({ threads: 1 });
    expect(await openEngine("onnx", { threads: 1 })).toBe(e);
    await expect(openEngine("onnx", { threads: 2 })).rejects.toThrow(/open already with other options/);
    await e.dispose();
    const bad = await openEngine("onnx", { threads: 0 }).catch((error: unknown) => error);
    expect(bad).toBeInstanceOf(RankbenchError);
    expect((bad as RankbenchError).parts.field).toBe("threads");
  });

  it("says nothing on the console", async () => {
    const written: unknown[] = [];
    const original = { warn: console.warn, log: console.log };
    Object.assign(console, {
      warn: (...x: unknown[]) => written.push(x),
      log: (...x: unknown[]) => written.push(x),
    });
    try {
      const cpu = await openEngine("tfjs-cpu");
      add(tensor1d([1]), 1).dataSync();
      await cpu.dispose();
      const again = await open();
      await add(tensor1d([1]), 1).data();
      await again.dispose();
      await open();
    } finally {
      Object.assign(console, original);
    }
    expect(written).toEqual([]);
  });
});

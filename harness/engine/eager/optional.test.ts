// Engines whose package need not be there, with packages made up for the test: a cpu backend under TensorFlow's name.
import { createRequire } from "node:module";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import {
  add,
  cumprod,
  getBackend,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
  removeBackend,
  setBackend,
  tensor1d,
} from "../tensor.ts";
import { type OptionalEngineName, openOptional } from "./optional.ts";

const WITHOUT = "Cumprod";

/** What importing tfjs-node does: a backend named `tensorflow` with its kernels, all but one. */
async function fakePackage(gpu: boolean): Promise<unknown> {
  // `firstUse`: the cpu backend greets unless it has.
  registerBackend("tensorflow", () =>
    Object.assign(new MathBackendCPU(), { firstUse: false, isUsingGpuDevice: gpu }),
  );
  if (getKernelsForBackend("tensorflow").length === 0)
    for (const kernel of getKernelsForBackend("cpu"))
      if (kernel.kernelName !== WITHOUT) registerKernel({ ...kernel, backendName: "tensorflow" });
  return { version: { "tfjs-core": "4.22.0", "tfjs-node": "4.22.0" } };
}

async function refusalOf(
  name: OptionalEngineName,
  load: () => Promise<unknown>,
): Promise<RankbenchError["parts"] & { readonly exitCode: number }> {
  try {
    await openOptional(name, load);
  } catch (error) {
    if (error instanceof RankbenchError) return { ...error.parts, exitCode: error.exitCode };
    throw error;
  }
  throw new Error("it opened");
}

beforeEach(async () => {
  await setBackend("cpu");
});
afterEach(() => {
  if (getBackend() === "tensorflow") removeBackend("tensorflow");
});

describe("an engine whose package need not be there", () => {
  it("opens, tells the version that its package tells, and computes", async () => {
    const { engine, backendName } = await openOptional("tfjs-node", () => fakePackage(false));
    expect(backendName).toBe("tensorflow");
    expect(engine.facts()).toEqual({
      name: "tfjs-node",
      versions: { "@tensorflow/tfjs-node": "4.22.0" },
      provider: "cpu",
      threads: 1,
      optimisation: "none",
    });
    expect([...(await add(tensor1d([1, 2]), 1).data())]).toEqual([2, 3]);
  });

  it("refuses by name an operation whose kernel the package lacks", async () => {
    await openOptional("tfjs-node", () => fakePackage(false));
    expect(() => cumprod(tensor1d([1, 2]))).toThrow(/engine tfjs-node: it has no kernel Cumprod/);
  });

  it("has what Node 23 took out of node:util back, and a GPU's memory on demand, before the package is loaded", async () => {
    const util = createRequire(import.meta.url)("node:util") as Record<string, unknown>;
    const [isNullOrUndefined, isArray] = [util.isNullOrUndefined, util.isArray];
    const growth = process.env.TF_FORCE_GPU_ALLOW_GROWTH;
    // As on Node 23.
    delete util.isNullOrUndefined;
    delete util.isArray;
    delete process.env.TF_FORCE_GPU_ALLOW_GROWTH;
    let seen: unknown;
    try {
      await openOptional("tfjs-node", () => {
        const [isNothing, isList] = [util.isNullOrUndefined, util.isArray] as ((x: unknown) => boolean)[];
        const answers = [null, undefined, 0, "", []].map((x) => [isNothing?.(x), isList?.(x)]);
        seen = { answers, growth: process.env.TF_FORCE_GPU_ALLOW_GROWTH };
        return fakePackage(false);
      });
    } finally {
      Object.assign(util, { isNullOrUndefined, isArray });
      if (growth === undefined) delete process.env.TF_FORCE_GPU_ALLOW_GROWTH;
      else process.env.TF_FORCE_GPU_ALLOW_GROWTH = growth;
    }
    expect(seen).toEqual({
      answers: [
        [true, false],
        [true, false],
        [false, false],
        [false, false],
        [false, true],
      ],
      growth: "true",
    });
  });

  it("is refused where TensorFlow finds no GPU, and the engine before stays the active one", async () => {
    const { problem, exitCode, next } = await refusalOf("tfjs-node-gpu", () => fakePackage(false));
    expect({ problem, exitCode }).toEqual({ problem: "TensorFlow found no GPU", exitCode: 5 });
    expect(next).toContain("CUDA 11.8");
    expect(getBackend()).toBe("cpu");
    const { engine } = await openOptional("tfjs-node-gpu", async () => {
      removeBackend("tensorflow");
      return fakePackage(true);
    });
    expect(engine.facts().provider).toBe("cuda");
  });

  it("says that the native library was not downloaded, without the paths of this machine", async () => {
    const { problem, next } = await refusalOf("tfjs-node", async () => {
      throw new Error("The Node.js native addon module (tfjs_binding.node) can not be found at path: /a/b/c");
    });
    expect(problem).toMatch(/native library of @tensorflow\/tfjs-node is not there: its install script/);
    expect(problem).not.toContain("/a/b/c");
    expect(next).toContain("--allow-build=@tensorflow/tfjs-node");
  });

  it("says which package is missing, and how any other package fails to load", async () => {
    const missing = Object.assign(new Error("Cannot find package '@tensorflow/tfjs-backend-wasm'"), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    expect((await refusalOf("tfjs-wasm", () => Promise.reject(missing))).problem).toBe(
      "the package @tensorflow/tfjs-backend-wasm is not installed",
    );
    expect((await refusalOf("tfjs-wasm", () => Promise.reject(new Error("no wasm\nat x")))).problem).toBe(
      "the package @tensorflow/tfjs-backend-wasm does not load here: no wasm",
    );
  });

  it("is refused when its package registers no backend with this tfjs", async () => {
    expect((await refusalOf("tfjs-wasm", async () => ({ version_wasm: "4.22.0" }))).problem).toBe(
      "the backend of @tensorflow/tfjs-backend-wasm does not start here",
    );
  });

  it("leaves no handler of uncaught errors behind", async () => {
    const before = process.rawListeners("uncaughtException").length;
    await openOptional("tfjs-node", async () => {
      process.on("uncaughtException", () => undefined);
      return fakePackage(false);
    });
    expect(process.rawListeners("uncaughtException")).toHaveLength(before);
  });
});

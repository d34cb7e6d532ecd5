// Engines other than the two of every day: refused with the reason and what to install, probed without harm.
import { describe, expect, it } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { openEngine } from "./open.ts";
import { probeEngines } from "./probe.ts";
import { add, getBackend, tensor1d } from "./tensor.ts";

const refusal = async (name: string): Promise<RankbenchError | null> => {
  try {
    await (await openEngine(name)).dispose();
    return null;
  } catch (error) {
    if (error instanceof RankbenchError) return error;
    throw error;
  }
};

describe("an engine whose package is not installed", () => {
  it.each(["tfjs-node", "tfjs-node-gpu"])("%s is refused with the command that installs it", async (name) => {
    const error = await refusal(name);
    // On a machine that has the package there is nothing to refuse.
    if (error === null) return;
    expect(error.exitCode).toBe(5);
    expect(error.parts.thing).toBe(`engine ${name}`);
    expect(error.parts.next).toContain(
      `pnpm add -D --allow-build=@tensorflow/${name} @tensorflow/${name}@4.22.0`,
    );
  });

  it("leaves the engine that was open in place", async () => {
    const onnx = await openEngine("onnx");
    if ((await refusal("tfjs-node-gpu")) !== null) {
      expect(getBackend()).toBe("onnx");
      expect([...(await add(tensor1d([1]), 1).data())]).toEqual([2]);
    }
    await onnx.dispose();
  });
});

describe("probing", () => {
  it("tells for each engine its facts and device, or the reason and what to install", async () => {
    const [onnx, cpu, cuda] = await probeEngines(["onnx", "tfjs-cpu", "onnx-cuda"]);
    expect(onnx).toMatchObject({ name: "onnx", works: true, facts: { provider: "cpu", threads: 1 } });
    expect(cpu).toMatchObject({ name: "tfjs-cpu", works: true, facts: { optimisation: "none" } });
    if (cuda?.works === false) {
      expect(cuda.reason).toMatch(/cuda/i);
      expect(cuda.install).toContain("CUDA 12");
    } else expect(cuda?.device).toBeTruthy();
  });
});

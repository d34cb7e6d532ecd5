// Kernels that a backend does not have, refused by name: tfjs itself would end the run with an error that looks like a
// defect of Rankbench.
import { RankbenchError } from "#harness/failure/error.ts";
import type { EngineName } from "../engine.ts";
import { getKernelsForBackend, registerKernel } from "../tensor.ts";

const namesOf = (backendName: string): string[] =>
  getKernelsForBackend(backendName).map(({ kernelName }) => kernelName);

/** What the cpu backend computes and `backendName` cannot: after this each of these kernels says so when it is called. */
export async function refuseMissingKernels(engine: EngineName, backendName: string): Promise<void> {
  await import("@tensorflow/tfjs-backend-cpu");
  const there = new Set(namesOf(backendName));
  for (const kernelName of namesOf("cpu")) {
    if (there.has(kernelName)) continue;
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: () => {
        throw new RankbenchError({
          reason: "engine",
          problem: `it has no kernel ${kernelName}`,
          thing: `engine ${engine}`,
          field: "operation",
          value: kernelName,
          wanted: "a model and a method that do without it",
          next: "take engine onnx, which has all kernels",
        });
      },
    });
  }
}

import { expect, test } from "vitest";
import { probeLines } from "./list-engines.ts";

test("an engine that works is told with its versions and the device and driver that it found", () => {
  const lines = probeLines({
    name: "onnx-cuda",
    works: true,
    device: "NVIDIA H100, driver 550.54",
    facts: {
      name: "onnx-cuda",
      versions: { "onnxruntime-node": "1.30.0", "@tensorflow/tfjs-core": "4.22.0" },
      provider: "cuda",
      threads: 2,
      optimisation: "all",
    },
  });
  expect(lines).toEqual([
    "onnx-cuda     works    onnxruntime-node 1.30.0, @tensorflow/tfjs-core 4.22.0",
    "                       device: NVIDIA H100, driver 550.54",
    "                       provider cuda, 2 threads, optimisation all",
  ]);
});

test("an engine that does not work is told with the whole reason and what to install", () => {
  const lines = probeLines({ name: "tfjs-node", works: false, reason: "one\ntwo", install: "pnpm add it" });
  expect(lines).toEqual([
    "tfjs-node     missing  one",
    "                       two",
    "                       install: pnpm add it",
  ]);
});

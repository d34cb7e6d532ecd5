// First module of the bundled suite: puts the engine under test behind the suite's own test environment.
// It is bundled with tfjs's sources, so that tests, kernels and gradients share one copy of the library.
import "@tensorflow/tfjs-core/dist/index.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-backend-cpu";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";
import { replaceGradients } from "#harness/engine/gradients.ts";
import { OnnxBackend } from "#harness/engine/onnx/backend.ts";
import { convolutionBlock } from "#harness/engine/onnx/provider.ts";
import { registerKernels } from "#harness/engine/onnx/register.ts";
import { registerBackend } from "#harness/engine/tensor.ts";

const engine = process.env.CONFORMANCE_ENGINE;
replaceGradients();
if (engine === "onnx") {
  registerKernels("onnx");
  const provider = process.env.CONFORMANCE_PROVIDER === "webgpu" ? "webgpu" : "cpu";
  // The graph is taken as it is recorded: thousands of one-node programs are built, and optimising them costs the most.
  registerBackend(
    "onnx",
    async () => {
      const convBlock = provider === "cpu" ? await convolutionBlock() : 1;
      return new OnnxBackend({ threads: 1, optimisation: "basic", provider, convBlock }, 8, () => undefined);
    },
    1,
  );
  setTestEnvs([{ name: "onnx", backendName: "onnx", isDataSync: true }]);
} else {
  setTestEnvs([{ name: "cpu", backendName: "cpu", isDataSync: true }]);
}

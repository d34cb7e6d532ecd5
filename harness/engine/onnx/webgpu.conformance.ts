// Engine onnx-webgpu against the cpu oracle, wherever a WebGPU adapter is found: a graphics card, or software Vulkan from
// Debian's chromium-common and libvulkan1 (VK_ICD_FILENAMES, LD_LIBRARY_PATH). Elsewhere skipped, with the reason.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine.ts";
import { type HostOp, hostOp } from "../host-op.ts";
import { openEngine } from "../open.ts";
import {
  add,
  avgPool,
  conv2d,
  grad,
  matMul,
  maxPool,
  mul,
  ones,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tensor1d,
  tidy,
  variable,
  variableGrads,
} from "../tensor.ts";
import { mlp, type TestModel, transformer } from "../testing/models.ts";
import { tryProvider } from "./provider.ts";

const missing = await tryProvider("onnx-webgpu", "webgpu").then(
  () => null,
  (error: Error) => error.message.split("\n")[0] ?? "unknown reason",
);

const read = async (x: Tensor) => Array.from(await x.data());

async function gradients(engineName: string, model: TestModel): Promise<number[][]> {
  await openEngine(engineName);
  const p = model.parameters(7);
  const batch = model.batch(3);
  const { grads } = variableGrads(() => model.loss(p, batch) as Scalar);
  const out = [];
  for (const v of Object.values(p)) out.push(await read(grads[v.name] as Tensor));
  return out;
}

const worst = (a: number[][], b: number[][]) =>
  Math.max(
    ...a.map((x, i) => {
      const scale = Math.max(...x.map(Math.abs)) || 1;
      return Math.max(...x.map((v, k) => Math.abs(v - (b[i]?.[k] ?? Number.NaN)))) / scale;
    }),
  );

describe.skipIf(missing !== null)(`onnx-webgpu${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx-webgpu");
  });
  afterAll(() => engine.dispose());

  it.each([
    ["an MLP", mlp()],
    ["a two-layer transformer", transformer()],
  ])(
    "computes the gradients of %s as the cpu oracle does, within 1e-5 of each tensor's scale",
    async (_, model) => {
      const oracle = await gradients("tfjs-cpu", model);
      const ours = await gradients("onnx-webgpu", model);
      expect(worst(oracle, ours)).toBeLessThan(1e-5);
    },
  );

  it("trains with weights that stay on the device, and leaves nothing there", async () => {
    await openEngine("onnx-webgpu");
    const x = tensor(
      Float32Array.from({ length: 64 * 8 }, (_, i) => Math.sin(i)),
      [64, 8],
    );
    const w = tidy(() => variable(ones([8, 4])));
    const losses: number[] = [];
    const before = engine.liveTensors();
    for (let step = 0; step < 10; step++) {
      const { value, grads } = variableGrads(() => sum(square(sub(matMul(x, w), 0.5))) as Scalar, [w]);
      const g = grads[w.name] as Tensor;
      tidy(() => w.assign(sub(w, mul(g, 0.005)) as never));
      g.dispose();
      await engine.settle();
      losses.push((await value.data())[0] ?? Number.NaN);
      value.dispose();
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(engine.liveTensors()).toBe(before);
  });

  it("runs host operations on what it computed", async () => {
    await openEngine("onnx-webgpu");
    const op: HostOp = {
      name: "Increment",
      outputs: [{ shape: [32], dtype: "float32", over: 0 }],
      run: (_inputs, [out]) => {
        for (let i = 0; i < (out?.length ?? 0); i++) if (out) out[i] = (out[i] ?? 0) + 1;
      },
    };
    const x = mul(ones([32]), 2);
    const [y] = hostOp(op, [x]);
    x.dispose();
    expect(await read(add(y as Tensor, 1))).toEqual(Array.from({ length: 32 }, () => 4));
  });

  it("differentiates convolution and pooling", async () => {
    const data = Float32Array.from({ length: 2 * 6 * 6 * 3 }, (_, i) => Math.cos(3 * i));
    const filter = Float32Array.from({ length: 3 * 3 * 3 * 4 }, (_, i) => Math.sin(5 * i));
    const run = async (name: string) => {
      await openEngine(name);
      const w = tensor(filter, [3, 3, 3, 4]) as Tensor4D;
      const f = (x: Tensor) => {
        const y = conv2d(x as Tensor4D, w, 1, "same");
        return sum(square(add(maxPool(y, 2, 2, "same"), avgPool(y, 2, 2, "same"))));
      };
      return read(grad(f)(tensor(data, [2, 6, 6, 3])));
    };
    expect(worst([await run("tfjs-cpu")], [await run("onnx-webgpu")])).toBeLessThan(1e-5);
  });

  it("serves synchronous reads", async () => {
    await openEngine("onnx-webgpu");
    expect([...add(tensor1d([1, 2]), 1).dataSync()]).toEqual([2, 3]);
  });
});

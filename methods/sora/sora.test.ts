import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declaredOn, largestGap, makeToy, scoresOf, setupOn, trainOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { tensor1d, tensor2d } from "#harness/engine/tensor.ts";
import { normal } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import { LoraLinear } from "#harness/nn/lora-linear.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { adam } from "#harness/optim/adam.ts";
import { softThreshold, thresholded } from "#harness/optim/soft-threshold.ts";
import { drive } from "#harness/optim/testing/drive.ts";
import { stream } from "#harness/random/stream.ts";
import { makeCalibration } from "#harness/train/calibration.ts";
import { method } from "./method.ts";
import { SoraLinear } from "./sora-linear.ts";

describe("sora", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains r (in + out + 1) numbers a map and the head", async () => {
    // Two blocks: query and ffn-in at rank 3 with 3 gates each; the head.
    const { trainable } = await declaredOn(engine, method, {
      rank: "3",
      targets: "query,ffn-in",
      sparsity: "0.1",
    });
    expect(trainable).toBe(2 * (3 * (16 + 20) + 6) + 18);
  });

  it("with every gate at 1 is LoRA: the same scores and the same merged weight to the bit", async () => {
    const random = stream(43, "sora-test");
    const [m, n, r] = [6, 5, 3];
    const weight = normal(m * n, 1, random);
    const options = { rank: r, scale: 2, a: normal(m * r, 1, random), b: normal(r * n, 1, random) };
    const base = () => new Linear("m", m, n, { weight, bias: null });
    const sora = new SoraLinear("m", base(), options, new Float32Array(r).fill(1));
    const lora = new LoraLinear("m", base(), options);
    const x = tensor2d(normal(4 * m, 1, random), [4, m]);
    const outputs = [sora.apply(x, EVALUATION), lora.apply(x, EVALUATION)];
    await engine.settle();
    const [gated, plain] = await Promise.all(outputs.map((y) => y.data()));
    expect(gated).toEqual(plain);
    const merged = await Promise.all(
      [sora, lora].map(async (module) => (await module.merge()).weight.read()),
    );
    expect(merged[0]).toEqual(merged[1]);
  });

  it("thresholds as the textbook, or as the released code on request", async () => {
    const x = tensor1d([0.12, 0.19, 0.21, -0.25, 0.05, 0]);
    const textbook = softThreshold(x, { threshold: 0.1, released: false });
    const released = softThreshold(x, { threshold: 0.1, released: true });
    await engine.settle();
    expect(largestGap(await textbook.data(), [0.02, 0.09, 0.11, -0.15, 0, 0])).toBeLessThan(1e-6);
    expect(largestGap(await released.data(), [0, 0, 0.11, -0.15, 0, 0])).toBeLessThan(1e-6);
    expect(Math.abs((await textbook.data())[4] as number)).toBe(0);
  });

  it("with no gradient a gate of size g closes after ceil(g / xi) steps and stays exactly 0", async () => {
    const start = Float32Array.of(0.31, -0.12, 0.05);
    const gradients = Array.from({ length: 5 }, () => new Float32Array(3));
    const optimizer = thresholded(adam(), { threshold: 0.1, released: false });
    const { values } = await drive(engine, optimizer, { shape: [3], start, gradients, learningRate: 0.01 });
    const closedAt = [0, 1, 2].map((i) => 1 + values.findIndex((v) => v[i] === 0 || Object.is(v[i], -0)));
    expect(closedAt).toEqual([4, 2, 1]);
    expect([...(values[4] ?? [])].map(Math.abs)).toEqual([0, 0, 0]);
  });

  it("a closed gate stops its direction's gradients, not its own", async () => {
    const toy = await makeToy(engine);
    await setupOn(toy, method, { rank: "2", targets: "ffn-in" });
    const module = toy.model.sites.find(({ path }) => path === "layer.1.ffn.in")?.module as SoraLinear;
    module.b.load(new Float32Array(24).fill(0.3));
    module.gate.load(Float32Array.of(0, 1));
    await makeCalibration(toy.run, toy.model).perExampleGradients(
      [module.a, module.b, module.gate],
      1,
      (gradients) => {
        const [a, b, gate] = [module.a, module.b, module.gate].map(
          (param) => gradients.get(param) ?? new Float32Array(),
        );
        expect(a?.filter((_, at) => at % 2 === 0).every((g) => g === 0)).toBe(true);
        expect(b?.subarray(0, 12).every((g) => g === 0)).toBe(true);
        expect(a?.filter((_, at) => at % 2 === 1).some((g) => g !== 0)).toBe(true);
        expect(gate?.[0]).not.toBe(0);
      },
    );
  });

  it("closes gates during training, tells each map's rank, and the merge of open directions is the gated function", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { rank: "4", threshold: "0.1", targets: "query,value" });
    await trainOn(toy, made);
    const gates = await Promise.all(
      toy.model.sites.flatMap(({ module }) =>
        module instanceof SoraLinear ? [module.gate.read().then((g) => [...g])] : [],
      ),
    );
    const open = gates.map((gate) => gate.filter((g) => g !== 0).length);
    expect(open.reduce((a, b) => a + b, 0)).toBeLessThan(16);
    expect(open.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
    const before = await scoresOf(toy);
    await made.finish?.();
    expect(largestGap(await scoresOf(toy), before)).toBeLessThan(1e-5);
    expect(toy.run.reporter.notes.join("\n")).toContain(`of 4: ${open.join(" ")};`);
  });
});

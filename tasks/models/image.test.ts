// Image models against PyTorch's numbers (scripts/golden/image-models.py), published sizes, and the promises of backbones.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Tensor, tensor } from "#harness/engine/tensor.ts";
import { type Model, stateOf } from "#harness/nn/model.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { imageBackbones } from "./image.ts";
import { freshVit, VisionTransformer } from "./vit.ts";

type Golden = Readonly<Record<"lenet" | "resnet20" | "vit", Readonly<Record<string, readonly number[]>>>>;
const golden = JSON.parse(await readFile(new URL("./image.golden.json", import.meta.url), "utf8")) as Golden;

const IDS = ["lenet", "resnet20", "vit-tiny"] as const;
const OUTPUTS = 10;
const build = (id: string, seed = 0): Promise<Model> =>
  imageBackbones.model(id, { outputs: OUTPUTS, init: stream(seed, "init") });

/** The formula of the golden script. */
function values(name: string, count: number, spread: number, centre = 0): Float32Array {
  const start = [...name].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return Float32Array.from(
    { length: count },
    (_, i) => centre + spread * Math.sin(0.7 * i + 0.01 * i * i + start),
  );
}

/** Gives every parameter the numbers that the golden script gives it. */
function fill(model: Model): void {
  for (const { name, role, shape, size, ...param } of model.params().map((each) => ({
    name: each.name,
    role: each.role,
    shape: each.shape,
    size: each.size,
    load: (numbers: Float32Array) => each.load(numbers),
  }))) {
    const isNorm = role === "norm";
    if (role === "embedding") param.load(values(name, size, 0.5));
    else if (role === "matrix") param.load(values(name, size, 1.5 / Math.sqrt(shape[0] ?? 1)));
    else if (name.endsWith(".weight")) param.load(values(name, size, 0.5, 1));
    else param.load(values(name, size, isNorm ? 0.2 : 0.1));
  }
}

describe("image models", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx", {});
  });
  afterAll(async () => engine.dispose());

  const read = async (value: Tensor): Promise<readonly number[]> => {
    await engine.settle();
    return [...(await value.data())];
  };
  const near = (found: readonly number[], wanted: readonly number[] | undefined): void => {
    expect(found.length).toBe(wanted?.length);
    for (const [i, value] of found.entries()) expect(value, `${i}`).toBeCloseTo(wanted?.[i] ?? Number.NaN, 3);
  };
  const pixels = (side: number, channels: number) =>
    tensor(values("pixels", 2 * side * side * channels, 1), [2, side, side, channels]);

  it("LeNet scores as PyTorch does with the same weights", async () => {
    const model = await build("lenet");
    fill(model);
    near(await read(model.forward({ pixels: pixels(28, 1) }, EVALUATION)), golden.lenet.evaluation);
    model.dispose();
  });

  it("ResNet-20 scores as PyTorch does, in training and then in evaluation by its running statistics", async () => {
    const model = await build("resnet20");
    fill(model);
    const inputs = { pixels: pixels(32, 3) };
    near(await read(model.forward(inputs, { training: true })), golden.resnet20.training);
    near(await read(model.forward(inputs, EVALUATION)), golden.resnet20.evaluation);
    model.dispose();
  });

  it("the vision transformer scores as PyTorch's operations do with the same weights", async () => {
    const init = stream(0, "init");
    const model = new VisionTransformer({ weights: freshVit(init), outputs: OUTPUTS, init });
    fill(model);
    near(await read(model.forward({ pixels: pixels(32, 3) }, EVALUATION)), golden.vit.evaluation);
    model.dispose();
  });

  it("have the published sizes: LeNet-5 with a full second convolution, ResNet-20 of 0.27 M and 41 M multiply-adds", async () => {
    const cost = async (id: string) => {
      const model = await build(id);
      const parameters = model.params().reduce((total, param) => total + param.size, 0);
      const made = [parameters, stateOf(model).length, model.multiplyAdds({})];
      model.dispose();
      return made;
    };
    const lenetMaps = 28 * 28 * 25 * 6 + 10 * 10 * 150 * 16 + 400 * 120 + 120 * 84 + 84 * 10;
    expect(await cost("lenet")).toEqual([61_706, 0, lenetMaps]);
    // He et al. 2016, table 6 gives 0.27 M; 269,722 is the count of public option-A implementations.
    expect(await cost("resnet20")).toEqual([269_722, 2 * 19, 40_551_040]);
    const [parameters] = await cost("vit-tiny");
    const block = 4 * (96 * 96 + 96) + 96 * 192 + 192 + 192 * 96 + 96 + 4 * 96;
    expect(parameters).toBe(48 * 96 + 96 + 64 * 96 + 4 * block + 2 * 96 + 96 * 10 + 10);
  });

  it.each(IDS)(
    "%s has the places it announced, every site seen once, and one draw gives one model",
    async (id) => {
      const model = await build(id, 1);
      const linear = model.sites.flatMap((site) =>
        site.kind === "linear"
          ? [{ kind: site.kind, path: site.path, role: site.role, block: site.block }]
          : [],
      );
      expect(linear).toEqual(imageBackbones.places(id));
      const { side, channels } = imageBackbones.input(id);
      const inputs = { pixels: pixels(side, channels) };
      const seen: string[] = [];
      const scores = await read(
        model.forward(inputs, { training: false, observe: (path) => void seen.push(path) }),
      );
      expect([...seen].sort()).toEqual(linear.map(({ path }) => path).sort());
      near(await read(model.forward(inputs, EVALUATION)), scores);
      const again = await build(id, 1);
      expect(await read(again.forward(inputs, EVALUATION))).toEqual(
        await read(model.forward(inputs, EVALUATION)),
      );
      const other = await build(id, 2);
      expect(await read(other.forward(inputs, EVALUATION))).not.toEqual(scores);
      for (const each of [model, again, other]) each.dispose();
    },
  );

  it("are refused for a backbone that nobody knows, with the nearest name", () => {
    expect(() => imageBackbones.places("resnet2")).toThrow(/did you mean "resnet20"/);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import type { Tensor } from "#harness/engine/tensor.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearModule } from "#harness/nn/module.ts";
import { Param } from "#harness/nn/param.ts";
import type { LinearSite } from "#harness/nn/site.ts";
import { countDeployed, countTraining, hashWeights } from "./parameters.ts";

/** A map that keeps 4-bit codes and one scale a row, as a quantiser would. */
function codedMap(): LinearModule {
  const shadow = new Param("coded.weight", [3, 2], new Float32Array(6), { role: "matrix" });
  return {
    inFeatures: 3,
    outFeatures: 2,
    params: () => [shadow],
    stored: () => [
      { what: "codes", count: 6, bits: 4 },
      { what: "scales", count: 2, bits: 32 },
    ],
    apply: (x: Tensor) => x,
    multiplyAdds: () => 6,
  };
}

function model(first: LinearModule): Model {
  const site = (path: string, role: LinearSite["role"], module: LinearModule): LinearSite => ({
    kind: "linear",
    path,
    role,
    block: null,
    module,
  });
  const head = site(
    "head",
    "head",
    new Linear("head", 2, 2, { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(5, 6) }),
  );
  const sites = [site("first", "dense", first), head];
  return {
    sites,
    head,
    params: () => sites.flatMap((each) => each.module.params()),
    forward: () => {
      throw new Error("not used");
    },
    features: () => {
      throw new Error("not used");
    },
    multiplyAdds: () => 0,
    dispose: () => {},
  };
}

describe("counting", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());
  const dense = () => new Linear("first", 3, 2, { weight: new Float32Array(6), bias: new Float32Array(2) });

  it("counts trainable parameters with and without the head, and all of them", () => {
    const counted = model(dense());
    expect(countTraining(counted)).toEqual({ trainable: 14, trainableWithoutHead: 8, all: 14 });
    for (const param of counted.sites[0]?.module.params() ?? []) param.trainable = false;
    expect(countTraining(counted)).toEqual({ trainable: 6, trainableWithoutHead: 0, all: 14 });
  });

  it("counts deployed bytes at the stored width, and what a module says it stores", () => {
    expect(countDeployed(model(dense()))).toEqual({ parameters: 14, bytes: 56 });
    // 6 codes of 4 bits are 3 bytes, 2 scales 8, the head 24.
    expect(countDeployed(model(codedMap()))).toEqual({ parameters: 6 + 2 + 6, bytes: 3 + 8 + 24 });
  });

  it("hashes equal weights equally and tells one changed bit", async () => {
    const [a, b] = [model(dense()), model(dense())];
    const before = await hashWeights(a);
    expect(await hashWeights(b)).toBe(before);
    b.head.module.params()[0]?.load(Float32Array.of(1, 2, 3, 4.0000005));
    expect(await hashWeights(b)).not.toBe(before);
  });
});

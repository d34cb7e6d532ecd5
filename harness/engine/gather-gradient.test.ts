import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import type { Engine } from "./engine.ts";
import { openEngine } from "./open.ts";
import { gather, grad, mul, sum, type Tensor, tensor } from "./tensor.ts";

const ROWS = 70_000;
const WIDTH = 16;
const IDS = Int32Array.of(3, 69_999, 3, 0, 12, 3);

for (const name of ["tfjs-cpu", "onnx"] as const) {
  describe(`gradient of a large table on ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await openEngine(name, {});
    });
    afterAll(async () => engine.dispose());

    it("adds up the rows of repeated ids and is zero elsewhere", async () => {
      const random = stream(0, "gather-gradient");
      const dy = Float32Array.from({ length: IDS.length * WIDTH }, () => random.normal());
      const table = tensor(new Float32Array(ROWS * WIDTH).fill(0.5), [ROWS, WIDTH]);
      const ids = tensor(IDS, [2, 3], "int32");
      const weights = tensor(dy, [2, 3, WIDTH]);
      const gradient = grad((x: Tensor) => sum(mul(gather(x, ids), weights)))(table);
      await engine.settle();
      const found = await gradient.data<"float32">();
      const wanted = new Float32Array(ROWS * WIDTH);
      for (const [k, row] of IDS.entries())
        for (let j = 0; j < WIDTH; j++) {
          const at = row * WIDTH + j;
          wanted[at] = (wanted[at] ?? 0) + (dy[k * WIDTH + j] ?? 0);
        }
      expect(gradient.shape).toEqual([ROWS, WIDTH]);
      expect(
        Buffer.from(found.buffer, found.byteOffset, found.byteLength).equals(Buffer.from(wanted.buffer)),
      ).toBe(true);
    });
  });
}

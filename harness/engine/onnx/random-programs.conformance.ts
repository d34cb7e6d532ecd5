// Random programs: 2,000 of them on engine onnx against the cpu oracle (`pnpm conformance:programs` runs any number).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine.ts";
import { openEngine } from "../open.ts";
import { comparePrograms, PROGRAM_OPTIONS } from "../testing/compare-programs.ts";

const COUNT = 2000;
const BLOCK = 250;

let onnx: Engine;
beforeAll(async () => {
  onnx = await openEngine("onnx", PROGRAM_OPTIONS);
});
afterAll(() => onnx.dispose());

describe("random programs", () => {
  const blocks = Array.from({ length: COUNT / BLOCK }, (_, i) => i * BLOCK);
  it.each(blocks)(`agree with the cpu oracle, from number %i, ${BLOCK} of them`, async (from) => {
    expect(await comparePrograms("onnx", from, BLOCK)).toEqual([]);
  });
});

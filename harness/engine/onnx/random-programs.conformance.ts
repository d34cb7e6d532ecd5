// Random programs: 2,000 of them on engine onnx against the cpu oracle (RANDOM_PROGRAMS sets another count or range).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine.ts";
import { openEngine } from "../open.ts";
import { randomProgram, runProgram } from "../testing/random-program.ts";

const COUNT = Number(process.env.RANDOM_PROGRAMS ?? 2000);
const FIRST = Number(process.env.RANDOM_PROGRAMS_FROM ?? 0);
const BLOCK = 250;
/** Each program is built once and run once: the engine would warn of it. */
const OPTIONS = { maxPrograms: 8, onWarning: () => undefined };
/** Relative to 1: values are bounded, and errors of single precision grow over some twenty operations. */
const TOLERANCE = 2e-4;

let onnx: Engine;
beforeAll(async () => {
  onnx = await openEngine("onnx", OPTIONS);
});
afterAll(() => onnx.dispose());

describe("random programs", () => {
  const blocks = Array.from({ length: Math.ceil(COUNT / BLOCK) }, (_, i) => FIRST + i * BLOCK);
  it.each(blocks)(`agree with the cpu oracle, from number %i, ${BLOCK} of them`, async (from) => {
    const before = onnx.liveTensors();
    const count = Math.min(BLOCK, FIRST + COUNT - from);
    const programs = Array.from({ length: count }, (_, i) => randomProgram(from + i));
    const cpu = await openEngine("tfjs-cpu");
    const wanted = [];
    for (const program of programs) wanted.push(await runProgram(program, () => cpu.settle()));
    await openEngine("onnx", OPTIONS);
    for (const [i, program] of programs.entries()) {
      const oracle = wanted[i];
      const ours = await runProgram(program, () => onnx.settle());
      const names = program.steps.map((step) => step.name).join(", ");
      expect([...ours.keys()]).toEqual([...(oracle?.keys() ?? [])]);
      for (const [id, { shape, values }] of ours) {
        const other = oracle?.get(id);
        expect(shape, `shape of slot ${id} of program ${program.seed}: ${names}`).toEqual(other?.shape);
        const worst = values.reduce((max, x, k) => {
          const y = other?.values[k] ?? Number.NaN;
          const difference = Object.is(x, y) ? 0 : Math.abs(x - y) / Math.max(1, Math.abs(y));
          return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(max, difference);
        }, 0);
        expect(worst, `slot ${id} of program ${program.seed}: ${names}`).toBeLessThan(TOLERANCE);
      }
    }
    expect(onnx.liveTensors()).toBe(before);
  });
});

// Random programs on an engine against the cpu oracle: what differs, and the shortest program that still differs.
import type { Engine, EngineName, EngineOptions } from "../engine.ts";
import { openEngine } from "../open.ts";
import { type ProgramResult, type RandomProgram, randomProgram, runProgram } from "./random-program.ts";

/** Relative to 1: values are bounded, and errors of single precision grow over some twenty operations. */
const TOLERANCE = 2e-4;

/** Each program is built once and run once: the engine would warn of it. */
export const PROGRAM_OPTIONS: EngineOptions = { maxPrograms: 8, onWarning: () => undefined };

export interface Mismatch {
  readonly seed: number;
  /** The first difference, or the error that the engine threw. */
  readonly what: string;
  readonly steps: readonly string[];
}

const relative = (x: number, y: number): number => {
  if (Object.is(x, y)) return 0;
  const difference = Math.abs(x - y) / Math.max(1, Math.abs(y));
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
};

/** How what an engine computed differs from what the oracle did; null when it agrees. */
export function differenceOf(ours: ProgramResult, oracle: ProgramResult): string | null {
  if (String([...ours.keys()]) !== String([...oracle.keys()]))
    return `alive at the end: slots ${[...ours.keys()]}, wanted ${[...oracle.keys()]}`;
  for (const [id, wanted] of oracle) {
    const { shape, values } = ours.get(id) ?? { shape: [], values: [] };
    if (String(shape) !== String(wanted.shape) || values.length !== wanted.values.length)
      return `slot ${id} has shape [${shape}], wanted [${wanted.shape}]`;
    for (const [k, y] of wanted.values.entries()) {
      const x = values[k] ?? Number.NaN;
      if (relative(x, y) >= TOLERANCE) return `slot ${id}[${k}] of shape [${shape}] is ${x}, wanted ${y}`;
    }
  }
  return null;
}

/** Runs a program on an engine; its error instead of a result when it throws. */
async function attempt(program: RandomProgram, engine: Engine): Promise<ProgramResult | string> {
  try {
    return await runProgram(program, () => engine.settle());
  } catch (error) {
    return `throws: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const nameOf = (program: RandomProgram): string[] => program.steps.map((step) => step.name);

/**
 * Programs `from` to `from + count - 1` on `name` and on the oracle. Both engines stay open. A leak is told as a mismatch
 * of the first program.
 */
export async function comparePrograms(name: EngineName, from: number, count: number): Promise<Mismatch[]> {
  const programs = Array.from({ length: count }, (_, i) => randomProgram(from + i));
  const cpu = await openEngine("tfjs-cpu");
  const wanted: ProgramResult[] = [];
  for (const program of programs) wanted.push(await runProgram(program, () => cpu.settle()));
  const engine = await openEngine(name, PROGRAM_OPTIONS);
  const before = engine.liveTensors();
  const found: Mismatch[] = [];
  for (const [i, program] of programs.entries()) {
    const ours = await attempt(program, engine);
    const what = typeof ours === "string" ? ours : differenceOf(ours, wanted[i] ?? new Map());
    if (what !== null) found.push({ seed: program.seed, what, steps: nameOf(program) });
  }
  const leaked = engine.liveTensors() - before;
  if (leaked !== 0 && found.length === 0)
    found.push({ seed: from, what: `${leaked} tensors of the block stay alive`, steps: [] });
  return found;
}

/** Whether a program runs on the oracle, and differs on the engine. */
async function differs(program: RandomProgram, name: EngineName): Promise<string | null> {
  const cpu = await openEngine("tfjs-cpu");
  const wanted = await attempt(program, cpu);
  if (typeof wanted === "string") return null;
  const ours = await attempt(program, await openEngine(name, PROGRAM_OPTIONS));
  return typeof ours === "string" ? ours : differenceOf(ours, wanted);
}

/** Leaves out steps as long as the rest still runs on the oracle and differs on the engine; from the end, until none can go. */
export async function shrinkProgram(name: EngineName, seed: number): Promise<Mismatch | null> {
  let program = randomProgram(seed);
  let what = await differs(program, name);
  if (what === null) return null;
  for (let removed = true; removed; ) {
    removed = false;
    for (let i = program.steps.length - 1; i >= 0; i--) {
      const shorter = { seed, steps: program.steps.filter((_, k) => k !== i) };
      const still = await differs(shorter, name);
      if (still === null) continue;
      program = shorter;
      what = still;
      removed = true;
    }
  }
  return { seed, what, steps: nameOf(program) };
}

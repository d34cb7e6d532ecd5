// `pnpm conformance:programs`: random programs on engine onnx against the cpu oracle, far more of them than CI has time
// for. Prints progress, every program that differs with the shortest form that still does, and a summary; exit code 1
// when one differs.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Mismatch } from "#harness/engine/testing/compare-programs.ts";
import { givenWords, isWhole, refuse } from "../command-line.ts";
import type { Block } from "./programs-child.ts";

const BLOCK = 250;
/** Sessions leave some kilobytes each behind, so a process is replaced after so many blocks. */
const BLOCKS_PER_PROCESS = 80;
const PROGRESS_PROGRAMS = 10_000;

interface Answer extends Block {
  readonly mismatches: readonly Mismatch[];
}

const USAGE = "usage: pnpm conformance:programs [--count N] [--seed FIRST] [--jobs PROCESSES]";

function readOptions(): { readonly count: number; readonly first: number; readonly jobs: number } {
  const { values } = parseArgs({
    args: givenWords(),
    options: {
      count: { type: "string", default: "10000" },
      seed: { type: "string", default: "0" },
      jobs: { type: "string", default: "1" },
    },
  });
  const [count, first, jobs] = [Number(values.count), Number(values.seed), Number(values.jobs)];
  if (!isWhole(count, 1) || !isWhole(first, 0) || !isWhole(jobs, 1))
    refuse("--count and --jobs are whole numbers of at least 1, --seed one of at least 0", USAGE);
  return { count, first, jobs };
}

const { count, first, jobs } = readOptions();
const started = performance.now();
const found: Mismatch[] = [];
let next = first;
let done = 0;

const seconds = (): number => (performance.now() - started) / 1000;

function takeBlock(): Block | null {
  if (next >= first + count) return null;
  const block = { from: next, count: Math.min(BLOCK, first + count - next) };
  next += block.count;
  return block;
}

function note({ count: programs, mismatches }: Answer): void {
  const before = done;
  done += programs;
  for (const mismatch of mismatches) {
    found.push(mismatch);
    console.log(`program ${mismatch.seed}: ${mismatch.what}\n  shortest form: ${mismatch.steps.join(", ")}`);
  }
  if (Math.floor(before / PROGRESS_PROGRAMS) !== Math.floor(done / PROGRESS_PROGRAMS) || done === count)
    console.log(
      `${done} of ${count} programs, ${found.length} differ, ${(done / seconds()).toFixed(0)} a second`,
    );
}

const CHILD = fileURLToPath(new URL("./programs-child.ts", import.meta.url));

/** One process that works through blocks until it is worn out or none is left. */
function work(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(CHILD, [], { execArgv: ["--import", "tsx"] });
    let current: Block | null = null;
    let left = BLOCKS_PER_PROCESS;
    const give = (): void => {
      current = left-- > 0 ? takeBlock() : null;
      if (current === null) child.disconnect();
      else child.send(current);
    };
    child.on("message", (answer: Answer) => {
      note(answer);
      give();
    });
    child.on("exit", (code, signal) => {
      if (current === null) resolve();
      else reject(new Error(`the process of programs from ${current.from} ended by ${signal ?? code}`));
    });
    give();
  });
}

async function workAll(): Promise<void> {
  while (next < first + count) await work();
}

await Promise.all(Array.from({ length: jobs }, workAll));
console.log(
  `random programs: ${done - found.length} agree, ${found.length} differ; numbers ${first} to ${first + count - 1}, ${seconds().toFixed(0)} s`,
);
if (found.length > 0) process.exitCode = 1;

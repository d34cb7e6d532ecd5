// `pnpm fuzz`: mutates run records, configurations, task files' own words and sweep files, and counts what comes of it. Prints
// every kind of failure with its number and input; the last line has the counts; exit code 1 when anything failed.
import { parseArgs } from "node:util";
import { givenWords, isWhole, refuse } from "../command-line.ts";
import { fuzzTargets, type Target } from "./fuzz-targets.ts";

const USAGE = "usage: pnpm fuzz [--count 2000] [--seed FIRST] [--target records]";
/** One mutation that takes longer is a failure: something grows with its input as nothing should. */
const LIMIT_MS = 5000;
const SHOWN = 20;

const { values } = parseArgs({
  args: givenWords(),
  options: {
    count: { type: "string", default: "2000" },
    seed: { type: "string", default: "0" },
    target: { type: "string" },
  },
});
const [count, first] = [Number(values.count), Number(values.seed)];
if (!isWhole(count, 1) || !isWhole(first, 0))
  refuse("--count is a whole number of at least 1, --seed one of at least 0", USAGE);
const all = await fuzzTargets();
const targets = all.filter(({ id }) => values.target === undefined || id === values.target);
if (targets.length === 0) refuse(`--target is one of ${all.map(({ id }) => id).join(", ")}`, USAGE);

interface Tally {
  parsed: number;
  refused: number;
  failed: number;
  slowest: number;
}

function fuzz(target: Target, from: number, to: number): Tally {
  const tally: Tally = { parsed: 0, refused: 0, failed: 0, slowest: 0 };
  const told = new Set<string>();
  for (let number = from; number < to; number++) {
    // Time of the processor: on a busy machine the other is that of its neighbours.
    const before = process.cpuUsage();
    const verdict = target.try(number);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    tally.slowest = Math.max(tally.slowest, took);
    const failure =
      verdict.kind === "failed"
        ? verdict
        : took > LIMIT_MS
          ? { message: `took ${Math.round(took)} ms`, input: "" }
          : undefined;
    if (failure === undefined && verdict.kind !== "failed") {
      tally[verdict.kind]++;
      continue;
    }
    tally.failed++;
    const message = failure?.message ?? "";
    if (told.has(message) || told.size >= SHOWN) continue;
    told.add(message);
    console.log(`${target.id} ${number}: ${message}\n  input: ${JSON.stringify(failure?.input)}`);
  }
  return tally;
}

const began = performance.now();
const tallies = targets.map((target, index) => {
  // The parts add up to the count, whatever the number of targets.
  const [from, to] = [index, index + 1].map((part) => first + Math.floor((count * part) / targets.length));
  const tally = fuzz(target, from ?? first, to ?? first);
  const { parsed, refused, failed, slowest } = tally;
  console.log(
    `${target.id}: ${parsed + refused + failed} mutations, ${parsed} parsed, ${refused} refused, ${failed} failed, slowest ${Math.round(slowest)} ms; ${target.what}`,
  );
  return tally;
});
const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
const failed = sum((tally) => tally.failed);
console.log(
  `fuzz: ${count} mutations, ${sum((tally) => tally.parsed)} parsed, ${sum((tally) => tally.refused)} refused, ${failed} failed (${((performance.now() - began) / 1000).toFixed(0)} s)`,
);
process.exitCode = failed > 0 ? 1 : 0;

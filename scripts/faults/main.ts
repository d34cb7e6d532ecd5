// `pnpm faults`: injects faults of every kind into real commands in scratch checkouts and inspects what they leave. A line a
// round, a table by kind, and the counts on the last line; exit code 1 when something was lost, corrupt or stuck.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { nearest } from "#harness/failure/suggest.ts";
import { givenWords, isWhole, refuse } from "../command-line.ts";
import { KINDS, planRounds, type RoundResult, runCampaign } from "./campaign.ts";
import type { Violation } from "./inspect.ts";

const USAGE = "usage: pnpm faults [--count 220] [--seed 1] [--jobs 2] [--kinds kill-worker,hang]";

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly jobs: number;
  readonly kinds: readonly string[];
}

function readOptions(): Options {
  const { values } = parseArgs({
    args: givenWords(),
    options: {
      count: { type: "string", default: "220" },
      seed: { type: "string", default: "1" },
      jobs: { type: "string", default: String(Math.min(2, availableParallelism())) },
      kinds: { type: "string" },
    },
  });
  const [count, seed, jobs] = [Number(values.count), Number(values.seed), Number(values.jobs)];
  if (!isWhole(count, 1) || !isWhole(jobs, 1) || !isWhole(seed, 0))
    refuse("--count and --jobs are whole numbers of at least 1, --seed one of at least 0", USAGE);
  const known = KINDS.map(({ id }) => id);
  const kinds = values.kinds?.split(",") ?? known;
  for (const id of kinds) {
    if (known.includes(id)) continue;
    const near = nearest(id, known);
    refuse(
      `unknown kind "${id}"${near === undefined ? "" : `; did you mean "${near}"?`} (${known.join(", ")})`,
      USAGE,
    );
  }
  return { count, seed, jobs, kinds };
}

const countOf = (results: readonly RoundResult[], what: Violation["what"]): number =>
  results.flatMap(({ violations }) => violations).filter((violation) => violation.what === what).length;

const { count, seed, jobs, kinds } = readOptions();
const began = performance.now();
const chosen = KINDS.filter(({ id }) => kinds.includes(id));
const possible = chosen.filter((kind) => {
  const reason = kind.missing?.() ?? null;
  if (reason !== null) console.log(`${kind.id}: left out, ${reason}`);
  return reason === null;
});
const rounds = planRounds(count, possible);
let ended = 0;
const results = await runCampaign({
  rounds,
  seed,
  jobs,
  onRound({ kind, index, injected, violations, seconds }) {
    ended++;
    const said = violations.length === 0 ? "all there, same bits" : `${violations.length} VIOLATIONS`;
    console.log(
      `[${ended}/${rounds.length}] ${kind.id} ${index}: ${injected} injected, ${said} (${seconds.toFixed(1)} s)`,
    );
    for (const { what, detail } of violations) console.log(`  ${what}: ${detail}`);
  },
});

console.log("");
for (const { id, what } of possible) {
  const injected = results.filter(({ kind }) => kind.id === id).reduce((sum, each) => sum + each.injected, 0);
  console.log(`${String(injected).padStart(4)}  ${id.padEnd(20)} ${what}`);
}
const injected = results.reduce((sum, each) => sum + each.injected, 0);
const stuck = countOf(results, "stuck");
console.log(`\nseed ${seed}, ${((performance.now() - began) / 1000).toFixed(0)} s`);
console.log(
  `faults: ${injected} injected, ${countOf(results, "lost")} lost, ${countOf(results, "corrupt")} corrupt${
    stuck === 0 ? "" : `, ${stuck} stuck`
  }`,
);
process.exitCode = results.some(({ violations }) => violations.length > 0) ? 1 : 0;

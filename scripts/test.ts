// `pnpm test`: types, lint, import arrows, TensorFlow.js's own suite, then the three Vitest projects, with output as it comes and counts added up.
// Goes on after a step that fails; `--only types,unit` picks steps. The last line is `N passed, N failed, N skipped`.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { nearest } from "#harness/failure/suggest.ts";
import { packageProgram } from "./package-program.ts";
import { ROOT } from "./root.ts";
import { add, type Counts, countCommand, countProject, lastLine, NO_COUNTS } from "./test-counts.ts";

const COMMANDS: Readonly<Record<string, () => readonly string[]>> = {
  types: () => [packageProgram("typescript"), "--noEmit", "--pretty"],
  "site-types": () => [packageProgram("typescript"), "--noEmit", "--pretty", "-p", "site"],
  lint: () => [packageProgram("@biomejs/biome"), "check", "."],
  arrows: () => ["--import", "tsx", "scripts/arrows/main.ts"],
  "tfjs-suite": () => ["--import", "tsx", "scripts/conformance/run.ts"],
};
const PROJECTS = ["unit", "conformance", "e2e"] as const;
const STEPS: readonly string[] = [...Object.keys(COMMANDS), ...PROJECTS];

let stopped = false;
/** Runs Node with `args` and shows its output; the exit code, or null when a signal ended it. */
function run(args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
    // Ctrl-C reaches the child by itself; this process waits for it and then stops.
    const onSignal = () => {
      stopped = true;
    };
    process.on("SIGINT", onSignal);
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("SIGINT", onSignal);
      resolve(code);
    });
  });
}

async function runProject(project: string, folder: string): Promise<Counts> {
  const file = join(folder, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const code = await run([packageProgram("vitest"), "run", "--project", project, ...reporters]);
  let report: string | undefined;
  try {
    report = readFileSync(file, "utf8").replaceAll(ROOT, "");
  } catch {
    report = undefined;
  }
  return countProject(project, report, code);
}

function chosenSteps(): readonly string[] {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const chosen = values.only?.split(",").map((name) => name.trim()) ?? STEPS;
  for (const name of chosen) {
    if (STEPS.includes(name)) continue;
    const near = nearest(name, STEPS);
    console.error(`--only: unknown step "${name}"${near === undefined ? "" : `; did you mean "${near}"?`}`);
    console.error(`  wanted: ${STEPS.join(", ")}`);
    process.exit(2);
  }
  return STEPS.filter((name) => chosen.includes(name));
}

const steps = chosenSteps();
const folder = mkdtempSync(join(tmpdir(), "rankbench-test-"));
const table: string[] = [];
let total = NO_COUNTS;
try {
  for (const step of steps) {
    console.log(`\n== ${step}`);
    const began = performance.now();
    const command = COMMANDS[step];
    const counts =
      command === undefined ? await runProject(step, folder) : countCommand(step, await run(command()));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    table.push(`${step.padEnd(12)} ${`${seconds} s`.padStart(8)}   ${lastLine(counts)}`);
    total = add(total, counts);
    if (stopped) break;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (stopped) process.exit(130);

console.log(`\n== summary\n${table.join("\n")}`);
for (const name of total.failures) console.log(`failed: ${name}`);
console.log(lastLine(total));
process.exitCode = total.failed > 0 ? 1 : 0;

// `pnpm submission:board`, for maintainers on the machine of a spec: repeats stored runs of a method and marks what came of
// it, runs entries of configurations, or marks runs that maintainers have made themselves. Marks are files of
// results/trust; this is the only thing that writes them.
//   --head REF [--base REF]   the records or entries of a submission that was applied to this checkout
//   --method ID [--limit N]   repeat the stored runs that are not verified yet
//   --own ID|all              mark stored runs as made by maintainers, without repeating them
//   --entry FILE              run an entry of configs/, and mark its runs
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { projectRoot } from "#harness/data/folders.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { observeGit } from "#harness/measure/environment.ts";
import { specHere } from "#harness/measure/spec-here.ts";
import { readRecords, recordName } from "#harness/record/file.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { type RunMark, readTrust, writeRunMark } from "#harness/record/trust.ts";
import { submissionOfCommit } from "#harness/submit/changes.ts";
import { type ConfigEntry, parseEntry, resolveEntry } from "#harness/submit/entries.ts";
import { judgeSubmission } from "#harness/submit/judge.ts";
import { repeatRecords } from "#harness/submit/repetition.ts";
import type { Submitted } from "#harness/submit/submitted.ts";
import { command, told } from "./judged.ts";

const LONGEST_SECONDS = 6 * 3600;
const root = projectRoot();

/** What every mark of this machine says. */
function markOf(level: RunMark["level"]): Pick<RunMark, "level" | "spec" | "commit" | "at"> {
  const spec = specHere("onnx", 1);
  return { level, spec, commit: observeGit(root)?.commit ?? "unknown", at: new Date().toISOString() };
}

/** Stored runs with a result that no search made. */
async function storedRuns(takes: (record: RunRecord) => boolean): Promise<Submitted[]> {
  const found: Submitted[] = [];
  for await (const read of readRecords(root)) {
    if (!read.ok || read.record.purpose !== undefined || read.record.outcome.state !== "ok") continue;
    if (takes(read.record))
      found.push({ path: `results/runs/${recordName(read.record)}`, record: read.record });
  }
  return found;
}

async function repeat(todo: readonly Submitted[]): Promise<number> {
  let failed = 0;
  for (const one of todo) {
    const { repeated, broken } = await repeatRecords([one], {
      root,
      timeoutSeconds: LONGEST_SECONDS,
      memoryLimitBytes: null,
      interruption: { stop: new AbortController().signal, now: new AbortController().signal },
      onEvent: () => {},
    });
    const state = repeated[0]?.repetition.state ?? "differs";
    console.log(`${one.path}: ${state}`);
    for (const { problem } of broken) console.log(`  ${problem}`);
    if (broken.length > 0) failed += 1;
    else await writeRunMark(root, one.record, markOf(state === "bit-equal" ? "verified" : "re-run"));
  }
  return failed === 0 ? exitCode("ok") : exitCode("differs");
}

async function repeatMethod(method: string, limit: number): Promise<number> {
  const trust = await readTrust(root);
  const stored = await storedRuns(({ identity }) => identity.method === method);
  return repeat(stored.filter(({ record }) => trust.levelOf(record.id) !== "verified").slice(0, limit));
}

/** What a submission brought: its records are repeated, its entries run. */
async function submitted(head: string, base: string | undefined): Promise<number> {
  const submission = submissionOfCommit(root, head, base);
  const { subject, broken, records } = await judgeSubmission(submission, root);
  if (broken.length > 0 || subject === null) return told(broken, "");
  if (subject.kind === "method") return repeat(records.filter(({ record }) => record.outcome.state === "ok"));
  let worst = 0;
  for (const { path, state } of submission.changes)
    if (state !== "deleted") worst = Math.max(worst, await runEntry(path));
  return worst;
}

async function own(method: string): Promise<number> {
  const runs = await storedRuns(({ identity }) => method === "all" || identity.method === method);
  for (const { record } of runs) await writeRunMark(root, record, markOf("re-run"));
  console.log(`${runs.length} runs marked as made by maintainers`);
  return exitCode("ok");
}

/** The commands that run an entry, one a task. */
function entryCommands(entry: ConfigEntry): string[][] {
  const set = Object.entries(entry.set).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  return entry.tasks.map((task) => [
    ...["--method", entry.method, "--task", task, "--scale", entry.scale],
    ...["--seeds", `0-${entry.seeds - 1}`, "--keep-going", "--json", ...set],
  ]);
}

async function runEntry(file: string): Promise<number> {
  const entry = parseEntry(readFileSync(file, "utf8"), file);
  await resolveEntry(entry, file);
  let worst = 0;
  for (const words of entryCommands(entry)) {
    console.log(`pnpm bench ${words.join(" ")}`);
    const { status, stdout } = spawnSync(process.execPath, ["harness/cli/bin.js", ...words], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    worst = Math.max(worst, status ?? 1);
    const { runs = [] } = JSON.parse(stdout) as { readonly runs?: readonly { readonly id: string }[] };
    const ids = new Set(runs.map(({ id }) => id));
    for (const { record } of await storedRuns(({ id }) => ids.has(id)))
      await writeRunMark(root, record, markOf("re-run"));
  }
  return worst;
}

await command(async () => {
  const { values } = parseArgs({
    options: {
      head: { type: "string" },
      base: { type: "string" },
      method: { type: "string" },
      own: { type: "string" },
      entry: { type: "string" },
      limit: { type: "string", default: "1000" },
    },
  });
  if (values.own !== undefined) return own(values.own);
  if (values.entry !== undefined) return runEntry(values.entry);
  if (values.method !== undefined) return repeatMethod(values.method, Number(values.limit));
  if (values.head !== undefined) return submitted(values.head, values.base);
  console.error(
    "usage: submission:board --head REF | --method ID | --own ID|all | --entry configs/METHOD/NAME.yaml",
  );
  return exitCode("usage");
});

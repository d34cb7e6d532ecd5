// `pnpm submission:execute --head REF [--rerun N]`: the second look, in a checkout to which the submission was applied. Its
// code is executed: counts by formula, conformance, types, lint and import arrows of the folder, its own tests, and the
// repetition of records drawn by the commit and the number of the workflow's run.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine } from "#harness/engine/open.ts";
import { hashOf } from "#harness/record/identity.ts";
import { judgeSubmission } from "#harness/submit/judge.ts";
import { judgeMethod } from "#harness/submit/method-rules.ts";
import { drawRecords, repeatRecords } from "#harness/submit/repetition.ts";
import { type Broken, broken } from "#harness/submit/rules.ts";
import { checkProject } from "../arrows/project.ts";
import { packageProgram } from "../package-program.ts";
import { asked, command, told } from "./judged.ts";

const TIMEOUT_SECONDS = 3600;
const SEED_DIGITS = 12;

/** Runs a tool on the method's folder; what it prints at the end is the complaint. */
function tool(root: string, what: string, args: readonly string[]): Broken[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status === 0) return [];
  const said = `${stdout}${stderr}`.trim().split("\n").slice(-20).join("\n    ");
  return [broken("conformance", what, said)];
}

/** Types, lint, arrows and tests of the folder alone: the rest of the checkout is trusted. */
function judgeSources(root: string, method: string): Broken[] {
  const folder = `methods/${method}`;
  const project = join(root, `tsconfig.submission-${process.pid}.json`);
  writeFileSync(project, JSON.stringify({ extends: "./tsconfig.json", include: [`${folder}/**/*.ts`] }));
  try {
    return [
      ...tool(root, "types", [packageProgram("typescript"), "--noEmit", "-p", project]),
      ...tool(root, "lint", [packageProgram("@biomejs/biome"), "check", "--vcs-enabled=false", folder]),
      ...checkProject(root)
        .faults.filter((fault) => fault.startsWith(`${folder}/`))
        .map((fault) => broken("conformance", "arrows", fault)),
      ...tool(root, "tests", [packageProgram("vitest"), "run", "--project", "unit", `${folder}/`]),
    ];
  } finally {
    rmSync(project, { force: true });
  }
}

await command(async () => {
  const { root, head, submission, rerun } = asked();
  const { subject, records, broken: early } = await judgeSubmission(submission, root);
  if (early.length > 0 || subject === null) return told(early, "");
  if (subject.kind === "entries") return told([], "entries of configurations");
  const { method } = subject;
  if (!existsSync(join(root, "methods", method, "method.ts")))
    return told([broken("scope", `methods/${method}`, "is not there: apply the submission first")], "");
  // A worker of a repetition is ended by its own limits; nobody is there to interrupt.
  const interruption = { stop: new AbortController().signal, now: new AbortController().signal };
  const engine = await openEngine("onnx");
  const judged = await judgeMethod(method, records, { engine, interruption, smoke: "quick" }).finally(() =>
    engine.dispose(),
  );
  for (const note of judged.notes) console.log(`note: ${note}`);
  if (judged.broken.length > 0) return told(judged.broken, "");
  const sources = judgeSources(root, method);
  if (sources.length > 0) return told(sources, "");
  // The number of the workflow's run is nobody's choice; without it whoever makes the commit could try for a lucky one.
  const draw = hashOf([head, process.env.GITHUB_RUN_ID ?? ""]);
  const drawn = drawRecords(records, rerun, Number.parseInt(draw.slice(0, SEED_DIGITS), 16));
  const { repeated, broken: untrue } = await repeatRecords(drawn, {
    root,
    timeoutSeconds: TIMEOUT_SECONDS,
    memoryLimitBytes: null,
    interruption,
    onEvent: () => {},
  });
  for (const { path, repetition } of repeated) console.log(`repeated ${path}: ${repetition.state}`);
  return told(untrue, `${method}, ${records.length} records`);
});

// `pnpm perf engine`: time and memory of a training step on engine onnx, PyTorch and tfjs-wasm, interleaved.
//   --models a,b   only these (then nothing is written)   --rounds N   --budget-ms N   of one process
//   --python PATH  interpreter with PyTorch               --json       print the results as JSON
//   --debian-python PATH  interpreter of the distribution, whose PyTorch (python3-torch) is a column of its own
//   --render       no measuring: make docs/perf-engine.md from results/perf/engine.json
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "#harness/data/folders.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import { type Results, resultsSchema } from "./engine/measurement.ts";
import { PERF_MODELS } from "./engine/models/catalogue.ts";
import type { PerfSpec } from "./engine/models/model.ts";
import { compare, renderDocument, SAME_MODEL } from "./engine/report.ts";
import { runAll } from "./engine/run.ts";

const RESULTS = join(projectRoot(), "results", "perf", "engine.json");
const DOCUMENT = join(projectRoot(), "docs", "perf-engine.md");

function positive(text: string, field: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RankbenchError({
    reason: "usage",
    problem: "a whole number of at least 1 is needed",
    thing: "perf engine",
    field,
    value: text,
    wanted: "1, 2, 3, ...",
  });
}

function chosen(names: string | undefined): readonly PerfSpec[] {
  if (names === undefined) return PERF_MODELS;
  return names.split(",").map((name) => {
    const spec = PERF_MODELS.find((model) => model.id === name);
    if (spec !== undefined) return spec;
    const known = PERF_MODELS.map((model) => model.id);
    throw unknownName({
      reason: "usage",
      kind: "model",
      name,
      known,
      thing: "perf engine",
      field: "--models",
    });
  });
}

/** Two engines that do not train the same model must not be compared: that is a defect of this benchmark. */
function checkSame(results: Results): void {
  for (const { id, by, gap } of compare(results)) {
    if (typeof by.onnx === "string" || typeof by.pytorch === "string") continue;
    if (typeof gap === "number" && gap <= SAME_MODEL) continue;
    throw new RankbenchError({
      reason: "internal",
      problem: "onnx and PyTorch did not train the same model",
      thing: `benchmark of ${id}`,
      field: "losses",
      value: gap,
      wanted: `a relative gap of at most ${SAME_MODEL}`,
    });
  }
}

function options() {
  try {
    return parseArgs({
      options: {
        models: { type: "string" },
        rounds: { type: "string", default: "5" },
        "budget-ms": { type: "string", default: "3000" },
        python: { type: "string", default: "python3" },
        "debian-python": { type: "string", default: "/usr/bin/python3" },
        json: { type: "boolean", default: false },
        render: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new RankbenchError({ reason: "usage", problem, thing: "perf engine", cause });
  }
}

async function main(): Promise<void> {
  const values = options();
  if (values.render) {
    const results = resultsSchema.parse(JSON.parse(await readFile(RESULTS, "utf8")));
    await writeFile(DOCUMENT, renderDocument(results));
    return;
  }
  const results = await runAll({
    specs: chosen(values.models),
    rounds: positive(values.rounds, "--rounds"),
    budgetMs: positive(values["budget-ms"], "--budget-ms"),
    python: values.python,
    debianPython: values["debian-python"],
    date: new Date().toISOString().slice(0, 10),
    progress: (line) => console.error(line),
  });
  checkSame(results);
  const document = renderDocument(results);
  console.log(values.json ? JSON.stringify(results, null, 2) : document);
  if (values.models !== undefined) return;
  await mkdir(dirname(RESULTS), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(DOCUMENT, document);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof RankbenchError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

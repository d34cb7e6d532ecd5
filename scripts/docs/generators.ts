// What stands in each generated block of the documentation, by the block's name. One small function a block.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { COST_METRICS, type Metric, QUALITY_METRICS } from "#harness/record/metrics.ts";
import { TRUST_LEVELS } from "#harness/record/trust.ts";
import { RULES } from "#harness/submit/rules.ts";
import { type Arrow, LAYERS } from "../arrows/table.ts";
import { ROOT } from "../root.ts";
import type { Generator } from "./blocks.ts";
import { board } from "./board-block.ts";
import { floors } from "./floors-block.ts";
import { code, fence, table } from "./markdown.ts";
import { parseTranscript, shorten } from "./transcript-file.ts";

function exitCodes(): string {
  const rows = Object.entries(EXIT_CODES).map(([reason, { code: number, meaning }]) => [
    `${number}`,
    reason,
    meaning,
  ]);
  return table([{ title: "code", align: "right" }, { title: "name" }, { title: "meaning" }], rows);
}

const DIRECTIONS = { higher: "higher is better", lower: "lower is better", neutral: "neither" } as const;

function metrics(catalogue: Readonly<Record<string, Metric>>): string {
  const rows = Object.entries(catalogue).map(([id, metric]) => [
    code(id),
    metric.headline ? `**${metric.title}**` : metric.title,
    metric.unit,
    DIRECTIONS[metric.direction],
    metric.definition,
  ]);
  return table(
    ["id", "metric", "unit", "direction", "definition"].map((title) => ({ title })),
    rows,
  );
}

const arrowText = ({ to, files, typesOnly }: Arrow): string =>
  `${to}${files === undefined ? "" : ` (${files.join(", ")})`}${typesOnly === true ? " (types)" : ""}`;

/** What a submission is held to, by the rule's id, as `bench submit` tells it. */
const submissionRules = (): string =>
  table(
    [{ title: "rule" }, { title: "a submission" }],
    Object.entries(RULES).map(([id, { title }]) => [id, title]),
  );

const trustLevels = (): string =>
  table(
    [{ title: "mark" }, { title: "meaning" }],
    Object.entries(TRUST_LEVELS).map(([level, meaning]) => [level, meaning]),
  );

/** The layers from the top down, as DESIGN draws them. */
function layers(): string {
  const rows = LAYERS.toReversed().map((layer) => [
    code(`${layer.folder}/`),
    layer.what,
    layer.arrows.length === 0 ? "nothing" : layer.arrows.map(arrowText).join(", "),
    layer.packages.length === 0 ? "" : layer.packages.map(code).join(", "),
    layer.why,
  ]);
  return table(
    ["folder", "what it does", "may import", "packages", "why"].map((title) => ({ title })),
    rows,
  );
}

/** A real run's output with its date and machine; from the line `from` on, where one is given. */
async function transcript(name: string, from = ""): Promise<string> {
  const file = `docs/transcripts/${name}.txt`;
  const text = await readFile(join(ROOT, file), "utf8").catch(() => undefined);
  if (text === undefined) throw new Error(`no ${file}; make it: pnpm docs:transcript ${name} -- COMMAND...`);
  const { command, date, machine, seconds, output } = parseTranscript(file, text);
  const start = from === "" ? 0 : output.indexOf(`\n${from}\n`);
  if (start === -1) throw new Error(`${file}: no line "${from}"`);
  const shown = start === 0 ? shorten(output) : `...\n${output.slice(start + 1)}`;
  const time = seconds < 120 ? `${seconds} seconds` : `${(seconds / 60).toFixed(1)} minutes`;
  return `${fence("text", `$ ${command}\n${shown}`)}\n\nRun on ${date} in ${time}: ${machine}. Whole output: [${file}](${file}).`;
}

export const GENERATORS: Readonly<Record<string, Generator>> = {
  "exit-codes": async () => exitCodes(),
  "quality-metrics": async () => metrics(QUALITY_METRICS),
  "cost-metrics": async () => metrics(COST_METRICS),
  layers: async () => layers(),
  "submission-rules": async () => submissionRules(),
  "trust-levels": async () => trustLevels(),
  "transcript-first-run": () => transcript("first-run"),
  "transcript-test": () => transcript("test", "== summary"),
  "board-glue-sst2": (current) => board("glue-sst2", "small", current),
  floors,
};

// The table at the end of a run: what stands in it, in which order, and that it fits.
import { expect, test } from "vitest";
import type { MetricId } from "#harness/record/metrics.ts";
import type { Measured } from "#harness/record/schema.ts";
import { cohortTable, type TableArm, type TableInput, tableNotes } from "./cohort-table.ts";
import { visibleWidth } from "./text-table.ts";

type Values = Readonly<Partial<Record<MetricId, Measured>>>;

function seed(accuracy: number, more: Values = {}): Values {
  return {
    accuracy: { value: accuracy },
    "parameters-trainable": { value: 6_976_770 },
    "parameters-deployed": { value: 6_976_770 },
    "deployed-bytes": { value: 27_907_080 },
    "optimizer-state-bytes": { value: 55_814_160 },
    "memory-logical-peak": { value: 238_000_000 },
    "time-training": { value: 140 + 100 * accuracy },
    "latency-1-p50": { value: 4.2 + accuracy },
    ...more,
  };
}

const arm = (method: string, values: readonly Values[], more: Partial<TableArm> = {}): TableArm => ({
  method,
  config: {},
  defaults: {},
  values,
  failed: 0,
  mine: false,
  ...more,
});

const table = (arms: readonly TableArm[], width = 100): TableInput => ({
  arms,
  quality: "accuracy",
  interval: (values) => (values.length < 2 ? null : { low: Math.min(...values), high: Math.max(...values) }),
  width,
});

test("a row has mean and interval of each headline metric in the catalogue's units, and its number of seeds", () => {
  const lines = cohortTable(table([arm("full-finetune", [seed(0.83), seed(0.84), seed(0.85)])], 200));
  expect(lines[0]).toMatch(
    /method\s+n\s+accuracy\s+trainable\s+deployed\s+size\s+optimizer\s+memory\s+training\s+b1 p50/,
  );
  expect(lines[1]).toMatch(
    /full-finetune\s+3\s+84\.0 %\s+6\.98 M\s+6\.98 M\s+26\.6 MiB\s+53\.2 MiB\s+227 MiB\s+3\.73 min\s+5\.04 ms/,
  );
  expect(lines[2]).toContain("[83.0, 85.0]");
  // Counts do not vary over seeds: no interval of width zero.
  expect(lines.join("\n").match(/\[/g)).toHaveLength(3);
});

test("fewer than three seeds are marked provisional, and the note says so", () => {
  const few = table([arm("lora", [seed(0.8), seed(0.81)]), arm("galore", [seed(0.8), seed(0.8), seed(0.8)])]);
  expect(cohortTable(few).find((line) => line.includes("lora"))).toMatch(/lora\s+2 \*/);
  expect(cohortTable(few).find((line) => line.includes("galore"))).toMatch(/galore\s+3 {2}/);
  expect(tableNotes(few).join("\n")).toContain("provisional: fewer than 3 seeds");
  expect(tableNotes(table([arm("lora", [seed(0.8), seed(0.8), seed(0.8)])])).join("\n")).not.toContain(
    "provisional",
  );
});

test("the best mean stands first, rows without a result last, and this command's row is marked", () => {
  const lines = cohortTable(
    table([
      arm("crashed", [], { failed: 2 }),
      arm("lora", [seed(0.82)], { mine: true }),
      arm("full-finetune", [seed(0.84)]),
    ]),
  );
  const at = (name: string) => lines.findIndex((line) => line.includes(name));
  expect(at("full-finetune")).toBeLessThan(at("lora"));
  expect(at("lora")).toBeLessThan(at("crashed"));
  expect(lines[at("lora")]).toMatch(/^> lora/);
  expect(lines.join("\n")).toContain("2 failed");
});

test("an undefined metric is a word and never a number", () => {
  const lines = cohortTable(table([arm("lora", [seed(0.8, { accuracy: { undefined: "one class" } })])]));
  expect(lines[1]).toMatch(/undefined/);
  expect(lines.join("\n")).not.toMatch(/NaN|Infinity/);
});

test("what differs from the method's own defaults stands below the method's name", () => {
  const defaults = { rank: 8, alpha: 8, targets: ["query", "value"], dropout: 0 };
  const [, first, second] = cohortTable(
    table([arm("lora", [seed(0.8)], { config: { ...defaults, rank: 16 }, defaults })]),
  );
  expect(first).toContain("lora");
  expect(second).toContain("rank=16");
});

test.each([60, 80, 100])("no line is wider than %d columns, and each block repeats the method", (width) => {
  const names = ["full-finetune", "lora", "magnitude-pruning"];
  const lines = cohortTable(
    table(
      names.map((name) => arm(name, [seed(0.83), seed(0.84), seed(0.85)])),
      width,
    ),
  );
  expect(Math.max(...lines.map(visibleWidth))).toBeLessThanOrEqual(width);
  const blocks = lines.join("\n").split("\n\n");
  for (const block of blocks) for (const name of names) expect(block).toContain(name);
  expect(blocks.join("\n")).toMatch(/b1 p50/);
});

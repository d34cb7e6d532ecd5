// A task's own description: every task of the project passes, and slips are told with their field.
import { expect, test } from "vitest";
import { checkTask } from "./check.ts";
import type { ScalePreset, Task } from "./contract.ts";
import { findTask } from "./registry.ts";

async function withSmoke(change: Partial<ScalePreset> | Record<string, unknown>): Promise<Task> {
  const task = await findTask("glue-sst2");
  const { smoke } = task.scales;
  return { ...task, scales: { ...task.scales, smoke: { ...smoke, ...change } as ScalePreset } };
}

test.each([
  [{ validationRows: -1 }, "scales.smoke.validationRows"],
  [{ trainRows: 0.5 }, "scales.smoke.trainRows"],
  [{ backbone: "" }, "scales.smoke.backbone"],
  [{ trainRow: 5 }, "scales.smoke.trainRow"],
  [{ fromScratch: false }, "scales.smoke.fromScratch"],
])("a preset with %j is refused with its field", async (change, field) => {
  const task = await withSmoke(change);
  expect(() => checkTask(task)).toThrow(
    new RegExp(`glue-sst2[\\s\\S]*field: +${field.replaceAll(".", "\\.")}\\n`),
  );
});

test.each([
  ["epochs", 0],
  ["epochs", Number.NaN],
  ["batchSize", 1.5],
  ["warmupShare", 2],
  ["schedule", "constant"],
  ["clipNorm", 0],
  ["validations", -1],
])("a budget whose %s is %j is refused", async (name, value) => {
  const task = await withSmoke({});
  const budget = { ...task.scales.smoke?.budget, [name]: value };
  expect(() =>
    checkTask({ ...task, scales: { smoke: { ...task.scales.smoke, budget } as ScalePreset } }),
  ).toThrow(new RegExp(`scales\\.smoke\\.budget\\.${name}`));
});

test("a version of 0 and a metric that the catalogue does not know are refused", async () => {
  const task = await findTask("glue-sst2");
  expect(() => checkTask({ ...task, version: 0 })).toThrow(/field: +version/);
  expect(() => checkTask({ ...task, metrics: ["acuracy"] } as unknown as Task)).toThrow(/field: +metrics\.0/);
});

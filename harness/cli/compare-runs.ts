// What `bench compare` prints: the first side against each of the others.

import { RankbenchError } from "#harness/failure/error.ts";
import { METRICS } from "#harness/record/metrics.ts";
import { formatInterval, formatValue, plural, significant } from "#harness/stats/format.ts";
import type { Task } from "#harness/task/contract.ts";
import { findTask } from "#harness/task/registry.ts";
import { type CompareRequest, findSides, type Side } from "./compared-sides.ts";
import { type Comparison, compareSides, type QualityComparison } from "./comparison.ts";
import { withDatabase } from "./database.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./text-table.ts";

/** Ratios this near to one are the same to a reader. */
const SAME = 0.005;

const show = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function verdict({ better, interval }: QualityComparison, comparison: Comparison): string {
  if (interval === null) return "cannot tell";
  if (better === null) return "no difference shown";
  return `${comparison[better].name} is better`;
}

function sayComparison(session: Session, comparison: Comparison): void {
  const { first, other, fields, quality, costs } = comparison;
  session.say(session.styles.bold(`${other.name} against ${first.name}`));
  for (const { field, first: a, other: b } of fields) session.say(`  ${field}: ${show(a)} -> ${show(b)}`);
  if (fields.length === 0) session.say("  same cohort and configuration");
  session.say();
  const rows = quality.map((each) => {
    const { unit } = METRICS[each.metric];
    const shown = formatInterval(each.difference, each.interval, unit);
    return [
      METRICS[each.metric].short,
      formatValue(each.first, unit),
      formatValue(each.other, unit),
      `${each.difference > 0 ? "+" : ""}${shown.mean}${shown.interval === null ? "" : ` ${shown.interval}`}`,
      verdict(each, comparison),
    ];
  });
  const named = (title: string, align: "left" | "right" = "right") => ({ title, align });
  const table = (lastTitles: readonly ReturnType<typeof named>[], lines: readonly string[][]): void => {
    const columns = [named("metric", "left"), named(first.name), named(other.name), ...lastTitles];
    for (const line of renderTable({ columns, rows: lines, width: Math.max(80, session.terminal.columns) }))
      session.say(line);
  };
  table([named("difference [95 %]"), named("", "left")], rows);
  for (const over of new Set(quality.map((each) => each.over)))
    session.say(session.styles.dim(`over ${over}`));
  session.say();
  table(
    [named("ratio")],
    costs
      .filter(({ metric }) => METRICS[metric].direction !== "neutral")
      .map(({ metric, first: a, other: b, ratio }) => [
        METRICS[metric].title,
        formatValue(a, METRICS[metric].unit),
        formatValue(b, METRICS[metric].unit),
        ratio === null ? "-" : Math.abs(ratio - 1) < SAME ? "1" : `${significant(ratio, 3)} x`,
      ]),
  );
}

const sideDocument = ({ name, method, config, key, records }: Side): unknown => ({
  name,
  method,
  config,
  cohort: key,
  runs: records.map((record) => ({ id: record.id, seed: record.identity.seed, curves: record.curves })),
});

function taskOf(sides: readonly Side[]): string {
  const [first, ...others] = sides.map(({ key }) => key.task);
  const other = others.find((task) => task !== first);
  if (first === undefined || other !== undefined) {
    throw new RankbenchError({
      reason: "usage",
      thing: "comparison",
      problem: "the runs are on different tasks",
      value: `${first}, ${other}`,
      wanted: "runs on one task",
      next: "see pnpm bench list runs",
    });
  }
  return first;
}

/** `bench compare`. */
export function compareCommand(session: Session, request: CompareRequest): Promise<void> {
  return withDatabase(session, async (store) => {
    const { kind, sides } = await findSides(store, request);
    const task: Task = await findTask(taskOf(sides));
    const [first, ...others] = sides;
    if (first === undefined) throw new Error("nothing to compare");
    const comparisons = others.map((other) => compareSides(task, kind, first, other));
    if (session.json) {
      session.document({
        kind,
        task: task.id,
        sides: sides.map(sideDocument),
        comparisons: comparisons.map(({ first: a, other: b, ...rest }) => ({
          first: a.name,
          other: b.name,
          ...rest,
        })),
      });
      return;
    }
    for (const [index, comparison] of comparisons.entries()) {
      if (index > 0) session.say();
      sayComparison(session, comparison);
    }
    if (kind === "methods")
      session.say(
        session.styles.dim(
          `means over ${sides.map(({ name, records }) => `${plural(records.length, "seed")} of ${name}`).join(", ")}`,
        ),
      );
  });
}

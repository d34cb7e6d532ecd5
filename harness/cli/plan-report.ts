// What is said about a planned sweep: totals and a table by task and method for people, every cell for programs.

import { configDifference } from "#harness/record/config-difference.ts";
import { expectedTime } from "#harness/run/sweep.ts";
import {
  SWEEP_STATES,
  type SweepCell,
  type SweepGroup,
  type SweepPlan,
  type SweepState,
} from "#harness/run/sweep-plan.ts";
import { formatDuration, formatValue, plural } from "#harness/stats/format.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./text-table.ts";

export interface ReportedPlan {
  readonly plan: SweepPlan;
  readonly todo: readonly SweepCell[];
  readonly jobs: number;
  readonly budgetSeconds: number | null;
  /** A group's configuration by the method's defaults; null where they are not known. */
  defaultsOf(group: SweepGroup): Readonly<SweepGroup["config"]> | null;
}

type Counts = Readonly<Record<SweepState, number>>;

/** How many cells there are in each state. */
export function countStates(cells: readonly SweepCell[]): Counts {
  const counts = Object.fromEntries(SWEEP_STATES.map((state) => [state, 0])) as Record<SweepState, number>;
  for (const { state } of cells) counts[state]++;
  return counts;
}

/** Largest expected memory of a run, where known. */
const largest = (cells: readonly SweepCell[]): number | null => {
  const known = cells.flatMap(({ group }) => (group.expected.bytes === null ? [] : [group.expected.bytes]));
  return known.length === 0 ? null : known.reduce((most, bytes) => Math.max(most, bytes), 0);
};

/** The document of --json. */
export function planSweepDocument({ plan, todo, jobs, budgetSeconds }: ReportedPlan): unknown {
  const doing = new Set(todo);
  const { seconds, unknown } = expectedTime(todo);
  return {
    cells: plan.cells.map((cell) => {
      const { group, seed, id, state, outcome } = cell;
      const { seconds: wanted, bytes, from } = group.expected;
      return {
        id,
        identity: { ...group.identity, seed },
        state,
        outcome,
        todo: doing.has(cell),
        tuned: group.tuned,
        expected: { seconds: wanted, memoryBytes: bytes, from },
      };
    }),
    totals: {
      cells: plan.cells.length,
      states: countStates(plan.cells),
      todo: todo.length,
      expectedSeconds: seconds / jobs,
      withoutExpectation: unknown,
      largestMemoryBytes: largest(todo),
      jobs,
      budgetSeconds,
    },
    leftOut: plan.leftOut,
  };
}

const MOST_ROWS = 200;

function rowsOf({ plan, todo, defaultsOf }: ReportedPlan, states: readonly SweepState[]): string[][] {
  const byGroup = new Map<SweepGroup, SweepCell[]>();
  for (const cell of plan.cells) byGroup.set(cell.group, [...(byGroup.get(cell.group) ?? []), cell]);
  const doing = new Set(todo);
  return [...byGroup].map(([group, cells]) => {
    const counts = countStates(cells);
    const { seconds, bytes, from } = group.expected;
    const left = cells.filter((cell) => doing.has(cell)).length;
    const difference = configDifference(group.config, defaultsOf(group));
    return [
      group.identity.task,
      group.identity.scale,
      `${group.identity.method}${group.tuned === null ? "" : " (tuned)"}${difference === "" ? "" : `\n  ${difference}`}`,
      ...states.map((state) => (counts[state] === 0 ? "-" : String(counts[state]))),
      left === 0 || seconds === null ? "-" : `${from === "method" ? "" : "~"}${formatDuration(seconds)}`,
      left === 0 || bytes === null ? "-" : formatValue(bytes, "bytes"),
    ];
  });
}

/** One line: how many cells, in which states, and what the rest will take. */
export function totalsLine({ plan, todo, jobs }: Pick<ReportedPlan, "plan" | "todo" | "jobs">): string {
  const counts = countStates(plan.cells);
  const states = SWEEP_STATES.filter((state) => counts[state] > 0).map(
    (state) => `${counts[state]} ${state}`,
  );
  const { seconds, unknown } = expectedTime(todo);
  const without = unknown === 0 ? "" : `, and ${plural(unknown, "run")} of unknown length`;
  const time =
    todo.length === 0
      ? "nothing to do"
      : `${todo.length} to do, about ${formatDuration(seconds / jobs)}${without}`;
  const at = jobs === 1 ? "" : ` with ${jobs} at a time`;
  return `${plural(plan.cells.length, "run")}: ${states.join(", ")}; ${time}${at}`;
}

/** The plan for people. */
export function saySweepPlan(session: Session, reported: ReportedPlan): void {
  const { plan, todo, jobs, budgetSeconds } = reported;
  const counts = countStates(plan.cells);
  const states = SWEEP_STATES.filter((state) => counts[state] > 0);
  const rows = rowsOf(reported, states);
  const columns = ["task", "scale", "method", ...states, "a run", "memory"].map(
    (title, i) => ({ title, align: i < 3 ? "left" : "right" }) as const,
  );
  for (const line of renderTable({
    columns,
    rows: rows.slice(0, MOST_ROWS),
    width: session.terminal.columns,
  }))
    session.say(line);
  session.say();
  if (rows.length > MOST_ROWS)
    session.say(`${rows.length - MOST_ROWS} more rows are not shown; --json has every run`);
  if (rows.some((row) => row.at(-2)?.startsWith("~") === true))
    session.say("~ no earlier run of this method on this task: by the task's other methods or by its budget");
  for (const line of plan.leftOut) session.say(`left out: ${line}`);
  session.say(totalsLine(reported));
  const { seconds } = expectedTime(todo);
  if (budgetSeconds !== null && seconds / jobs > budgetSeconds) {
    session.say(
      `the budget of ${formatDuration(budgetSeconds)} does not reach: the same command goes on later`,
    );
  }
}

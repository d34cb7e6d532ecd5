// What came in lately: new results, gathered by day, board and method.
import type { RunSummary } from "#harness/store/query.ts";

export interface Change {
  /** `2026-03-01`, the day on which the newest of them ended (UTC). */
  readonly day: string;
  /** When the newest of them ended. */
  readonly newest: string;
  readonly task: string;
  readonly scale: string;
  readonly method: string;
  readonly runs: number;
  /** How many of them have no result. */
  readonly failed: number;
  /** One of them, for a link. */
  readonly run: string;
}

/** The latest changes, newest first. */
export function latestChanges(runs: readonly RunSummary[], limit: number): Change[] {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const name = [run.finishedAt.slice(0, 10), run.task, run.scale, run.method].join(" ");
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  const newest = (group: readonly RunSummary[]): string =>
    group
      .map(({ finishedAt }) => finishedAt)
      .sort()
      .at(-1) ?? "";
  return [...groups.values()]
    .sort((a, b) => (newest(a) < newest(b) ? 1 : newest(a) > newest(b) ? -1 : 0))
    .slice(0, limit)
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      return [
        {
          day: first.finishedAt.slice(0, 10),
          newest: newest(group),
          task: first.task,
          scale: first.scale,
          method: first.method,
          runs: group.length,
          failed: group.filter(({ state }) => state !== "ok").length,
          run: first.id,
        },
      ];
    });
}

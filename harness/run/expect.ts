// What a run will take, from what earlier ones took: the same method on the same task, else the task's other methods, else
// the budget at the speed of other tasks. An estimate for plans; nothing is decided by it but what to start next.
import type { Scale } from "#harness/record/identity.ts";
import type { Store } from "#harness/store/database.ts";
import { type TakenRow, takenByRuns } from "#harness/store/plan-query.ts";
import type { ScalePreset } from "#harness/task/contract.ts";

export interface Expected {
  /** Wall time of one run; null where nothing is known. */
  readonly seconds: number | null;
  /** Peak memory of its process; null where nothing is known. */
  readonly bytes: number | null;
  /** `method`: runs of this method on this task; `task`: of others on it; `budget`: its number of training examples. */
  readonly from: "method" | "task" | "budget" | "unknown";
}

export const UNKNOWN: Expected = { seconds: null, bytes: null, from: "unknown" };

/** Starting a worker, opening its engine and saying no takes this long. */
export const REFUSAL: Expected = { seconds: 3, bytes: null, from: "budget" };

/** Seconds a training example takes on a small model where no run tells, and what comes around the training. */
const BY_BUDGET = { perExample: 0.01, around: 20 } as const;

const key = (...parts: readonly string[]): string => parts.join(" ");

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Answers for one engine and spec. */
export type Expectations = (
  what: { readonly task: string; readonly method: string; readonly scale: Scale },
  preset: ScalePreset,
) => Expected;

/** By what `rows` tell. */
export function expectBy(rows: readonly TakenRow[]): Expectations {
  const byMethod = new Map<string, TakenRow>();
  const byTask = new Map<string, TakenRow[]>();
  for (const row of rows) {
    byMethod.set(key(row.task, row.scale, row.method), row);
    const task = key(row.task, row.scale);
    byTask.set(task, [...(byTask.get(task) ?? []), row]);
  }
  const ofTask = new Map(
    [...byTask].map(([task, taken]): [string, Expected] => [
      task,
      {
        seconds: median(taken.map(({ seconds }) => seconds)),
        bytes: median(taken.flatMap(({ bytes }) => (bytes === null ? [] : [bytes]))),
        from: "task",
      },
    ]),
  );
  return ({ task, method, scale }, preset) => {
    const own = byMethod.get(key(task, scale, method));
    if (own !== undefined) return { seconds: own.seconds, bytes: own.bytes, from: "method" };
    const others = ofTask.get(key(task, scale));
    if (others !== undefined) return others;
    if (preset.sampleOnly) return { seconds: BY_BUDGET.around, bytes: null, from: "budget" };
    if (preset.trainRows === null || scale === "full") return UNKNOWN;
    const examples = preset.trainRows * preset.budget.epochs;
    return { seconds: BY_BUDGET.around + BY_BUDGET.perExample * examples, bytes: null, from: "budget" };
  };
}

/** Expectations from a database, read once for each engine and spec. */
export function expectations(store: Store): (engine: string, spec: string) => Expectations {
  const known = new Map<string, Expectations>();
  return (engine, spec) => {
    const name = key(engine, spec);
    const found = known.get(name) ?? expectBy(takenByRuns(store, { engine, spec }));
    known.set(name, found);
    return found;
  };
}

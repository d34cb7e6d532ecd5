// Which boards there are: one a cohort. The best cohort of a task and scale has the short address.
import { hashOf, PROTOCOL, type Scale } from "#harness/record/identity.ts";
import type { MetricId } from "#harness/record/metrics.ts";
import type { Store } from "#harness/store/database.ts";
import { type CohortKey, type CohortSummary, cohortOf, listCohorts } from "#harness/store/query.ts";
import { type Checkout, taskTitle } from "./checkout.ts";
import type { FlagId } from "./flags.ts";

/** A board as lists and links name it. */
export interface BoardRef {
  /** `glue-sst2-small`; cohorts beside the current one end in a part of their key's hash. */
  readonly slug: string;
  readonly key: CohortKey;
  readonly title: string;
  readonly task: string;
  /** Of its task; of a task that this checkout does not have, the first word of its id. */
  readonly family: string;
  readonly scale: Scale;
  /** The metric that the task is judged by. */
  readonly quality: MetricId;
  /** The cohort that a reader of this task and scale wants first. */
  readonly current: boolean;
  /** What holds for all of its rows. */
  readonly flags: readonly FlagId[];
  readonly runs: number;
  readonly methods: number;
  /** Time of its newest result. */
  readonly newest: string;
}

const isSample = (data: string): boolean => data.startsWith("sample-");

function flagsOf(key: CohortKey, checkout: Checkout): FlagId[] {
  const flags: FlagId[] = [];
  if (isSample(key.data)) flags.push("sample");
  if (key.spec.startsWith("local-")) flags.push("off-spec");
  const version = checkout.tasks.get(key.task)?.version ?? key.taskVersion;
  if (key.protocol < PROTOCOL || key.taskVersion < version) flags.push("stale");
  return flags;
}

/** Fewer reservations first, then more runs, then the newer ones. */
function better(a: CohortSummary, b: CohortSummary, checkout: Checkout): number {
  const [x, y] = [flagsOf(a, checkout), flagsOf(b, checkout)];
  const sample = Number(x.includes("sample")) - Number(y.includes("sample"));
  if (sample !== 0) return sample;
  if (x.length !== y.length) return x.length - y.length;
  if (a.runs !== b.runs) return b.runs - a.runs;
  return a.newest < b.newest ? 1 : a.newest > b.newest ? -1 : 0;
}

/** All boards, by task and scale, the current one of each first. */
export function listBoards(
  store: Store,
  checkout: Checkout,
  qualityOf: (key: CohortKey) => MetricId,
): readonly BoardRef[] {
  const groups = new Map<string, CohortSummary[]>();
  for (const cohort of listCohorts(store)) {
    const name = `${cohort.task}-${cohort.scale}`;
    groups.set(name, [...(groups.get(name) ?? []), cohort]);
  }
  return [...groups].flatMap(([name, cohorts]) =>
    cohorts
      .sort((a, b) => better(a, b, checkout))
      .map((cohort, i): BoardRef => {
        const key = cohortOf({ ...cohort, method: "", config: {}, seed: 0 });
        return {
          slug: i === 0 ? name : `${name}-${hashOf(key).slice(0, 8)}`,
          key,
          title: `${taskTitle(checkout, cohort.task)}, ${cohort.scale}`,
          task: cohort.task,
          family: checkout.tasks.get(cohort.task)?.family ?? cohort.task.split("-")[0] ?? cohort.task,
          scale: cohort.scale,
          quality: qualityOf(key),
          current: i === 0,
          flags: flagsOf(key, checkout),
          runs: cohort.runs,
          methods: cohort.methods,
          newest: cohort.newest,
        };
      }),
  );
}

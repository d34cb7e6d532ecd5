// What a submission is held to: the catalogue of rules with what to do when one is broken, and how a broken one is told.
// No rule is judged here.
import { messageOf, RankbenchError, renderValue } from "#harness/failure/error.ts";

export interface Rule {
  /** What is true of a submission that keeps it. */
  readonly title: string;
  /** What to do when it is broken. */
  readonly next: string;
}

/** All rules in the order in which they are judged and shown. */
export const RULES = {
  scope: {
    title: "changes only its own method and that method's records",
    next: "leave the other changes out; a change of harness, tasks, site or docs is a pull request of its own",
  },
  files: {
    title: "holds plain files with plain names, of the kinds that a method and its records have",
    next: "rename the file, or leave it out",
  },
  size: {
    title: "is small",
    next: "make the file smaller; large reference data stays out of the repository",
  },
  duplicate: {
    title: "adds records and never replaces one, under an id of its own",
    next: "restore the stored record (git checkout BASE -- FILE), or give the method another id",
  },
  record: {
    title: "has records that follow the schema, with ids that are the hash of their identity",
    next: "restore the file as bench wrote it, or delete it and repeat the run",
  },
  texts: {
    title: "has no markup and no control characters in its texts",
    next: "write plain text; pages show it as it is",
  },
  identity: {
    title: "has records of the tasks, versions and protocol of this checkout, on real data",
    next: "update the checkout, and repeat the run",
  },
  seeds: {
    title: "has at least three seeds of each configuration, counted from 0 without a gap",
    next: "run the missing ones: pnpm bench --method METHOD --task TASK --seeds 0-2",
  },
  metrics: {
    title: "has quality metrics that follow from the stored predictions, and values within their bounds",
    next: "restore the file as bench wrote it, or delete it and repeat the run",
  },
  counts: {
    title: "has parameters, bytes and state that equal the method's formula",
    next: "repeat the run with the method as it is now",
  },
  memory: {
    title: "has training memory above what its own parts and trained numbers take",
    next: "repeat the run with the method as it is now",
  },
  time: {
    title: "has times that are possible beside its own phases and the other runs of the cohort",
    next: "repeat the run on a quiet machine",
  },
  code: {
    title: "has records that were made by the code that is submitted",
    next: "repeat the runs after the last change of the method: pnpm bench --method METHOD ... --force",
  },
  config: {
    title: "has configurations that the method accepts, whole",
    next: "repeat the run with the method as it is now",
  },
  conformance: {
    title: "has a method that conforms",
    next: "pnpm bench check METHOD says what to do",
  },
  rerun: {
    title: "gives the same numbers when a record drawn at random is repeated",
    next: "repeat it yourself: pnpm bench verify RUN",
  },
  entry: {
    title: "has entries of configurations that can be run and are new",
    next: "see docs/rules.md, configurations as entries",
  },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;
const RULE_IDS = Object.keys(RULES) as RuleId[];

/** A rule that is broken, where, and how. */
export interface Broken {
  readonly rule: RuleId;
  /** A path of the submission, or the name of what was looked at. */
  readonly place: string;
  readonly problem: string;
}

export const broken = (rule: RuleId, place: string, problem: string): Broken => ({ rule, place, problem });

/** What is wrong by an error's own words, on one line; what it asks to do next is the rule's matter. */
export function brokenBy(rule: RuleId, place: string, error: unknown): Broken {
  if (!(error instanceof RankbenchError)) return broken(rule, place, messageOf(error));
  const { problem, field, wanted } = error.parts;
  const details = [
    problem,
    ...(field === undefined ? [] : [`field ${field}`]),
    ...("value" in error.parts ? [`got ${renderValue(error.parts.value)}`] : []),
    ...(wanted === undefined ? [] : [`wanted ${wanted}`]),
  ];
  return broken(rule, place, details.join("; "));
}

/** Lines for people, a rule once with all its places. */
export function brokenLines(all: readonly Broken[], most = 8): string[] {
  return RULE_IDS.flatMap((rule) => {
    const found = all.filter((each) => each.rule === rule);
    if (found.length === 0) return [];
    const more = found.length > most ? [`  and ${found.length - most} more`] : [];
    return [
      `refused: a submission ${RULES[rule].title}`,
      ...found.slice(0, most).map(({ place, problem }) => `  ${place}: ${problem}`),
      ...more,
      `  next: ${RULES[rule].next}`,
    ];
  });
}

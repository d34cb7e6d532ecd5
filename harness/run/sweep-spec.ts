// What a sweep asks for, with every value checked: lists and patterns of names, seeds, scales and alternatives of
// configuration. It is made of a file, of flags, or of both; which methods and tasks the names mean is the plan's matter.
import type { EngineName } from "#harness/engine/engine.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import type { Scale } from "#harness/record/identity.ts";

/** One block of a sweep: every method on every task with every configuration, scale and seed. */
export interface SweepPart {
  /** Ids, patterns with `*` and `?`, and names to leave out, which begin with `!`. */
  readonly methods: readonly string[];
  readonly tasks: readonly string[];
  readonly seeds: readonly number[];
  readonly scales: readonly Scale[];
  readonly engine: EngineName;
  readonly threads: number;
  /** Alternatives of each field, still text; all combinations are meant. */
  readonly set: Readonly<Record<string, readonly string[]>>;
  /** Use the configurations that `bench tune` chose. */
  readonly tuned: boolean;
  /** Wall time that a run may take; left out for the scale's default, null for none. */
  readonly timeoutSeconds?: number | null;
}

export interface SweepSpec {
  readonly parts: readonly SweepPart[];
  /** `tuning`: its runs are trials, which are never ranked. */
  readonly purpose?: "tuning";
}

const isPattern = (name: string): boolean => /[*?]/.test(name);

/**
 * Whether a name fits a pattern in which `*` is any text and `?` one character. Goes back to the last `*` alone, so that no
 * pattern takes longer than its length times the name's; a regular expression with many stars may take for ever.
 */
function fits(pattern: string, name: string): boolean {
  let [at, read] = [0, 0];
  let star = -1;
  let resume = 0;
  while (read < name.length) {
    if (pattern[at] === "*") {
      star = at++;
      resume = read;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === name[read])) {
      at++;
      read++;
    } else if (star >= 0) {
      at = star + 1;
      read = ++resume;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

const matcher =
  (pattern: string) =>
  (name: string): boolean =>
    fits(pattern, name);

export interface MatchedNames {
  readonly ids: readonly string[];
  /** Those that only a pattern asked for. */
  readonly byPattern: ReadonlySet<string>;
}

/** The ids that names and patterns mean, in the order asked for, each once. What means nothing is refused. */
export function matchNames(
  asked: readonly string[],
  known: readonly string[],
  what: { readonly kind: "method" | "task"; readonly listCommand: string },
): MatchedNames {
  const found = new Set<string>();
  const byPattern = new Set<string>();
  const without = asked.filter((name) => name.startsWith("!")).map((name) => matcher(name.slice(1)));
  for (const name of asked) {
    if (name.startsWith("!")) continue;
    if (!isPattern(name)) {
      if (!known.includes(name)) throw unknownName({ reason: "usage", name, known, ...what });
      found.add(name);
      byPattern.delete(name);
      continue;
    }
    const matched = known.filter(matcher(name));
    if (matched.length === 0) {
      throw new RankbenchError({
        reason: "usage",
        problem: `no ${what.kind} matches the pattern`,
        value: name,
        wanted: known.length <= 24 ? known.join(", ") : `one of ${known.length} ${what.kind}s`,
        next: `see ${what.listCommand}`,
      });
    }
    for (const id of matched) {
      if (!found.has(id)) byPattern.add(id);
      found.add(id);
    }
  }
  const ids = [...found].filter((id) => !without.some((matches) => matches(id)));
  return { ids, byPattern };
}

/** More configurations than this in one block are taken for a slip: ten fields of ten values are ten thousand million. */
const MAX_COMBINATIONS = 100_000;

/**
 * All combinations of the alternatives: one configuration's `--set` pairs each. No alternative at all is one combination; too
 * many are a `usage` error.
 */
export function combinations(
  set: Readonly<Record<string, readonly string[]>>,
): readonly Readonly<Record<string, string>>[] {
  const count = Object.values(set).reduce((product, values) => product * values.length, 1);
  if (count > MAX_COMBINATIONS) {
    throw new RankbenchError({
      reason: "usage",
      thing: "sweep",
      problem: "the alternatives of set have too many combinations",
      field: "set",
      value: count,
      wanted: `at most ${MAX_COMBINATIONS}`,
      next: "give fewer alternatives, or several parts",
    });
  }
  let all: Record<string, string>[] = [{}];
  for (const [key, values] of Object.entries(set)) {
    all = all.flatMap((pairs) => values.map((value) => ({ ...pairs, [key]: value })));
  }
  return all;
}

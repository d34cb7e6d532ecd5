// Repeats records of a submission drawn at random, and says whether they are true: the same bits, or, on another machine,
// numbers within a stated tolerance.
import { stream } from "#harness/random/stream.ts";
import { isObserved } from "#harness/record/difference.ts";
import { METRICS, type MetricId, QUALITY_METRICS } from "#harness/record/metrics.ts";
import { type Measured, numberOf } from "#harness/record/schema.ts";
import type { CellSettings } from "#harness/run/run-cell.ts";
import { isBitEqual, type Verified, verifyRun } from "#harness/run/verify.ts";
import { type Broken, broken, brokenBy } from "./rules.ts";
import type { Submitted } from "./submitted.ts";

/**
 * What a repetition on another processor may differ by: the order of sums inside a matrix product is the library's choice
 * there, and training carries last bits on. Counts and bytes may not differ at all.
 */
export const TOLERANCE = {
  /** Quality whose unit is a share or a coefficient: absolute. */
  share: 0.02,
  /** Other quality (nats, perplexity) and memory: relative. */
  relative: 0.02,
} as const;

/** Small scales first, and of equal ones whatever the draw says: a repetition should cost minutes. */
const COST = { smoke: 0, small: 1, full: 2 } as const;

/** `count` records with an outcome that a repetition can tell, drawn by `seed` among those of the cheapest scale. */
export function drawRecords(
  submitted: readonly Submitted[],
  count: number,
  seed: number,
): readonly Submitted[] {
  const able = submitted
    .filter(({ record }) => record.outcome.state === "ok" || record.outcome.state === "diverged")
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const order = stream(seed, "submission", "rerun").permutation(able.length);
  const drawn = [...order].flatMap((i) => able[i] ?? []);
  return drawn.sort((a, b) => COST[a.record.identity.scale] - COST[b.record.identity.scale]).slice(0, count);
}

/** Why two values are not the same within the tolerance; null where they are. */
export function beyondTolerance(
  metric: MetricId,
  stored: Measured | null,
  repeated: Measured | null,
): string | null {
  if (isObserved(metric)) return null;
  const [a, b] = [numberOf(stored), numberOf(repeated)];
  const text = `${metric} ${a ?? "undefined"} as submitted, ${b ?? "undefined"} as repeated`;
  if (a === null || b === null) return a === b ? null : text;
  const { unit } = METRICS[metric];
  if (!(metric in QUALITY_METRICS) && !metric.startsWith("memory-")) return a === b ? null : text;
  const allowed =
    unit === "share" || unit === "coefficient"
      ? TOLERANCE.share
      : TOLERANCE.relative * Math.max(Math.abs(a), Math.abs(b));
  return Math.abs(a - b) <= allowed ? null : `${text}, allowed ${allowed.toPrecision(2)}`;
}

/** What a repetition says of a record. */
export type Repetition =
  | { readonly state: "bit-equal" | "within tolerance" }
  | { readonly state: "differs"; readonly problems: readonly string[] }
  | { readonly state: "interrupted" };

function judgeRepetition(verified: Verified): Repetition {
  switch (verified.kind) {
    case "interrupted":
      return { state: "interrupted" };
    case "refused":
      return { state: "differs", problems: [`cannot be repeated: ${verified.message.split("\n")[0]}`] };
    case "other-outcome":
      return { state: "differs", problems: [`ends as ${verified.outcome.state}`] };
    case "repeated": {
      if (isBitEqual(verified)) return { state: "bit-equal" };
      // Same engine, same processor: then the same bits are owed.
      if (verified.environment.every(({ field }) => !/^(cpu|arch|node|engine)\b/.test(field))) {
        const parts = verified.difference?.parts ?? [];
        return { state: "differs", problems: [`is not bit-equal on an equal machine: ${parts.join(", ")}`] };
      }
      const problems = (verified.difference?.metrics ?? []).flatMap(
        ({ metric, stored, repeated }) => beyondTolerance(metric, stored, repeated) ?? [],
      );
      return problems.length === 0 ? { state: "within tolerance" } : { state: "differs", problems };
    }
  }
}

export interface Repeated {
  readonly path: string;
  readonly repetition: Repetition;
}

/** Repeats each of `drawn`, one after another. Nothing is stored. */
export async function repeatRecords(
  drawn: readonly Submitted[],
  settings: Omit<CellSettings, "store" | "force" | "onWaiting">,
): Promise<{ readonly repeated: readonly Repeated[]; readonly broken: readonly Broken[] }> {
  const repeated: Repeated[] = [];
  const found: Broken[] = [];
  for (const { path, record } of drawn) {
    let repetition: Repetition;
    try {
      repetition = judgeRepetition(await verifyRun(record, settings));
    } catch (error) {
      found.push(brokenBy("rerun", path, error));
      continue;
    }
    repeated.push({ path, repetition });
    if (repetition.state === "differs")
      found.push(...repetition.problems.map((problem) => broken("rerun", path, problem)));
  }
  return { repeated, broken: found };
}

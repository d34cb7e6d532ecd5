// What papers say about their methods beside what was measured. Verdicts come from harness/claims; here they get words.
import {
  type ClaimVerdict,
  evaluateClaim,
  type ResolvedClaim,
  resolveClaim,
} from "#harness/claims/evaluate.ts";
import { claimsOf } from "#harness/claims/files.ts";
import type { ClaimState } from "#harness/claims/judge.ts";
import type { ClaimTest } from "#harness/claims/schema.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { findMethod } from "#harness/method/registry.ts";
import { METRICS, type Unit } from "#harness/record/metrics.ts";
import { plural } from "#harness/stats/format.ts";
import type { Store } from "#harness/store/database.ts";
import { findTask } from "#harness/task/registry.ts";
import { differenceText, marginText } from "../lib/difference-text.ts";
import { type Checkout, isStale } from "./checkout.ts";

/** The claims of one method, read and resolved but not yet judged. */
export interface ReadClaims {
  readonly method: string;
  readonly claims: readonly ResolvedClaim[];
  readonly untested: readonly { readonly statement: string; readonly reason: string }[];
}

async function readOne(method: string): Promise<ReadClaims | null> {
  const file = await claimsOf(method);
  if (file === undefined) return null;
  const find = { task: findTask, method: findMethod };
  const claims = await Promise.all(file.claims.map((claim) => resolveClaim(claim, find)));
  return { method, claims, untested: file.untested };
}

/** Reads the claims files of all methods of the checkout; `warn` hears of files that cannot be used. */
export async function readClaims(checkout: Checkout, warn: (text: string) => void): Promise<ReadClaims[]> {
  const found: ReadClaims[] = [];
  for (const method of checkout.methods.keys()) {
    try {
      const read = await readOne(method);
      if (read !== null) found.push(read);
    } catch (error) {
      if (!(error instanceof RankbenchError)) throw error;
      warn(`warning: ${error.message}`);
    }
  }
  return found;
}

export interface JudgedClaim {
  /** Unique on the site: `lora-near-full-fine-tuning`. */
  readonly id: string;
  readonly statement: string;
  readonly source: string;
  readonly task: string;
  readonly scale: string;
  readonly subject: string;
  readonly reference: string;
  readonly state: ClaimState;
  readonly verdict: string;
  readonly parts: readonly {
    readonly metric: string;
    readonly wanted: string;
    readonly measured: string;
    readonly verdict: string;
    readonly why: string | null;
  }[];
  /** Commands for the runs that a verdict lacks. */
  readonly missing: readonly string[];
  readonly ended: readonly string[];
}

export interface MethodClaims {
  readonly method: string;
  readonly title: string;
  readonly judged: readonly JudgedClaim[];
  readonly untested: ReadClaims["untested"];
}

export const VERDICTS: Readonly<Record<ClaimState, string>> = {
  holds: "holds",
  "does-not-hold": "does not hold",
  "cannot-tell": "cannot tell",
};

function wantedText(test: ClaimTest, unit: Unit): string {
  switch (test.kind) {
    case "better":
      return test.by === 0 ? "better" : `better by more than ${marginText(test.by, unit)}`;
    case "not-worse":
      return `not worse by ${marginText(test.within, unit)}`;
    case "equivalent":
      return `within ${marginText(test.within, unit)} of each other`;
    case "ratio":
      return `at most ${test.atMost} times the reference`;
  }
}

type Part = ClaimVerdict["parts"][number];

function measuredText({ effect, interval, part, metric }: Part): string {
  if (effect === null) return "–";
  if (part.test.kind === "ratio") {
    const bounds =
      interval === null ? "" : ` [${interval.low.toPrecision(3)}, ${interval.high.toPrecision(3)}]`;
    return `${effect.toPrecision(3)} ×${bounds}`;
  }
  return differenceText(effect, interval, METRICS[metric].unit);
}

type Arm = ClaimVerdict["claim"]["subject"];

const armText = ({ method, set }: Arm): string =>
  [method, ...Object.entries(set).map(([key, value]) => `${key}=${value}`)].join(" ");

function missingCommands({ claim, missing }: ClaimVerdict): string[] {
  return missing.map(({ arm, seeds }) => {
    const settings = Object.entries(arm.set).map(([key, value]) => ` --set ${key}=${value}`);
    const scale = claim.scale === "small" ? "" : ` --scale ${claim.scale}`;
    return `pnpm bench --method ${arm.method} --task ${claim.task}${scale} --seeds ${seeds.join(",")}${settings.join("")}`;
  });
}

function judged(method: string, verdict: ClaimVerdict): JudgedClaim {
  const { claim, state, parts, ended } = verdict;
  return {
    id: `${method}-${claim.id}`,
    statement: claim.statement,
    source: claim.source,
    task: claim.task,
    scale: claim.scale,
    subject: armText(claim.subject),
    reference: armText(claim.reference),
    state,
    verdict: VERDICTS[state],
    parts: parts.map((part) => ({
      metric: METRICS[part.metric].title,
      wanted: wantedText(part.part.test, METRICS[part.metric].unit),
      measured: measuredText(part),
      verdict: VERDICTS[part.state],
      why:
        part.seeds === 0
          ? part.reason
          : `${plural(part.seeds, "seed")}${part.reason === null ? "" : `; ${part.reason}`}`,
    })),
    missing: missingCommands(verdict),
    ended,
  };
}

/** Judges all claims by the runs of the store; runs of other code bear out nothing. */
export function judgeClaims(store: Store, checkout: Checkout, read: readonly ReadClaims[]): MethodClaims[] {
  return read.map(({ method, claims, untested }) => ({
    method,
    title: checkout.methods.get(method)?.title ?? method,
    judged: claims.map((claim) =>
      judged(
        method,
        evaluateClaim(store, claim, (run) => isStale(checkout, run)),
      ),
    ),
    untested,
  }));
}

// What `bench claims` does: reads the claims of methods, does missing runs where asked to, judges and shows.
import {
  type ClaimVerdict,
  evaluateClaim,
  type MissingRuns,
  type ResolvedClaim,
  resolveClaim,
} from "#harness/claims/evaluate.ts";
import { claimsOf } from "#harness/claims/files.ts";
import type { ClaimState, PartVerdict } from "#harness/claims/judge.ts";
import type { Claim, ClaimsFile, ClaimTest } from "#harness/claims/schema.ts";
import { findMethod, methodIds } from "#harness/method/registry.ts";
import { canonicalJson } from "#harness/record/identity.ts";
import { METRICS, type Unit } from "#harness/record/metrics.ts";
import type { RunRequest } from "#harness/run/request.ts";
import { formatInterval, formatValue, plural, significant } from "#harness/stats/format.ts";
import type { Store } from "#harness/store/database.ts";
import { findTask } from "#harness/task/registry.ts";
import { withDatabase } from "./database.ts";
import { runCells } from "./run-cells.ts";
import { Session } from "./session.ts";
import { staleReader } from "./stale-runs.ts";

export interface ClaimsRequest {
  /** Empty for all methods. */
  readonly methods: readonly string[];
  readonly run: boolean;
}

interface MethodClaims {
  readonly method: string;
  readonly file: ClaimsFile;
  readonly claims: readonly ResolvedClaim[];
}

/** Judges what was asked for and returns the exit code: that of the runs it did, else 0. */
export async function judgeClaims(session: Session, request: ClaimsRequest): Promise<number> {
  const read: MethodClaims[] = [];
  for (const method of await chosen(request.methods)) {
    const file = await claimsOf(method);
    if (file === undefined) {
      session.note(`${method}: no methods/${method}/claims.json`);
      continue;
    }
    const claims = await Promise.all(
      file.claims.map((claim) => resolveClaim(claim, { task: findTask, method: findMethod })),
    );
    read.push({ method, file, claims });
  }
  let code = 0;
  if (request.run) {
    const missing = await withDatabase(session, async (store) =>
      (await judged(store, read)).flatMap(requestsOf),
    );
    code = await doRuns(session, missing);
  }
  await withDatabase(session, async (store) => show(session, read, await judged(store, read)));
  return code;
}

async function chosen(methods: readonly string[]): Promise<readonly string[]> {
  for (const id of methods) await findMethod(id);
  return methods.length === 0 ? methodIds() : methods;
}

/** Runs of code that is no longer this checkout's bear out nothing. */
async function judged(store: Store, read: readonly MethodClaims[]): Promise<ClaimVerdict[]> {
  const claims = read.flatMap((each) => each.claims);
  const staleOf = await staleReader(claims.map(({ task }) => task.id));
  return claims.map((claim) => evaluateClaim(store, claim, (run) => staleOf(run).length > 0));
}

const requestOf = ({ task, scale }: Claim, { arm, seeds }: MissingRuns): RunRequest => ({
  methods: [arm.method],
  tasks: [task],
  seeds,
  scale,
  engine: "onnx",
  threads: 1,
  overrides: arm.set,
});

const requestsOf = ({ claim, missing }: ClaimVerdict): RunRequest[] =>
  missing.map((each) => requestOf(claim, each));

/** Does the runs that are missing, each arm once however many claims share it. The worst exit code. */
async function doRuns(session: Session, requests: readonly RunRequest[]): Promise<number> {
  const once = new Map(requests.map((request) => [canonicalJson(request), request]));
  let worst = 0;
  // With --json, stdout is for the verdicts alone.
  const { terminal } = session;
  const shown = session.json ? new Session({ ...terminal, out: (text) => terminal.err(text) }) : session;
  for (const request of once.values()) {
    session.note(`runs of ${request.methods[0]} on ${request.tasks[0]}, seeds ${request.seeds.join(", ")}`);
    const code = await runCells(shown, request, {
      timeoutSeconds: null,
      memoryLimitBytes: null,
      force: false,
      dryRun: false,
      keepGoing: true,
      measure: null,
    });
    worst = Math.max(worst, code);
  }
  return worst;
}

const commandOf = (claim: Claim, missing: MissingRuns): string => {
  const settings = Object.entries(missing.arm.set).map(([key, value]) => ` --set ${key}=${value}`);
  const scale = claim.scale === "small" ? "" : ` --scale ${claim.scale}`;
  return `pnpm bench --method ${missing.arm.method} --task ${claim.task}${scale} --seeds ${missing.seeds.join(",")}${settings.join("")}`;
};

const WORDS: Readonly<Record<ClaimState, string>> = {
  holds: "holds",
  "does-not-hold": "does not hold",
  "cannot-tell": "cannot tell",
};

function documentOf(verdict: ClaimVerdict) {
  const { claim, state, parts, cohort, missing, ended } = verdict;
  const commands = missing.map((each) => commandOf(claim, each));
  return { ...claim, state, verdict: WORDS[state], results: parts, cohort, missing: commands, ended };
}

function show(session: Session, read: readonly MethodClaims[], verdicts: readonly ClaimVerdict[]): void {
  const byClaim = new Map(verdicts.map((verdict) => [verdict.claim, verdict]));
  const of = ({ claims }: MethodClaims): ClaimVerdict[] =>
    claims.flatMap(({ claim }) => byClaim.get(claim) ?? []);
  if (session.json) {
    const methods = read.map((each) => ({
      method: each.method,
      claims: of(each).map(documentOf),
      untested: each.file.untested,
    }));
    session.document({ methods });
    return;
  }
  for (const each of read) {
    session.say(session.styles.bold(each.method));
    for (const verdict of of(each)) sayVerdict(session, verdict);
    for (const { statement, reason } of each.file.untested)
      session.say(`  ${session.styles.dim("untested")}       ${statement} (${reason})`);
    session.say();
  }
  const count = (state: ClaimState) => verdicts.filter((verdict) => verdict.state === state).length;
  session.say(
    `${plural(verdicts.length, "claim")}: ${count("holds")} hold, ${count("does-not-hold")} do not, ${count("cannot-tell")} cannot be told`,
  );
}

function sayVerdict(session: Session, verdict: ClaimVerdict): void {
  const { claim, state, parts, missing, ended } = verdict;
  const { styles } = session;
  const paint = { holds: styles.green, "does-not-hold": styles.red, "cannot-tell": styles.yellow }[state];
  session.say(`  ${paint(WORDS[state].padEnd(13))}  ${claim.statement}`);
  session.say(`                 ${styles.dim(claim.source)}`);
  for (const part of parts) session.say(`                 ${partText(part)}`);
  for (const text of ended) session.say(`                 ${text}`);
  for (const each of missing) session.say(`                 missing: ${commandOf(claim, each)}`);
}

function partText({
  metric,
  part,
  effect,
  interval,
  seeds,
  reason,
  state,
}: ClaimVerdict["parts"][number]): string {
  const { title, unit } = METRICS[metric];
  const { test } = part;
  const effectText = test.kind === "ratio" ? ratioText : differenceText;
  const shown = effect === null ? "no value" : effectText(effect, interval, unit);
  const why = reason === null ? "" : `; ${reason}`;
  return `${title}: ${shown}, wanted ${wantedText(test, unit)}: ${WORDS[state]} (${plural(seeds, "seed")}${why})`;
}

function wantedText(test: ClaimTest, unit: Unit): string {
  switch (test.kind) {
    case "better":
      return `better by more than ${formatValue(test.by, unit)}`;
    case "not-worse":
      return `not worse by ${formatValue(test.within, unit)}`;
    case "equivalent":
      return `within ${formatValue(test.within, unit)}`;
    case "ratio":
      return `at most ${test.atMost}`;
  }
}

type Interval = PartVerdict["interval"];

const ratioText = (effect: number, interval: Interval): string =>
  `ratio ${significant(effect, 3)}${interval === null ? "" : ` [${significant(interval.low, 3)}, ${significant(interval.high, 3)}]`}`;

function differenceText(effect: number, interval: Interval, unit: Unit): string {
  const text = formatInterval(effect, interval, unit);
  return `difference ${text.mean}${text.interval === null ? "" : ` ${text.interval}`}`;
}

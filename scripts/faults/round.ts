// One round of the campaign: faults of one kind in one clean checkout, and the command after them. Holds the parts that all
// kinds are made of; what a kind does is in its own file.
import { setTimeout as sleep } from "node:timers/promises";
import type { Ended, Started } from "#harness/cli/testing/scratch.ts";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import type { Stream } from "#harness/random/stream.ts";
import { isAlive, type ProcessFacts, processFamily } from "#harness/run/processes.ts";
import { pick } from "./draw.ts";
import { type AfterFault, filesOf, inspectEnd, inspectFault, type Violation } from "./inspect.ts";
import type { CommandOptions, Place, Verb } from "./place.ts";

export interface Round {
  readonly place: Place;
  readonly random: Stream;
  /** Faults that the round is to inject; it may come out smaller when one does not hit. */
  readonly faults: number;
  /** Notes what was found wrong. */
  found(violations: readonly Violation[]): void;
}

export interface Kind {
  readonly id: string;
  /** What is injected, in a few words. */
  readonly what: string;
  /** Faults of a usual round. */
  readonly perRound: number;
  /** Its part of the campaign, in faults out of 200. */
  readonly share: number;
  /** Needs workers that train. */
  readonly real?: true;
  /** Why it cannot be done on this machine; null where it can. */
  missing?(): string | null;
  /** Injects the round's faults; the number that hit. */
  run(round: Round): Promise<number>;
}

/** No command of the campaign takes so long unless it hangs. */
const LIMIT_MS = 120_000;
/** A worker whose supervisor is gone looks up every quarter of a second. */
const FAMILY_MS = 15_000;

export const verbOf = (random: Stream): Verb => pick(random, ["run", "sweep"] as const);

/** Ends by SIGKILL, as the kernel or a scheduler does. */
export function kill(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It was quicker.
  }
}

/** Kills a command after so long; false when it was over by then. */
export async function killAfter(started: Started, milliseconds: number): Promise<boolean> {
  const over = started.ended.then(() => true);
  if (await Promise.race([over, sleep(milliseconds, false)])) return false;
  kill(started.child.pid);
  return true;
}

/** Waits for the end of a command; one that hangs is ended and told. */
export async function endOf(round: Round, started: Started): Promise<Ended> {
  const timer = setTimeout(() => {
    round.found([{ what: "stuck", detail: `a command did not end: ${started.printed().slice(-300)}` }]);
    for (const { pid } of processFamily(started.child.pid ?? 0)) kill(pid);
  }, LIMIT_MS);
  const ended = await started.ended;
  clearTimeout(timer);
  return ended;
}

/** All processes that a command has at some time; to be asked when it is over. */
export function watchFamily(started: Started): () => readonly ProcessFacts[] {
  const seen = new Map<number, ProcessFacts>();
  const look = (): void => {
    for (const facts of processFamily(started.child.pid ?? 0)) seen.set(facts.pid, facts);
  };
  const timer = setInterval(look, 50);
  void started.ended.finally(() => clearInterval(timer));
  return () => [...seen.values()];
}

/** Waits until none of these processes lives; those that stay are told and ended. */
export async function allGone(round: Round, family: readonly ProcessFacts[]): Promise<void> {
  const deadline = performance.now() + FAMILY_MS;
  const living = (): readonly ProcessFacts[] => family.filter(({ pid, start }) => isAlive(pid, start));
  while (living().length > 0 && performance.now() < deadline) await sleep(25);
  for (const { pid } of living()) {
    round.found([{ what: "stuck", detail: `process ${pid} outlived its command` }]);
    kill(pid);
  }
}

export interface Hit {
  readonly verb: Verb;
  readonly options?: CommandOptions;
  /** Exit codes that are right; null where the command may die of the fault. */
  readonly codes: readonly (number | null)[];
  /** Injects from outside while the command runs. */
  during?(started: Started): Promise<void>;
  readonly damage?: Pick<AfterFault, "damaged" | "databaseDamaged">;
}

/** Runs a command under a fault and inspects what it left. */
export async function hit(round: Round, { verb, options, codes, during, damage }: Hit): Promise<Ended> {
  const { place } = round;
  const before = filesOf(place);
  const started = place.start(verb, options);
  const family = watchFamily(started);
  await during?.(started);
  const ended = await endOf(round, started);
  await allGone(round, family());
  if (!codes.includes(ended.code) || /\n\s+at |internal error/.test(ended.err)) {
    const told = ended.all.trim().split("\n").slice(-6).join(" / ");
    round.found([
      { what: "stuck", detail: `exit code ${ended.code}, wanted ${codes.join(" or ")}: ${told}` },
    ]);
  }
  round.found(inspectFault(place, { before, out: ended.out, ...damage }));
  return ended;
}

/** The command after the faults: nothing disturbs it, and it must end with everything done. */
export async function resume(round: Round): Promise<void> {
  const { place, random } = round;
  place.script({});
  await hit(round, { verb: verbOf(random), codes: [EXIT_CODES.ok.code] });
  round.found(inspectEnd(place));
}

/** Injects the round's faults one after another and resumes; how many `inject` says have hit. */
export async function injectEach(round: Round, inject: (index: number) => Promise<boolean>): Promise<number> {
  let hits = 0;
  for (let index = 0; index < round.faults; index++) if (await inject(index)) hits++;
  await resume(round);
  return hits;
}

// What a conformance check says: the words of its result, and the catalogue of all checks with what to do when one fails.
// No check is made here.

export type Verdict =
  | { readonly state: "passed"; readonly detail: string }
  | { readonly state: "failed"; readonly problem: string }
  | { readonly state: "not-applicable"; readonly reason: string };

export const passed = (detail: string): Verdict => ({ state: "passed", detail });
export const failed = (problem: string): Verdict => ({ state: "failed", problem });
export const notApplicable = (reason: string): Verdict => ({ state: "not-applicable", reason });

export interface CheckEntry {
  /** What is true of a method that passes. */
  readonly title: string;
  /** What to do when it fails. */
  readonly next: string;
}

/** All checks in the order in which they are made and shown. */
export const CHECKS = {
  config: {
    title: "configuration parses with its defaults and refuses what is wrong",
    next: "use z.strictObject, and give every field a range, a default and a description with its source",
  },
  support: {
    title: "refuses tasks it does not take, with a reason",
    next: "make supports(task) return { ok: false, reason } with a sentence for the user, and list only families that work",
  },
  runs: {
    title: "sets up, trains and deploys on a small model",
    next: "make setup() rewrite the model and return stages, finish and declared costs",
  },
  costs: {
    title: "counted parameters, bytes and optimizer state equal the declared formulas",
    next: "correct `declared` in setup(), or the modules that it counts; the formula is the card's, not the tensors'",
  },
  start: {
    title: "starts at the base model",
    next: "initialise what setup() adds so that it adds nothing, or set promises.startsAtBase to null",
  },
  lowers: {
    title: "steps lower the loss on one batch",
    next: "see that setup() marks parameters trainable and that the modules use them; then look at the learning rate",
  },
  gradients: {
    title: "gradients equal finite differences of the loss",
    next: "correct apply() of the module, or say in promises.gradients what its gradients are instead",
  },
  frozen: {
    title: "what is frozen stays the same bits in every step",
    next: "set trainable = false on what should stay, and let only update rules and declared hooks write",
  },
  state: {
    title: "state saves and loads",
    next: "return every number that the forward pass uses from params() of its module",
  },
  finish: {
    title: "deploying keeps the scores",
    next: "let finish() compute in double precision and round once, or set promises.finishKeeps to what the paper loses",
  },
  twice: {
    title: "finishing twice changes nothing",
    next: "let finish() return at once when it has run",
  },
  leaks: {
    title: "no tensor is left",
    next: "dispose parameters that finish() drops, and keep() only what is disposed later",
  },
  repeats: {
    title: "the same seed gives the same bits",
    next: "take random numbers only from random(...) of the context, and keep no state outside setup()",
  },
  smoke: {
    title: "runs at scale smoke in a worker process, one task of each family",
    next: "run the command shown, and look at its record",
  },
} as const satisfies Record<string, CheckEntry>;

export type CheckId = keyof typeof CHECKS;
export const CHECK_IDS = Object.keys(CHECKS) as CheckId[];

/** One line of a report. */
export interface Finding {
  readonly check: CheckId;
  readonly verdict: Verdict;
}

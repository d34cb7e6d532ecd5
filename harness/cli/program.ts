// The command tree: every command's file defines itself here; what commands do is loaded when they are called, so that
// help and completion never wait for an engine.
import { Command } from "commander";
import { defineCheck } from "./commands/check.ts";
import { defineClaims } from "./commands/claims.ts";
import { defineCompare } from "./commands/compare.ts";
import { defineComplete } from "./commands/complete.ts";
import { defineCompletion } from "./commands/completion.ts";
import { defineData } from "./commands/data.ts";
import { defineEngines } from "./commands/engines.ts";
import { defineExitCodes } from "./commands/exit-codes.ts";
import { defineList } from "./commands/list.ts";
import { defineNew } from "./commands/new.ts";
import { definePlan } from "./commands/plan.ts";
import { defineRebuild } from "./commands/rebuild.ts";
import { defineRun } from "./commands/run.ts";
import { defineShow } from "./commands/show.ts";
import { defineSlurmElement } from "./commands/slurm-element.ts";
import { defineStability } from "./commands/stability.ts";
import { defineSubmit } from "./commands/submit.ts";
import { defineSweep } from "./commands/sweep.ts";
import { defineTune } from "./commands/tune.ts";
import { defineVerify } from "./commands/verify.ts";
import type { Session } from "./session.ts";

const EXAMPLES = `
Examples:
  pnpm bench --method galore --task glue-sst2                 train, measure, store, show (the default command: run)
  pnpm bench --method lora,galore --task glue-sst2 --seeds 0-4
  pnpm bench list methods
  pnpm bench list runs --task glue-sst2
  pnpm bench show 3f2a9c

Every listing command takes --json. Exit codes: pnpm bench exit-codes`;

/** Commands that programs call and nobody types. */
export const HIDDEN: readonly string[] = ["complete", "slurm-element"];

/** All commands, bound to a session. Errors are thrown, never exits: `main` turns them into codes. */
export function makeProgram(session: Session): Command {
  const program = new Command("bench");
  program
    .description(
      "Which low-rank, parameter-efficient or compression method should I use, and what does it really cost?",
    )
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(see pnpm bench --help)")
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => session.terminal.out(text),
      writeErr: (text) => session.terminal.err(text),
      getOutHelpWidth: () => Math.min(session.terminal.columns, 110),
      getErrHelpWidth: () => Math.min(session.terminal.columns, 110),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  for (const define of [
    defineRun,
    definePlan,
    defineSweep,
    defineTune,
    defineVerify,
    defineCompare,
    defineStability,
    defineList,
    defineShow,
    defineCheck,
    defineClaims,
    defineData,
    defineEngines,
    defineNew,
    defineSubmit,
    defineRebuild,
    defineExitCodes,
    defineCompletion,
    defineComplete,
    defineSlurmElement,
  ]) {
    define(program, session);
  }
  return program;
}

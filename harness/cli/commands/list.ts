// `bench list`: methods, tasks and stored runs.
import { type Command, Option } from "commander";
import { SCALES } from "#harness/record/identity.ts";
import { OUTCOME_STATES } from "#harness/record/schema.ts";
import type { RunFilter } from "../list-runs.ts";
import { collect, parseInteger, parseList, parseScale, parseSeed } from "../parse.ts";
import type { Session } from "../session.ts";

interface RawFilter {
  readonly method: readonly string[];
  readonly task: readonly string[];
  readonly scale?: string;
  readonly engine?: string;
  readonly seed?: string;
  readonly state?: string;
  readonly limit: string;
  readonly json: boolean;
}

const STATES = [...OUTCOME_STATES, "running", "interrupted"] as const;
const MAX_ROWS = 1_000_000;

export function defineList(program: Command, session: Session): void {
  const list = program.command("list").description("list methods, tasks or runs");
  list
    .command("methods")
    .description("list the methods; with --method, also the fields of their configuration")
    .addOption(
      new Option("-m, --method <ids>", "only these, with their configuration")
        .argParser(collect)
        .default([], "all"),
    )
    .option("--json", "print one JSON document", false)
    .action(async (options: { readonly method: readonly string[]; readonly json: boolean }) => {
      session.json = options.json;
      const { listMethodsCommand } = await import("../list-parts.ts");
      await listMethodsCommand(session, parseList(options.method, "--method"));
    });
  list
    .command("tasks")
    .description("list the tasks")
    .option("--json", "print one JSON document", false)
    .action(async (options: { readonly json: boolean }) => {
      session.json = options.json;
      const { listTasksCommand } = await import("../list-parts.ts");
      await listTasksCommand(session);
    });
  list
    .command("runs")
    .description("list the stored runs, newest first, and those that run now")
    .addOption(
      new Option("-m, --method <ids>", "only of these methods").argParser(collect).default([], "all"),
    )
    .addOption(new Option("-t, --task <ids>", "only on these tasks").argParser(collect).default([], "all"))
    .option("--scale <scale>", `only at this scale: ${SCALES.join(", ")}`)
    .option("--engine <name>", "only on this engine")
    .option("--seed <n>", "only with this seed")
    .addOption(new Option("--state <state>", "only with this state").choices(STATES))
    .option("--limit <n>", "at most so many", "50")
    .option("--json", "print one JSON document", false)
    .action(async (raw: RawFilter) => {
      session.json = raw.json;
      const filter: RunFilter = {
        methods: parseList(raw.method, "--method"),
        tasks: parseList(raw.task, "--task"),
        scale: raw.scale === undefined ? null : parseScale(raw.scale),
        engine: raw.engine ?? null,
        seed: raw.seed === undefined ? null : parseSeed(raw.seed),
        state: STATES.find((state) => state === raw.state) ?? null,
        limit: parseInteger(raw.limit, "--limit", { min: 1, max: MAX_ROWS }),
      };
      const { listRunsCommand } = await import("../list-runs.ts");
      await listRunsCommand(session, filter);
    });
}

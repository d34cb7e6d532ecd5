// What the user asked for, with every option resolved and checked; what the plan starts from.
import type { EngineName } from "#harness/engine/engine.ts";
import type { Scale } from "#harness/record/identity.ts";

export interface RunRequest {
  /** Method and task ids as given; the plan finds them. */
  readonly methods: readonly string[];
  readonly tasks: readonly string[];
  readonly seeds: readonly number[];
  readonly scale: Scale;
  readonly engine: EngineName;
  /** Threads inside one operation. */
  readonly threads: number;
  /** `--set` pairs, still text. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Use the configurations that `bench tune` chose; left out for no. */
  readonly tuned?: boolean;
}

/** The command that does exactly one run, whatever command it was part of. */
export function commandOf(run: {
  readonly method: string;
  readonly task: string;
  readonly seed: number;
  readonly request: Pick<RunRequest, "scale" | "engine" | "threads" | "overrides">;
}): string {
  const { scale, engine, threads, overrides } = run.request;
  const words = [
    "pnpm bench",
    `--method ${run.method}`,
    `--task ${run.task}`,
    `--scale ${scale}`,
    `--seed ${run.seed}`,
  ];
  words.push(`--engine ${engine}`, `--threads ${threads}`);
  for (const [key, value] of Object.entries(overrides)) words.push(`--set ${quote(`${key}=${value}`)}`);
  return words.join(" ");
}

/** A word for a POSIX shell. */
const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

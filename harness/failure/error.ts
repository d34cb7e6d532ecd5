// The one error type a user may see. It names the thing, the field, the value, what was wanted and the next step;
// anything else that reaches the top is a defect and is reported as such.
import { EXIT_CODES, type ExitReason } from "./exit-codes.ts";

export interface ErrorParts {
  /** Which documented exit code this is. */
  readonly reason: Exclude<ExitReason, "ok">;
  /** What went wrong, in one sentence without the details below. */
  readonly problem: string;
  /** The object in question: `method lora`, `file results/x.json`. */
  readonly thing?: string;
  readonly field?: string;
  /** The value that was got. It is printed quoted and shortened. */
  readonly value?: unknown;
  readonly wanted?: string;
  /** What to do now; a command where there is one. */
  readonly next?: string;
  readonly cause?: unknown;
}

const MAX_VALUE = 120;

/** What JSON has no words for (a circle, a bigint) is named by its kind: an error's own text must never fail. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === "bigint" ? String(value) : Object.prototype.toString.call(value);
  }
}

/** A value as one short quoted line: no control characters, at most 120 characters. */
export function renderValue(value: unknown): string {
  const text = jsonOf(value);
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE - 3)}...`;
}

function message(parts: ErrorParts): string {
  const head = parts.thing === undefined ? parts.problem : `${parts.thing}: ${parts.problem}`;
  const lines = [head];
  if (parts.field !== undefined) lines.push(`  field:  ${parts.field}`);
  if ("value" in parts) lines.push(`  got:    ${renderValue(parts.value)}`);
  if (parts.wanted !== undefined) lines.push(`  wanted: ${parts.wanted}`);
  if (parts.next !== undefined) lines.push(`  next:   ${parts.next}`);
  return lines.join("\n");
}

export class RankbenchError extends Error {
  readonly parts: ErrorParts;

  constructor(parts: ErrorParts) {
    super(message(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "RankbenchError";
    this.parts = parts;
  }

  get exitCode(): number {
    return EXIT_CODES[this.parts.reason].code;
  }
}

/** What was thrown, in its own words: the message of an error, the text of anything else. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

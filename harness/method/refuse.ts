// How a method refuses a configuration that only its setup can judge: methods do not see the failure layer below.
import { RankbenchError } from "#harness/failure/error.ts";

/** The error for a value of one configuration field; `wanted` says what would do. */
export const refuseConfig = (parts: {
  readonly method: string;
  readonly problem: string;
  readonly field: string;
  readonly value: unknown;
  readonly wanted: string;
}): RankbenchError =>
  new RankbenchError({
    reason: "config",
    thing: `method ${parts.method}`,
    problem: parts.problem,
    field: parts.field,
    value: parts.value,
    wanted: parts.wanted,
    next: `give another value with --set ${parts.field}=...`,
  });

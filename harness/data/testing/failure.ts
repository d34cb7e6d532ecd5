// The error that a piece of work must end in.
import { RankbenchError } from "#harness/failure/error.ts";

/** Waits for `work` and returns the RankbenchError it ends in; any other end is thrown. */
export async function failureOf(work: Promise<unknown>): Promise<RankbenchError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof RankbenchError))
    throw new Error(`expected a RankbenchError, got ${String(error)}`, { cause: error });
  return error;
}

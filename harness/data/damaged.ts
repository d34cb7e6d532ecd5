// What is said of a file whose content is not what its form promises. The same way out for all of them: another copy.
import { RankbenchError } from "#harness/failure/error.ts";

/** What is wrong with one file, and where in it. */
export type Refuse = (problem: string, field: string, value: unknown, wanted: string) => RankbenchError;

/** Refuses `thing`, as "file train.csv", with a `data` error. */
export const refuserOf =
  (thing: string): Refuse =>
  (problem, field, value, wanted) =>
    new RankbenchError({
      reason: "data",
      thing,
      problem,
      field,
      value,
      wanted,
      next: "get an undamaged copy of the file: bench data verify says which copies are good",
    });

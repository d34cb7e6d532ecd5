// Turns what one step of `pnpm test` left behind into counts. Runs nothing and prints nothing.
import { z } from "zod";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of what failed, `file > test`. */
  readonly failures: readonly string[];
}

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** The part of Vitest's JSON report that is read; what else it holds is ignored. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  failures: [...a.failures, ...b.failures],
});

const failure = (name: string): Counts => ({ ...NO_COUNTS, failed: 1, failures: [name] });

/** A step that is one test as a whole (types, lint, arrows): its exit code decides. */
export function countCommand(step: string, exitCode: number | null): Counts {
  return exitCode === 0
    ? { ...NO_COUNTS, passed: 1 }
    : failure(`${step} ended with ${exitCode ?? "a signal"}`);
}

/**
 * Tests of one Vitest project. `report` is the text of its JSON report, undefined where none was written.
 * A file that could not be loaded, a crash, an error outside tests and a project without tests count as one failure each.
 */
export function countProject(project: string, report: string | undefined, exitCode: number | null): Counts {
  if (report === undefined) return failure(`${project} crashed before its report (${exitCode ?? "signal"})`);
  const parsed = reportSchema.safeParse(parseJson(report));
  if (!parsed.success) return failure(`${project} left a report that cannot be read`);
  let counts = NO_COUNTS;
  for (const file of parsed.data.testResults) {
    const failures = file.assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName }) => `${file.name} > ${fullName}`);
    const passed = file.assertionResults.filter(({ status }) => status === "passed").length;
    const skipped = file.assertionResults.length - passed - failures.length;
    counts = add(counts, { passed, failed: failures.length, skipped, failures });
    // A file that throws while it is loaded, or in a hook, fails without a failed test.
    if (file.status === "failed" && failures.length === 0)
      counts = add(counts, failure(`${file.name} could not be run`));
  }
  const ran = counts.passed + counts.failed;
  if (ran === 0) return add(counts, failure(`${project} ran no test`));
  if (exitCode !== 0 && counts.failed === 0) {
    return add(counts, failure(`${project} ended with ${exitCode ?? "a signal"} though no test failed`));
  }
  return counts;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The last line of `pnpm test`, which CI and people read. */
export const lastLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

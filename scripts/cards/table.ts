// The tests that a method's card asks for and where each is: `methods/<id>/card-tests.json`. The cards are not part of the
// repository, so the files hold our own short words and how many tests the card lists.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CHECK_IDS } from "#harness/check/verdict.ts";
import { idSchema } from "#harness/record/identity.ts";
import { code, table } from "../docs/markdown.ts";
import { ROOT } from "../root.ts";

const words = z.string().min(4).max(200);

/** What stands for a test of a card. */
const evidenceSchema = z.union([
  /** A test by its file and its whole title. */
  z.strictObject({ file: z.string().regex(/^(?:harness|methods|tasks)\/.*\.test\.ts$/), title: words }),
  /** A check of `bench check`, made for every method. */
  z.strictObject({ check: z.enum(CHECK_IDS) }),
  /** A claim of the method's claims.json: an order that needs runs of several seeds. */
  z.strictObject({ claim: idSchema }),
  /** There is none, for this reason. */
  z.strictObject({ absent: words }),
]);
export type Evidence = z.infer<typeof evidenceSchema>;

export const cardTestsSchema = z.strictObject({
  /** Number of the card; `00` and the section for baselines; null for a method that has none. */
  card: z
    .string()
    .regex(/^\d{2}(?: [A-E](?:, [A-E])*)?$/)
    .nullable(),
  /** How many tests the card's list has; left out for baselines, whose card has no list. */
  bullets: z.int().positive().optional(),
  tests: z
    .array(
      z.strictObject({
        /** Its place in the card's list; left out for tests that are ours. */
        bullet: z.int().positive().optional(),
        test: words,
        by: z.array(evidenceSchema).min(1),
      }),
    )
    .min(1),
});
export type CardTests = z.infer<typeof cardTestsSchema>;

/** The table of one method; a file that does not fit the schema is an error. */
export async function cardTests(method: string, root: string = ROOT): Promise<CardTests> {
  const file = join(root, "methods", method, "card-tests.json");
  return cardTestsSchema.parse(JSON.parse(await readFile(file, "utf8")));
}

/** Places of the card's list that no row speaks of. */
export function unlisted({ bullets = 0, tests }: CardTests): number[] {
  const listed = new Set(tests.map(({ bullet }) => bullet));
  return Array.from({ length: bullets }, (_, i) => i + 1).filter((bullet) => !listed.has(bullet));
}

/** Titles of the tests in a source text: `it("...")`, `test("...")` and the forms with `.each`. */
export function testTitles(source: string): ReadonlySet<string> {
  const found = source.matchAll(/(?:\b(?:it|test)|\]\)|\))\(\s*("(?:[^"\\\n]|\\.)*")/g);
  return new Set([...found].map(([, literal]) => JSON.parse(literal ?? '""') as string));
}

function evidenceText(evidence: Evidence): string {
  if ("file" in evidence) return `${code(evidence.file)}: ${evidence.title}`;
  if ("check" in evidence) return `${code("bench check")}, ${evidence.check}`;
  if ("claim" in evidence) return `claim ${code(evidence.claim)}: needs runs of several seeds`;
  return `none: ${evidence.absent}`;
}

/** The table as it stands in the method's README. */
export const renderCardTests = ({ tests }: CardTests): string =>
  table(
    [{ title: "test of the card" }, { title: "where it is" }],
    tests.map(({ test, by }) => [test, by.map(evidenceText).join("; ")]),
  );

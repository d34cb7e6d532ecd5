import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { claimsOf } from "#harness/claims/files.ts";
import { methodIds } from "#harness/method/registry.ts";
import { ROOT } from "../root.ts";
import { type CardTests, cardTests, cardTestsSchema, testTitles, unlisted } from "./table.ts";

const IDS = await methodIds();

/** Evidence of a table that is not where it says. */
async function dangling(method: string, { tests }: CardTests): Promise<string[]> {
  const claims = new Set((await claimsOf(method))?.claims.map(({ id }) => id));
  return tests.flatMap(({ by }) =>
    by.flatMap((evidence) => {
      if ("claim" in evidence) return claims.has(evidence.claim) ? [] : [`no claim ${evidence.claim}`];
      if (!("file" in evidence)) return [];
      const path = join(ROOT, evidence.file);
      if (!existsSync(path)) return [`no file ${evidence.file}`];
      return testTitles(readFileSync(path, "utf8")).has(evidence.title)
        ? []
        : [`no test "${evidence.title}" in ${evidence.file}`];
    }),
  );
}

describe("tests that the cards ask for", () => {
  it.each(IDS)(
    "of %s are each where the table says, and none of the card's list is passed over",
    async (id) => {
      const table = await cardTests(id);
      expect(await dangling(id, table)).toEqual([]);
      expect(unlisted(table)).toEqual([]);
    },
  );

  it("would be missed: a wrong title, a wrong claim, a place of the list without a row", async () => {
    const table: CardTests = {
      card: "20",
      bullets: 3,
      tests: [
        { bullet: 1, test: "a test", by: [{ file: "scripts/none.test.ts", title: "none" }] },
        { bullet: 3, test: "another", by: [{ claim: "no-such-claim" }] },
      ],
    };
    expect(await dangling("galore", table)).toEqual([
      "no file scripts/none.test.ts",
      "no claim no-such-claim",
    ]);
    expect(unlisted(table)).toEqual([2]);
    const misnamed = {
      test: "a test",
      by: [{ file: "harness/optim/galore.test.ts", title: "decays never" }],
    };
    expect(await dangling("galore", { card: "20", tests: [misnamed] })).toEqual([
      'no test "decays never" in harness/optim/galore.test.ts',
    ]);
  });

  it("refuse evidence of no kind, and rows without any", () => {
    const row = (by: unknown) => cardTestsSchema.safeParse({ card: "20", tests: [{ test: "a test", by }] });
    expect(row([]).success).toBe(false);
    expect(row([{ check: "beauty" }]).success).toBe(false);
    expect(row([{ check: "costs", claim: "x" }]).success).toBe(false);
    expect(row([{ check: "costs" }]).success).toBe(true);
  });

  it("are found by title in each form that a test has", () => {
    const source = `it("one", () => {}); test(\n  "two \\"quoted\\"", f); it.each([1, 2])("three %i", g); describe("no", h);`;
    expect([...testTitles(source)]).toEqual(["one", 'two "quoted"', "three %i"]);
  });
});

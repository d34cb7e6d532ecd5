// The files of a new method's folder as texts: source, test, README, claims, tests of the card. Writes nothing.
import type { MethodKind } from "#harness/method/contract.ts";
import { methodSource } from "./method-source.ts";

/** `my-method` as `My method`. */
const titleOf = (id: string): string => {
  const words = id.split("-").join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const testSource = (
  id: string,
): string => `import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conformanceProblems } from "#harness/check/testing/conformance.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { method } from "./method.ts";

describe(${JSON.stringify(id)}, () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  // Each line that fails says the next step. When it passes, put in its place tests of what is the method's own: a closed
  // form, a limit in which it equals another method, a number of the paper. The conformance suite finds the folder by itself.
  it("conforms", async () => {
    expect(await conformanceProblems(engine, method)).toEqual([]);
  });
});
`;

/** What the checks answer of a card's tests from the first day. */
const CARD_TESTS = {
  card: null,
  tests: [
    { test: "costs equal the declared formulas", by: [{ check: "costs" }] },
    { test: "frozen numbers stay the same bits", by: [{ check: "frozen" }] },
    { test: "deploying keeps the scores, once", by: [{ check: "finish" }, { check: "twice" }] },
  ],
} as const;

const readme = (id: string, title: string): string => `# ${title}

What it does, in your own words: what is trained, what is frozen, what is deployed.

**Scaled down.** What is smaller here than in the paper.

**Not reproduced.** What is left out, and why.

**Fidelity.** reconstruction. Say what it was made from: official code, the paper alone, or what you filled in.

<!-- generated:card-tests -->
| test of the card | where it is |
| --- | --- |
${CARD_TESTS.tests
  .map(({ test, by }) => `| ${test} | ${by.map(({ check }) => `\`bench check\`, ${check}`).join("; ")} |`)
  .join("\n")}
<!-- /generated:card-tests -->

Next: \`pnpm bench check ${id}\`.
`;

const claims = (id: string, title: string) => ({
  claims: [
    {
      id: "near-full-fine-tuning",
      statement: `${title} is within one point of full fine-tuning.`,
      source: "replace by the table or section of the paper that says it",
      task: "glue-sst2",
      scale: "small",
      subject: { method: id },
      reference: { method: "full-finetune" },
      parts: [{ metric: "quality", test: { kind: "not-worse", within: 0.01 } }],
    },
  ],
});

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Texts of the new folder by file name. */
export function methodFolder(id: string, kind: MethodKind): ReadonlyMap<string, string> {
  const title = titleOf(id);
  return new Map([
    ["method.ts", methodSource(id, title, kind)],
    [`${id}.test.ts`, testSource(id)],
    ["README.md", readme(id, title)],
    ["claims.json", json(claims(id, title))],
    ["card-tests.json", json(CARD_TESTS)],
  ]);
}

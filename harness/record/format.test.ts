import { describe, expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { formatRecord, parseRecord } from "./format.ts";
import { runId } from "./identity.ts";
import type { RunRecord } from "./schema.ts";
import { sampleOutcomes, sampleRecord } from "./testing/records.ts";

/** The error that `text` gives, or undefined when it parses. */
function refusalOf(text: string): RankbenchError | undefined {
  try {
    parseRecord(text, "results/x.json");
    return undefined;
  } catch (error) {
    if (error instanceof RankbenchError) return error;
    throw error;
  }
}

/** The record's plain JSON after `change`, which may break any rule. */
function changed(change: (plain: Record<string, never>) => void): string {
  const plain = JSON.parse(formatRecord(sampleRecord()));
  change(plain);
  return JSON.stringify(plain);
}

describe("text of a record", () => {
  test.each(sampleOutcomes(1).map((outcome) => [outcome.state, outcome] as const))(
    "%s: parsing the text gives the record, and its text is the same bytes",
    (_state, outcome) => {
      const record = sampleRecord({ outcome });
      const text = formatRecord(record);
      expect(JSON.parse(text)).toEqual(record);
      expect(parseRecord(text, "x.json")).toEqual(record);
      expect(formatRecord(parseRecord(text, "x.json"))).toBe(text);
    },
  );

  test("does not depend on the order in which keys were set", () => {
    const backwards = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(backwards);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, backwards(item)]),
      );
    };
    const record = sampleRecord();
    expect(formatRecord(backwards(record) as RunRecord)).toBe(formatRecord(record));
  });

  test("starts with what a reader looks for, keeps columns on one line and ends with one newline", () => {
    const lines = formatRecord(sampleRecord()).split("\n");
    expect(lines.slice(0, 5)).toEqual([
      "{",
      '  "schema": 1,',
      `  "id": "${sampleRecord().id}",`,
      '  "identity": {',
      '    "task": "glue-sst2",',
    ]);
    expect(lines).toContain('        "loss": [0.69, 0.5, 0.3333333333333333],');
    expect(lines.slice(-2)).toEqual(["}", ""]);
  });

  test("a message cut inside an emoji is mended, not lost", () => {
    const cut = "🙂".slice(0, 1);
    const outcome = {
      state: "crashed",
      stage: null,
      step: null,
      message: `x${cut}`,
      exitCode: 1,
      signal: null,
    } as const;
    const read = parseRecord(formatRecord(sampleRecord({ outcome })), "x.json");
    expect(read.outcome).toEqual({ ...outcome, message: "x\uFFFD" });
  });

  test("a number that is not finite is refused before anything is written", () => {
    const record = sampleRecord();
    const phases = [{ ...record.phases[0], seconds: Number.NaN }] as RunRecord["phases"];
    expect(() => formatRecord({ ...record, phases })).toThrow(/phases\.0\.seconds/);
  });
});

describe("reading refuses, naming file and field:", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["text that is not JSON", '{"schema": 1', "(root)"],
    ["an empty file", "", "(root)"],
    ["an unknown key", changed((plain) => Object.assign(plain, { extra: 1 })), "(root)"],
    [
      "an unknown key deep inside",
      changed((plain) => Object.assign(plain.environment ?? {}, { extra: 1 })),
      "environment",
    ],
    [
      "a key that would reach the prototype",
      formatRecord(sampleRecord()).replace('"schema": 1', '"schema": 1, "__proto__": {}'),
      "__proto__",
    ],
    ["a missing field", changed((plain) => delete plain.command), "command"],
    ["another schema", changed((plain) => Object.assign(plain, { schema: 2 })), "schema"],
    [
      "an id that is not the identity's",
      changed((plain) => Object.assign(plain, { id: "0".repeat(16) })),
      "id",
    ],
    ["a changed identity", changed((plain) => Object.assign(plain.identity ?? {}, { seed: 1 })), "id"],
    [
      "a negative seed",
      changed((plain) => Object.assign(plain.identity ?? {}, { seed: -1 })),
      "identity.seed",
    ],
    [
      "an unsafe seed",
      changed((plain) => Object.assign(plain.identity ?? {}, { seed: 2 ** 53 })),
      "identity.seed",
    ],
    [
      "a number beyond doubles",
      formatRecord(sampleRecord()).replace('"seconds": 1.5', '"seconds": 1e999'),
      "phases.0.seconds",
    ],
    ["half a surrogate pair", changed((plain) => Object.assign(plain, { command: "\ud83d" })), "command"],
    [
      "columns of unequal length",
      formatRecord(sampleRecord()).replace("[10, 20, 30]", "[10, 20]"),
      "curves.0.training",
    ],
    [
      "base64 that is not canonical",
      formatRecord(sampleRecord()).replace(/("shape": \[40, 2\],\s+"data": ")/, "$1!"),
      "outcome.result.predictions.scores.data",
    ],
    [
      "a shape that the scores do not fill",
      formatRecord(sampleRecord()).replace('"shape": [40, 2]', '"shape": [41, 2]'),
      "outcome.result.predictions.scores",
    ],
    [
      "logits of one dimension",
      formatRecord(sampleRecord()).replace('"shape": [40, 2]', '"shape": [80]'),
      "outcome.result.predictions",
    ],
  ];
  test.each(cases)("%s", (_what, text, field) => {
    const error = refusalOf(text);
    expect(error?.message).toContain("results/x.json");
    expect(error?.parts.field).toBe(field);
    expect(error?.exitCode).toBe(6);
    expect(error?.parts.next).toMatch(/restore|delete/);
  });

  test("values nested too deeply for the stack", () => {
    const deep = 100_000;
    const text = changed((plain) => Object.assign(plain.identity ?? {}, { config: { x: "DEEP" } })).replace(
      '"DEEP"',
      "[".repeat(deep) + "]".repeat(deep),
    );
    expect(refusalOf(text)?.message).toMatch(/nested too deeply|not JSON/);
  });
});

test("a thousand random mutations of a file give a typed error or a record of an honest id, nothing else", () => {
  const text = formatRecord(sampleRecord());
  const pieces = ["", "0", "-1", "1e999", "null", "{}", "[]", '"', ",", "\u0000", "true", '"x"', "\ud800"];
  let state = 12345;
  const next = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  let refused = 0;
  for (let i = 0; i < 1000; i++) {
    const at = next(text.length);
    const mutated = text.slice(0, at) + pieces[next(pieces.length)] + text.slice(at + next(4));
    if (refusalOf(mutated) !== undefined) refused++;
    else {
      const record = parseRecord(mutated, "x.json");
      expect(record.id).toBe(runId(record.identity));
      expect(parseRecord(formatRecord(record), "x.json")).toEqual(record);
    }
  }
  expect(refused).toBeGreaterThan(500);
});

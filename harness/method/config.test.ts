import { describe, expect, it } from "vitest";
import { z } from "zod";
import { RankbenchError } from "#harness/failure/error.ts";
import { describeConfig, resolveConfig } from "./config.ts";
import { defineMethod, type Method, type TaskFacts } from "./contract.ts";
import { supportOf } from "./support.ts";

const schema = z.strictObject({
  rank: z.int().min(1).default(8).describe("directions"),
  scaling: z.enum(["plain", "root"]).default("plain"),
  targets: z.array(z.string().min(1)).min(1).default(["query"]),
  merge: z.boolean().default(true),
  limit: z.number().positive().nullable().default(null),
  rate: z.number().positive().default(0.001),
});
const method = defineMethod<z.infer<typeof schema>>({
  id: "example",
  title: "Example",
  kind: "adapter",
  paper: null,
  fidelity: "paper",
  summary: "An example.",
  families: ["glue"],
  config: schema,
  presets: [
    { when: { family: "glue" }, set: { rank: 4, rate: 0.5 }, source: "here" },
    { when: { backbone: "big", scale: "full" }, set: { rate: 0.25 }, source: "here" },
  ],
  startsFrom: "pretrained",
  supports: () => ({ ok: true }),
  setup: async () => {
    throw new Error("not used");
  },
});
const facts = (over: Partial<TaskFacts> = {}): TaskFacts => ({
  id: "t",
  family: "glue",
  scale: "small",
  backbone: "little",
  outputs: 2,
  ...over,
});

function refusal(overrides: Record<string, string>): RankbenchError {
  try {
    resolveConfig(method, facts(), overrides);
  } catch (error) {
    if (error instanceof RankbenchError) return error;
  }
  throw new Error(`${JSON.stringify(overrides)} was accepted`);
}

describe("resolveConfig", () => {
  it("fills in defaults, then the presets that fit, then the user's values", () => {
    expect(resolveConfig(method, facts({ family: "text" }), {})).toEqual({
      rank: 8,
      scaling: "plain",
      targets: ["query"],
      merge: true,
      limit: null,
      rate: 0.001,
    });
    expect(resolveConfig(method, facts(), {}).rate).toBe(0.5);
    // A preset needs all of its conditions; a later one wins.
    expect(resolveConfig(method, facts({ backbone: "big" }), {}).rate).toBe(0.5);
    expect(resolveConfig(method, facts({ backbone: "big", scale: "full" }), {}).rate).toBe(0.25);
    expect(resolveConfig(method, facts(), { rate: "2e-3" }).rate).toBe(0.002);
  });

  it("reads text as each field's type", () => {
    const config = resolveConfig(method, facts(), {
      rank: "16",
      targets: "query, value",
      merge: "false",
      limit: "1.5",
      scaling: "root",
    });
    expect(config).toMatchObject({
      rank: 16,
      targets: ["query", "value"],
      merge: false,
      limit: 1.5,
      scaling: "root",
    });
    expect(resolveConfig(method, facts(), { limit: "null" }).limit).toBe(null);
  });

  it("refuses an unknown key with the nearest one", () => {
    const error = refusal({ rnak: "4" });
    expect(error.exitCode).toBe(3);
    expect(error.message).toMatch(/unknown configuration key "rnak"[\s\S]*did you mean "rank"/);
  });

  it.each([
    ["rank", "0"],
    ["rank", "1.5"],
    ["rank", "abc"],
    ["rank", ""],
    ["rate", "-1"],
    ["rate", "NaN"],
    ["rate", "Infinity"],
    ["merge", "yes"],
    ["scaling", "rooot"],
    ["targets", ""],
  ])("refuses %s=%s naming method, field and value", (field, text) => {
    const error = refusal({ [field]: text });
    expect(error.exitCode).toBe(3);
    expect(error.parts.thing).toBe("method example");
    expect(error.parts.field?.startsWith(field)).toBe(true);
    expect(error.message).toContain("got:");
    expect(error.message).toContain("wanted:");
  });
});

describe("supportOf", () => {
  it("refuses a task of another family with the reason, and else asks the method", () => {
    const any: Method = method;
    expect(supportOf(any, facts())).toEqual({ ok: true });
    const refused = supportOf(any, facts({ family: "ctr" }));
    expect(refused).toMatchObject({ ok: false, reason: expect.stringContaining("not for ctr") });
    const own: Method = { ...any, supports: () => ({ ok: false, reason: "no head" }) };
    expect(supportOf(own, facts())).toEqual({ ok: false, reason: "no head" });
  });
});

describe("describeConfig", () => {
  it("tells name, type, default and description of every field", () => {
    const fields = describeConfig(method);
    expect(fields[0]).toEqual({ name: "rank", type: "integer", default: 8, description: "directions" });
    expect(fields.map((field) => field.type)).toEqual([
      "integer",
      "plain|root",
      "list",
      "boolean",
      "number|null",
      "number",
    ]);
  });
});

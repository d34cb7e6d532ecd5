// A contributor's first step: the folder that `bench new` writes compiles, is formatted, and its check says what is left.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseClaims } from "#harness/claims/files.ts";
import { METHOD_KINDS } from "#harness/method/contract.ts";
import { cardTestsSchema, renderCardTests } from "#scripts/cards/table.ts";
import { makeScratch, type Scratch } from "./testing/scratch.ts";

const CHECKOUT = join(import.meta.dirname, "..", "..");
const idOf = (kind: string): string => `fresh-${kind}`;
const IDS = METHOD_KINDS.map(idOf);

describe("bench new", () => {
  let scratch: Scratch;
  const read = (id: string, file: string): string =>
    readFileSync(join(scratch.root, "methods", id, file), "utf8");
  const node = (...argv: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
      cwd: scratch.root,
      encoding: "utf8",
    });
    return { status, text: `${stdout}${stderr}` };
  };

  beforeAll(async () => {
    scratch = makeScratch();
    for (const kind of METHOD_KINDS) {
      const { code, all } = await scratch.bench(["new", idOf(kind), "--kind", kind]);
      expect(all).toContain(`next: pnpm bench check ${idOf(kind)} --no-smoke`);
      expect(code).toBe(0);
    }
  });
  afterAll(() => scratch.remove());

  it("writes source, test, README, claims and tests of the card for every kind of method, and nothing else", () => {
    for (const id of IDS) {
      expect(scratch.files(join("methods", id))).toEqual(
        ["README.md", "card-tests.json", "claims.json", `${id}.test.ts`, "method.ts"].sort(),
      );
      expect(parseClaims(read(id, "claims.json"), id).claims).toHaveLength(1);
      const tests = cardTestsSchema.parse(JSON.parse(read(id, "card-tests.json")));
      expect(read(id, "README.md")).toContain(`\n${renderCardTests(tests)}\n`);
    }
    expect(scratch.files("methods").filter((name) => name.includes(".new-"))).toEqual([]);
  });

  it("writes sources that the compiler and the linter accept", () => {
    const include = IDS.map((id) => `methods/${id}/*.ts`);
    writeFileSync(
      join(scratch.root, "tsconfig.new.json"),
      JSON.stringify({ extends: "./tsconfig.json", include }),
    );
    copyFileSync(join(CHECKOUT, "biome.json"), join(scratch.root, "biome.json"));
    const types = node("node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.new.json");
    expect(types).toEqual({ status: 0, text: "" });
    const folders = IDS.map((id) => `methods/${id}`);
    const lint = node("node_modules/@biomejs/biome/bin/biome", "check", "--vcs-enabled=false", ...folders);
    expect(lint.text).toContain(`Checked ${4 * IDS.length} files`);
    expect(lint.status).toBe(0);
  });

  it("leaves a check that fails with the next step, for every kind", async () => {
    const { code, out } = await scratch.bench(["check", ...IDS, "--no-smoke", "--json"]);
    expect(code).toBe(9);
    const { ok, methods } = JSON.parse(out) as {
      readonly ok: boolean;
      readonly methods: readonly {
        readonly method: string;
        readonly checks: readonly {
          readonly check: string;
          readonly state: string;
          readonly problem?: string;
        }[];
      }[];
    };
    expect(ok).toBe(false);
    for (const { method, checks } of methods) {
      const failed = checks.filter(({ state }) => state === "failed");
      expect(
        failed.map(({ check }) => check),
        method,
      ).toEqual(["runs"]);
      expect(failed[0]?.problem).toMatch(new RegExp(`^${method} is not written yet: \\w+`));
    }
  });

  it("refuses ids that are taken, leave the folder or are of no good form, and unknown kinds; nothing is written", async () => {
    const before = scratch.files("methods");
    const refused = [
      ["lora", /is taken/],
      ["../evil", /cannot be the id of a method/],
      ["Lora", /cannot be the id of a method/],
      ["a/b", /cannot be the id of a method/],
      ["x".repeat(65), /cannot be the id of a method/],
    ] as const;
    for (const [id, problem] of refused) {
      const { code, err } = await scratch.bench(["new", id]);
      expect([id, code]).toEqual([id, 2]);
      expect(err).toMatch(problem);
    }
    const { code, err } = await scratch.bench(["new", "good-id", "--kind", "adaptor"]);
    expect(code).toBe(2);
    expect(err).toMatch(/did you mean "adapter"/);
    expect(scratch.files("methods")).toEqual(before);
    expect(existsSync(join(scratch.root, "evil"))).toBe(false);
  });
});

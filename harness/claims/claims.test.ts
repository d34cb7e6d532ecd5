import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveConfig } from "#harness/method/config.ts";
import { findMethod, methodIds } from "#harness/method/registry.ts";
import type { MetricId } from "#harness/record/metrics.ts";
import type { Measured, Outcome } from "#harness/record/schema.ts";
import { sampleRecord, sampleResult } from "#harness/record/testing/records.ts";
import { openStore, type Store } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import { evaluateClaim, type ResolvedClaim, resolveClaim } from "./evaluate.ts";
import { claimsOf, parseClaims } from "./files.ts";
import type { Claim } from "./schema.ts";

const find = { task: findTask, method: findMethod };

const CLAIM: Claim = {
  id: "near-full",
  statement: "GaLore is near full fine-tuning at less than 0.4 of its state.",
  source: "a statement of the tests",
  task: "glue-sst2",
  scale: "small",
  subject: { method: "galore", set: { rank: "4" } },
  reference: { method: "full-finetune", set: {} },
  parts: [
    { metric: "quality", test: { kind: "not-worse", within: 0.01 } },
    { metric: "optimizer-state-bytes", test: { kind: "ratio", atMost: 0.4 } },
  ],
};

describe("claims files", () => {
  const text = (changes: object) => JSON.stringify({ claims: [{ ...CLAIM, ...changes }] });

  it("are read with their defaults", () => {
    expect(parseClaims(text({}), "x.json").claims).toEqual([CLAIM]);
  });

  it("are refused by field: unknown keys, unknown metrics, equal ids, no claim at all, no JSON", () => {
    expect(() => parseClaims(text({ weight: 1 }), "x.json")).toThrow(
      /file x\.json[\s\S]*Unrecognized key: "weight"/,
    );
    expect(() =>
      parseClaims(text({ parts: [{ metric: "fame", test: { kind: "better", by: 0 } }] }), "x.json"),
    ).toThrow(/claims\.0\.parts\.0\.metric/);
    expect(() => parseClaims(JSON.stringify({ claims: [CLAIM, CLAIM] }), "x.json")).toThrow(/one id/);
    expect(() => parseClaims('{"claims":[]}', "x.json")).toThrow(/neither a claim/);
    expect(() => parseClaims("{", "x.json")).toThrow(/is not JSON/);
  });

  it("refuse arms whose method, setting or task does not exist", async () => {
    const wrong = (changes: Partial<Claim>) => resolveClaim({ ...CLAIM, ...changes }, find);
    await expect(wrong({ subject: { method: "galroe", set: {} } })).rejects.toThrow(/did you mean "galore"/);
    await expect(wrong({ subject: { method: "galore", set: { rang: "1" } } })).rejects.toThrow(
      /did you mean "rank"/,
    );
    await expect(wrong({ task: "glue-sst3" })).rejects.toThrow(/glue-sst2/);
    await expect(wrong({ subject: { method: "lora", set: {} }, task: "ctr-frappe" })).rejects.toThrow(
      /lora does not take ctr-frappe/,
    );
  });

  for (const id of ["full-finetune", "galore"]) {
    it(`${id} has one`, async () => expect(await claimsOf(id)).toBeDefined());
  }

  it("of every method can be resolved, and no claim compares an arm with itself", async () => {
    for (const id of await methodIds()) {
      const file = await claimsOf(id);
      expect(file, `methods/${id}/claims.json`).toBeDefined();
      for (const claim of file?.claims ?? []) {
        const { subject, reference } = await resolveClaim(claim, find);
        expect([subject.method.id, reference.method.id], claim.id).toContain(id);
        const same =
          subject.method === reference.method &&
          JSON.stringify(subject.config) === JSON.stringify(reference.config);
        expect(same, `${id}: ${claim.id}`).toBe(false);
      }
    }
  });
});

describe("evaluateClaim", () => {
  let store: Store;
  let resolved: ResolvedClaim;
  beforeEach(async () => {
    store = openStore(":memory:");
    resolved = await resolveClaim(CLAIM, find);
  });
  afterEach(() => store.close());

  async function put(
    method: "galore" | "full-finetune",
    seed: number,
    values: Partial<Record<MetricId, number>>,
    more: { readonly spec?: string; readonly outcome?: Outcome } = {},
  ): Promise<void> {
    const facts = taskFacts(await findTask("glue-sst2"), "small");
    const config = resolveConfig(await findMethod(method), facts, method === "galore" ? { rank: "4" } : {});
    const result = sampleResult(seed);
    const metrics: Record<string, Measured> = { ...result.metrics };
    for (const [id, value] of Object.entries(values)) metrics[id] = { value };
    const identity = { method, config, seed, spec: more.spec ?? "cpu-2core" };
    const outcome: Outcome = more.outcome ?? { state: "ok", result: { ...result, metrics } };
    ingest(store, sampleRecord({ identity, outcome }));
  }
  const both = async (seed: number, a: number, b: number, spec?: string): Promise<void> => {
    const where = spec === undefined ? {} : { spec };
    await put("galore", seed, { accuracy: a, "optimizer-state-bytes": 30 }, where);
    await put("full-finetune", seed, { accuracy: b, "optimizer-state-bytes": 100 }, where);
  };

  it("says what is missing when nothing is stored", () => {
    const { state, missing, cohort } = evaluateClaim(store, resolved);
    expect(state).toBe("cannot-tell");
    expect(cohort).toBeNull();
    expect(missing.map(({ arm, seeds }) => [arm.method, seeds])).toEqual([
      ["galore", [0, 1, 2]],
      ["full-finetune", [0, 1, 2]],
    ]);
  });

  it("judges three common seeds, pairs them by seed and gives the effect", async () => {
    await both(0, 0.84, 0.841);
    await both(1, 0.82, 0.822);
    await both(2, 0.86, 0.861);
    const { state, parts, missing } = evaluateClaim(store, resolved);
    expect(state).toBe("holds");
    expect(parts[0]?.effect).toBeCloseTo(-0.004 / 3, 12);
    expect(parts[1]?.effect).toBeCloseTo(0.3, 12);
    expect(missing).toEqual([]);
  });

  it("does not mix machines: seeds on another spec do not fill up, and the fuller cohort speaks", async () => {
    await both(0, 0.84, 0.841, "local-1");
    await both(1, 0.82, 0.822);
    await both(2, 0.86, 0.861);
    const { state, cohort, missing, parts } = evaluateClaim(store, resolved);
    expect(state).toBe("cannot-tell");
    expect(cohort?.spec).toBe("cpu-2core");
    expect(parts[0]?.seeds).toBe(2);
    expect(missing.map(({ seeds }) => seeds)).toEqual([[0], [0]]);
  });

  it("asks only for the arm and seed that lack", async () => {
    await both(3, 0.84, 0.841);
    await both(5, 0.82, 0.822);
    await put("full-finetune", 7, { accuracy: 0.84 });
    const { missing } = evaluateClaim(store, resolved);
    expect(missing.map(({ arm, seeds }) => [arm.method, seeds])).toEqual([["galore", [7]]]);
  });

  it("refutes by a cost although quality cannot be told yet", async () => {
    await put("galore", 0, { accuracy: 0.84, "optimizer-state-bytes": 50 });
    await put("full-finetune", 0, { accuracy: 0.84, "optimizer-state-bytes": 100 });
    expect(evaluateClaim(store, resolved).state).toBe("does-not-hold");
  });

  it("names runs that ended without a result, and leaves out stale ones", async () => {
    await both(0, 0.84, 0.841);
    await put("galore", 1, {}, { outcome: { state: "timeout", stage: null, step: null, limitSeconds: 5 } });
    expect(evaluateClaim(store, resolved).ended).toEqual(["galore with seed 1 ended as timeout"]);
    const stale = evaluateClaim(store, resolved, ({ method }) => method === "galore");
    expect(stale.parts[0]?.seeds).toBe(0);
  });
});

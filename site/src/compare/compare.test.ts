import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "#harness/data/folders.ts";
import { stream } from "#harness/random/stream.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { sampleRecord, sampleResult } from "#harness/record/testing/records.ts";
import { pairedBootstrap } from "#harness/stats/paired.ts";
import { auc } from "#harness/stats/ranking.ts";
import { parseCompared, renderCompared } from "./compare-state.ts";
import { itemDifference } from "./item-difference.ts";
import { qualityOn, scoredItems } from "./predictions.ts";
import { runSide } from "./run-sides.ts";
import { fieldDifferences, qualityDifference, type Side } from "./sides.ts";

const folder = join(projectRoot(), "results", "runs", "glue-sst2");

/** The first stored run of a method. */
function stored(method: string): RunRecord {
  const [name = ""] = readdirSync(join(folder, method))
    .filter((each) => /^[0-9a-f]{16}\.json$/.test(each))
    .sort();
  return JSON.parse(readFileSync(join(folder, method, name), "utf8")) as RunRecord;
}

const ACCURACY = {
  id: "accuracy",
  title: "Accuracy",
  short: "accuracy",
  unit: "share",
  direction: "higher",
  quality: true,
} as const;

describe("predictions in the browser", () => {
  it("give the accuracy that the run recorded", async () => {
    const record = stored("lora");
    if (record.outcome.state !== "ok") throw new Error("no result");
    const { predictions, metrics } = record.outcome.result;
    const scored = await scoredItems(predictions);
    const all = Int32Array.from({ length: scored.items }, (_, i) => i);
    expect({ value: qualityOn(scored, "accuracy", all) }).toEqual(metrics.accuracy);
    expect(scored.items).toBe(872);
    expect(qualityOn(scored, "auc", all)).toBeNull();
  });
});

describe("the difference of two runs over test items", () => {
  const items = 400;
  const right = (seed: number, rate: number) => {
    const source = stream(seed, "compare");
    return Float64Array.from({ length: items }, () => (source.uniform() < rate ? 1 : 0));
  };
  const mean = (values: Float64Array, kept: Int32Array) =>
    kept.reduce((sum, item) => sum + (values[item] ?? 0), 0) / kept.length;

  it("has about the interval that the paired bootstrap over items gives", () => {
    const [a, b] = [right(1, 0.9), right(2, 0.8)];
    const found = itemDifference(items, (kept) => mean(b, kept) - mean(a, kept));
    const other = pairedBootstrap([b], [a], "items", stream(3, "bootstrap"));
    expect(found?.difference).toBeCloseTo(other.difference, 12);
    const [half, wanted] = [((found?.high ?? 0) - (found?.low ?? 0)) / 2, (other.high - other.low) / 2];
    expect(Math.abs(half / wanted - 1)).toBeLessThan(0.25);
  });

  it("holds for a metric that is no mean over items: AUC, against DeLong's standard error", () => {
    const source = stream(5, "auc");
    const labels = Int32Array.from({ length: items }, (_, i) => i % 2);
    const noise = Float32Array.from({ length: items }, () => source.normal());
    const [a, b] = [0.4, 1].map((shift) =>
      Float32Array.from(noise, (value, i) => value + shift * (labels[i] ?? 0) + source.normal()),
    );
    if (a === undefined || b === undefined) throw new Error("no scores");
    const value = (scores: Float32Array, kept: Int32Array): number => {
      const found = auc(
        Float32Array.from(kept, (i) => scores[i] ?? 0),
        Int32Array.from(kept, (i) => labels[i] ?? 0),
      );
      return "value" in found ? found.value : Number.NaN;
    };
    const found = itemDifference(items, (kept) => value(b, kept) - value(a, kept));
    // DeLong et al. (1988): variance of placements over positives and over negatives.
    const place = (scores: Float32Array, of: number): number[] =>
      [...scores.keys()]
        .filter((i) => labels[i] === of)
        .map((i) => {
          const others = [...scores.keys()].filter((j) => labels[j] !== of);
          const wins = others.filter((j) => (scores[i] ?? 0) > (scores[j] ?? 0) === (of === 1)).length;
          return wins / others.length;
        });
    const variance = (values: number[]): number => {
      const center = values.reduce((sum, each) => sum + each, 0) / values.length;
      return (
        values.reduce((sum, each) => sum + (each - center) ** 2, 0) / (values.length - 1) / values.length
      );
    };
    const differences = (of: number): number[] => {
      const [x, y] = [place(a, of), place(b, of)];
      return y.map((each, i) => each - (x[i] ?? 0));
    };
    const error = Math.sqrt(variance(differences(1)) + variance(differences(0)));
    const half = ((found?.high ?? 0) - (found?.low ?? 0)) / 2;
    expect(Math.abs(half / (1.96 * error) - 1)).toBeLessThan(0.25);
  });

  it("names no better side of a run and itself, and refuses other items", async () => {
    const side = await runSide(stored("galore"));
    expect(qualityDifference(side, side, ACCURACY)).toMatchObject({ difference: 0, better: null });
    const other = await runSide(sampleRecord({ outcome: { state: "ok", result: sampleResult(1) } }));
    expect(qualityDifference(side, other, ACCURACY).over).toBe("the runs have other test items");
  });
});

describe("the difference of two rows over seeds", () => {
  const side = (name: string, values: readonly number[]): Side => ({
    id: name,
    name,
    method: name,
    fields: { method: name, "config.rank": name.length },
    values: {
      accuracy: [values.reduce((sum, each) => sum + each, 0) / values.length, null, null, values.length],
    },
    bySeed: { accuracy: new Map(values.map((value, seed) => [seed, value])) },
    runs: [],
    scored: null,
  });

  it("is Student's interval over shared seeds, and names a side only where zero is out", () => {
    const [a, b] = [side("a", [0.8, 0.81, 0.82]), side("bb", [0.85, 0.865, 0.87])];
    const found = qualityDifference(a, b, ACCURACY);
    // Differences 0.05, 0.055, 0.05: sd 0.0028868, t(2) = 4.302653.
    expect(found.difference).toBeCloseTo(0.0516667, 6);
    expect(found.interval?.low).toBeCloseTo(0.0516667 - (4.302653 * 0.0028868) / Math.sqrt(3), 5);
    expect(found.better).toBe("other");
    expect(qualityDifference(b, a, ACCURACY).better).toBe("first");
    expect(qualityDifference(a, side("c", [0.9, 0.9]), ACCURACY)).toMatchObject({
      interval: null,
      better: null,
    });
  });

  it("lists only the fields that differ", () => {
    expect(fieldDifferences([side("a", [1]), side("b", [1])])).toEqual({
      differing: [{ field: "method", values: ["a", "b"] }],
      equal: 1,
    });
  });
});

describe("what is compared, in the address", () => {
  it("is read back as it was written; more than four and what is no row or run are dropped", () => {
    const boards = ["glue-sst2-small", "glue-rte-small"];
    for (const query of [
      "?board=glue-rte-small&rows=lora-1,svd-2",
      `?runs=${"a".repeat(16)},${"b".repeat(16)}`,
    ])
      expect(renderCompared(parseCompared(query, boards))).toBe(query);
    expect(parseCompared("?board=nope&rows=a,b", boards)).toEqual({
      kind: "rows",
      board: "glue-sst2-small",
      rows: [],
    });
    expect(parseCompared("?board=glue-rte-small&rows=a,b,c,d,e,A!,a", boards)).toMatchObject({
      rows: ["a", "b", "c", "d"],
    });
  });
});

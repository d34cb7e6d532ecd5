// The table of floors: which side of a floor a few hand-made seeds stand on, and which runs stand in it.
import { describe, expect, it } from "vitest";
import { sampleRecord, sampleResult } from "#harness/record/testing/records.ts";
import { findTask } from "#harness/task/registry.ts";
import { clearance, floorRuns, renderFloors } from "./floors-block.ts";

const task = await findTask("glue-sst2");

const run = (method: string, seed: number, accuracy: number) => {
  const result = sampleResult(1, 10);
  const metrics = { ...result.metrics, accuracy: { value: accuracy } };
  return sampleRecord({
    identity: { method, seed, scale: "small" },
    outcome: { state: "ok", result: { ...result, metrics } },
  });
};

describe("the table of floors", () => {
  it("calls a floor cleared when the whole interval is better, and beaten when the mean is", () => {
    expect(clearance([0.83, 0.84, 0.85], 0.82, 1)).toBe("clear");
    expect(clearance([0.79, 0.84, 0.86], 0.82, 1)).toBe("above");
    expect(clearance([0.79, 0.8, 0.81], 0.82, 1)).toBe("no");
    expect(clearance([0.83], 0.82, 1)).toBe("above");
  });

  it("turns the comparison round where lower is better", () => {
    expect(clearance([4.1, 4.2, 4.3], 5, -1)).toBe("clear");
    expect(clearance([5.1, 5.2, 5.3], 5, -1)).toBe("no");
  });

  it("judges nothing without a floor or without runs", () => {
    expect(clearance([0.5, 0.6, 0.7], null, 1)).toBe("-");
    expect(clearance([], 0.5, 1)).toBe("-");
  });

  it("takes full fine-tuning alone, and names its runs", () => {
    const records = [run("full-finetune", 1, 0.84), run("full-finetune", 2, 0.86), run("lora", 1, 0.99)];
    const runs = floorRuns(task, records);
    expect(runs.map(({ id }) => id).sort()).toEqual([records[0]?.id, records[1]?.id].sort());
    const block = renderFloors([{ task, runs }]);
    expect(block.split("\n")[0]).toBe(
      `<!-- runs: ${runs
        .map(({ id }) => id)
        .sort()
        .join(" ")} -->`,
    );
    expect(block).toMatch(/\| 82\.1 % \| bag-of-words [^|]*\| 85\.0 %[^|]*\| 2 \|/);
  });
});

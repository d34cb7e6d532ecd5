// Boards: means and marks computed by hand from made-up records, and the runs that a board keeps.
import { describe, expect, it } from "vitest";
import type { Identity } from "#harness/record/identity.ts";
import type { Outcome, RunRecord } from "#harness/record/schema.ts";
import { sampleRecord, sampleResult } from "#harness/record/testing/records.ts";
import { findTask } from "#harness/task/registry.ts";
import { mainCohort, namedRuns, renderBoard } from "./board-block.ts";

const task = await findTask("glue-sst2");
const config = { rank: 8 };

function run(identity: Partial<Identity>, accuracy: number, startedAt?: string): RunRecord {
  const result = sampleResult(1, 100);
  const outcome: Outcome = {
    state: "ok",
    result: { ...result, metrics: { ...result.metrics, accuracy: { value: accuracy } } },
  };
  return sampleRecord({
    identity: { config, ...identity },
    outcome,
    ...(startedAt === undefined ? {} : { startedAt }),
  });
}
const seeds = (method: string, values: readonly number[]) =>
  values.map((value, seed) => run({ method, seed }, value));
const render = (records: readonly RunRecord[]) =>
  renderBoard({ task, scale: "small", records, measurements: [], defaults: async () => config });
const rowsOf = (block: string) =>
  block
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|").map((cell) => cell.trim()));

describe("a board", () => {
  it("gives each method its mean over seeds, best first, with the floor in its place", async () => {
    const block = await render([...seeds("lora", [0.8, 0.81, 0.82]), ...seeds("galore", [0.84, 0.85, 0.86])]);
    const rows = rowsOf(block).slice(2);
    expect(rows.map(([, , name]) => name)).toEqual([
      "`galore`",
      "floor: bag-of-words logistic regression on all 67,349 training rows",
      "`lora`",
    ]);
    expect(rows.map(([, , , n]) => n)).toEqual(["3", "", "3"]);
    const accuracies = rows.map(([, , , , accuracy]) => accuracy);
    expect(accuracies[0]).toMatch(/^85\.0 % \[\d\d\.\d, \d\d\.\d\]$/);
    expect(accuracies[1]).toBe("82.1 %");
    expect(accuracies[2]).toMatch(/^81\.0 % \[/);
  });

  it("ranks what the seeds can tell apart, and gives what they cannot one rank", async () => {
    // Paired differences galore - lora are -1, 0, +1 points; svd lies 20 points below both on every seed, give or take one.
    const close = [...seeds("galore", [0.84, 0.85, 0.86]), ...seeds("lora", [0.85, 0.85, 0.85])];
    const far = seeds("svd", [0.645, 0.65, 0.655]);
    const rows = rowsOf(await render([...close, ...far]));
    const of = (method: string) => rows.find((cells) => cells[2] === method)?.[1];
    expect([of("`galore`"), of("`lora`"), of("`svd`")]).toEqual(["1", "1", "3"]);
  });

  it("ranks nothing on a machine that matches no spec, and no row of fewer than three seeds", async () => {
    const away = [0.8, 0.81, 0.82].map((value, seed) =>
      run({ method: "lora", seed, spec: "local-0f3a12bc" }, value),
    );
    expect(
      rowsOf(await render(away))
        .slice(2)
        .map(([, rank]) => rank),
    ).toEqual(["", ""]);
    expect(
      rowsOf(await render(seeds("lora", [0.8, 0.81])))
        .slice(2)
        .map(([, rank]) => rank),
    ).toEqual(["", ""]);
  });

  it("says over how many test items it was scored and how far that alone can be off", async () => {
    // sqrt(.8 * .2 / 100) = .04
    expect(await render(seeds("lora", [0.8]))).toContain(
      "the same 100 test items: one standard error of an accuracy of 80.0 % over items is 4.0 points",
    );
  });

  it("marks few seeds as provisional, names runs without a result and sets apart another configuration", async () => {
    const diverged = sampleRecord({
      identity: { config, method: "lora", seed: 1 },
      outcome: { state: "diverged", stage: "train", step: 3, reason: "nan-loss", loss: null },
    });
    const block = await render([
      ...seeds("lora", [0.8]),
      diverged,
      run({ method: "lora", config: { rank: 16 } }, 0.9),
    ]);
    const rows = rowsOf(block).slice(2);
    expect(rows.map(([, , name]) => name)).toContain("`lora` rank=16");
    expect(rows.find(([, , name]) => name === "`lora`")?.[3]).toBe("1 (provisional), 1 diverged");
  });

  it("names its runs, and is the same again from them", async () => {
    const records = seeds("lora", [0.8, 0.81]);
    const block = await render(records);
    expect(namedRuns(block)).toEqual(records.map(({ id }) => id).sort());
    expect(await render([...records].reverse())).toBe(block);
    expect(namedRuns("")).toBeUndefined();
  });

  it("refuses runs of two cohorts", async () => {
    const records = [...seeds("lora", [0.8]), run({ method: "lora", protocol: 7 }, 0.9)];
    await expect(render(records)).rejects.toThrow(
      "1 runs of the board of glue-sst2 belong to another cohort",
    );
  });
});

describe("the runs of a new board", () => {
  const chosen = (records: readonly RunRecord[]) =>
    mainCohort({ task, scale: "small", records }).map(({ id }) => id);
  it("are those of the cohort with the most of them, never of the sample or of another scale", () => {
    const wanted = seeds("lora", [0.8, 0.81]);
    const others = [
      run({ spec: "local-0f3a" }, 0.9),
      ...[0, 1, 2].map((seed) => run({ seed, data: "sample-0f3a" }, 0.9)),
      ...[0, 1, 2].map((seed) => run({ seed, scale: "smoke" }, 0.9)),
    ];
    expect(chosen([...others, ...wanted]).sort()).toEqual(wanted.map(({ id }) => id).sort());
  });

  it("are of the newest cohort where two have as many", () => {
    const old = sampleRecord({ identity: { protocol: 1 } });
    const young: RunRecord = {
      ...sampleRecord({ identity: { protocol: 2 } }),
      finishedAt: "2027-01-01T00:00:00.000Z",
    };
    expect(chosen([young, old])).toEqual([young.id]);
  });

  it("are asked for when there are none", () => {
    expect(() => chosen([])).toThrow(
      "no stored run of glue-sst2 at scale small; run: pnpm bench --task glue-sst2",
    );
  });
});

// `--measure memory` by real command lines in a scratch checkout: measured beside the run, shown with it, not repeated.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseMeasurement } from "#harness/record/measurement.ts";
import { makeScratch, type Scratch } from "./testing/scratch.ts";

const RUN = ["--method", "linear-probe", "--task", "glue-sst2", "--scale", "smoke"];
const MIB = 2 ** 20;

let scratch: Scratch;
beforeAll(() => {
  scratch = makeScratch();
});
afterAll(() => scratch.remove());

test.skipIf(process.platform !== "linux")(
  "memory is measured apart from the run, and both are shown together",
  async () => {
    const measured = await scratch.bench([...RUN, "--measure", "memory"]);
    expect(measured.code, measured.all).toBe(0);
    expect(measured.out).toMatch(
      /linear-probe on glue-sst2, seed 0: training memory \(measured peak\) \d+(\.\d)? MiB/,
    );
    expect(measured.out).toContain("the run itself, which is not stored yet");
    expect(scratch.records()).toEqual([]);
    const [file] = scratch.files("results").filter((name) => name.endsWith(".memory.json"));
    if (file === undefined) throw new Error("no measurement was written");
    const path = join(scratch.root, "results", file);
    const { id, value, baselineBytes, stepPeakBytes } = parseMeasurement(readFileSync(path, "utf8"), path);
    // The frozen backbone alone has 27 MB of weights; the whole is far below what the process takes.
    expect(value / MIB).toBeGreaterThan(26);
    expect(value / MIB).toBeLessThan(300);
    expect(baselineBytes / MIB).toBeGreaterThan(40);
    expect((Math.max(...stepPeakBytes) - Math.min(...stepPeakBytes)) / MIB).toBeLessThan(16);

    const run = await scratch.bench(RUN);
    expect(run.code, run.all).toBe(0);
    const [record] = scratch.records();
    expect(record?.id).toBe(id);
    const shown = await scratch.bench(["show", id]);
    expect(shown.out).toContain("Training memory (measured peak)");
    expect(shown.out).toContain("--measure memory");
    const again = await scratch.bench([...RUN, "--measure", "memory", "--json"]);
    expect(JSON.parse(again.out)).toMatchObject({
      measurements: [{ id, result: "existed", measurement: { value } }],
    });
  },
  180_000,
);

test("something else than memory is refused by the values that can be measured", async () => {
  const { code, err } = await scratch.bench([...RUN, "--measure", "energy"]);
  expect(code).toBe(2);
  expect(err).toContain("memory");
});

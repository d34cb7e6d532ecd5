// A node does the run that was planned, or says why not.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { observeMachine } from "#harness/measure/machine.ts";
import { matchSpec } from "#harness/measure/spec.ts";
import type { Identity } from "#harness/record/identity.ts";
import { checkRequest, planCells, plannedData } from "../plan.ts";
import { cellHere } from "./cell.ts";
import type { ManifestCell } from "./manifest.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rankbench-node-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const { spec } = matchSpec({ machine: observeMachine(), provider: "cpu", threads: 1 });

/** What `bench run` would do on this machine, as a manifest has it. */
async function planned(changes: Partial<Identity> = {}): Promise<ManifestCell> {
  const checked = await checkRequest({
    methods: ["lora"],
    tasks: ["glue-sst2"],
    seeds: [3],
    scale: "smoke",
    engine: "onnx",
    threads: 1,
    overrides: { rank: "4" },
  });
  const [pair] = checked.pairs;
  if (pair === undefined) throw new Error("there is a pair");
  const data = new Map([[pair.task.id, await plannedData(pair.task, pair.preset)]]);
  const [cell] = await planCells({ root, checked, spec, data, force: false });
  if (cell === undefined) throw new Error("there is a cell");
  return {
    id: cell.job.id,
    identity: { ...cell.job.identity, ...changes },
    threads: 1,
    overrides: { rank: "4" },
    timeoutSeconds: 900,
    replaces: null,
  };
}

const refusal = async (changes: Partial<Identity>): Promise<RankbenchError> => {
  const error: unknown = await cellHere(root, await planned(changes)).catch((thrown: unknown) => thrown);
  if (error instanceof RankbenchError) return error;
  throw new Error(`no refusal: ${String(error)}`);
};

describe("a run on a node", () => {
  it("has the id, the file and the command that bench run gives it on such a machine", async () => {
    const cell = await cellHere(root, await planned());
    const { id } = await planned();
    expect(cell.job.id).toBe(id);
    expect(cell.file).toBe(join(root, "results", "runs", "glue-sst2", "lora", `${id}.json`));
    expect(cell.command).toBe(
      "pnpm bench --method lora --task glue-sst2 --scale smoke --seed 3 --engine onnx --threads 1 --set rank=4",
    );
  });

  it("is refused on another machine, with what that lacks and how to plan for it", async () => {
    const { parts, message } = await refusal({ spec: "h100" });
    expect(parts).toMatchObject({ reason: "usage", field: "spec", value: spec });
    expect(parts.wanted).toMatch(/^h100: gpu NVIDIA H100, not .*engine provider cuda or webgpu, not cpu/);
    expect(message).toContain(`--spec ${spec}`);
  });

  it("is refused where the data or the code are others, with what to do", async () => {
    expect((await refusal({ data: "official-0123" })).parts).toMatchObject({ reason: "data", field: "data" });
    const older = await refusal({ taskVersion: 77, protocol: 9 });
    expect(older.parts).toMatchObject({ reason: "config", field: "taskVersion, protocol", wanted: "77" });
  });
});

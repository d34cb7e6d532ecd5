// What the executor makes of SLURM's answers, with programs of its names that answer so.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemSlurm } from "./commands.ts";

const before = process.env.PATH;
let bin = "";
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "rankbench-bin-"));
  process.env.PATH = bin;
});
afterEach(() => {
  process.env.PATH = before;
  rmSync(bin, { recursive: true });
});

function program(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
}

describe("SLURM's commands", () => {
  it("that are not there are told as what is missing", async () => {
    await expect(systemSlurm().submit(["x"])).rejects.toThrow(
      /no SLURM on this machine: sbatch was not found/,
    );
    await expect(systemSlurm().queue(["x"])).rejects.toThrow(/squeue was not found/);
    expect(await systemSlurm().queue([])).toEqual([]);
    expect(await systemSlurm().ended("1")).toEqual([]);
    expect(await systemSlurm().mostElements()).toBe(1000);
  });

  it("give the number of an array that was taken", async () => {
    program("sbatch", "echo '17;east'");
    expect(await systemSlurm().submit(["x"])).toEqual({ kind: "taken", job: "17" });
  });

  it("that say no are told in their own words", async () => {
    program("sbatch", "echo 'sbatch: error: invalid partition specified: nowhere' >&2; exit 1");
    await expect(systemSlurm().submit(["x"])).rejects.toThrow(/sbatch: sbatch: error: invalid partition/);
  });

  it.each([
    [
      "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1",
    ],
    ["echo 'sbatch: error: Unable to contact slurm controller (connect failure)' >&2; exit 1"],
    ["kill -INT $$"],
    ["true"],
  ])("that end with `%s` leave open whether the array was taken", async (text) => {
    program("sbatch", text);
    expect(await systemSlurm().submit(["x"])).toMatchObject({ kind: "unknown" });
  });

  it("that cannot ask the queue say nothing, which is not an empty queue", async () => {
    program("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
    expect(await systemSlurm().queue(["x"])).toBeNull();
    program("squeue", "true");
    expect(await systemSlurm().queue(["x"])).toEqual([]);
  });

  it("are asked for an end in the accounts first, and else at the controller", async () => {
    program("scontrol", "echo 'JobId=5 ArrayTaskId=2 JobState=TIMEOUT ExitCode=0:15 BatchHost=n7 '");
    program("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
    const controller = [{ index: 2, state: "TIMEOUT", exitCode: "0:15", node: "n7" }];
    expect(await systemSlurm().ended("5")).toEqual(controller);
    program("sacct", "echo '5_2|NODE_FAIL|1:0|n8'");
    expect(await systemSlurm().ended("5")).toMatchObject([{ state: "NODE_FAIL", node: "n8" }]);
  });
});

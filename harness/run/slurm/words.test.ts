// SLURM's words: read as SLURM 22.05 printed them on a real cluster, and written so that a real shell takes them.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  batchScript,
  checkSbatchOptions,
  jobIdOf,
  parseAccounting,
  parseJobs,
  parseMaxArraySize,
  parseQueue,
  sbatchWords,
} from "./words.ts";

describe("what SLURM prints", () => {
  it("is read from squeue, an element a line", () => {
    const printed = [
      "1|3|PENDING|rankbench-abc|JobArrayTaskLimit",
      "1|1|COMPLETING|rankbench-abc|TimeLimit",
      "3|0|PENDING|rankbench-0f|launch failed requeued held",
      "7|N/A|RUNNING|somebody-elses|None",
      "slurm_load_jobs error: whatever",
      "",
    ].join("\n");
    expect(parseQueue(printed)).toEqual([
      { job: "1", index: 3, state: "PENDING", name: "rankbench-abc", reason: "JobArrayTaskLimit" },
      { job: "1", index: 1, state: "COMPLETING", name: "rankbench-abc", reason: "TimeLimit" },
      { job: "3", index: 0, state: "PENDING", name: "rankbench-0f", reason: "launch failed requeued held" },
    ]);
  });

  it("is read from scontrol, whatever else stands in its lines", () => {
    const printed =
      "JobId=2 ArrayJobId=1 ArrayTaskId=0 ArrayTaskThrottle=2 JobName=rankbench-abc UserId=root(0) JobState=FAILED " +
      "Reason=NonZeroExitCode Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=3:0 " +
      "RunTime=00:00:00 NodeList=east BatchHost=east NumNodes=1 TresPerNode=gres:gpu:h100:1 \n" +
      "JobId=1 ArrayJobId=1 ArrayTaskId=1-2,5%4 JobName=rankbench-abc JobState=CANCELLED Reason=None\n";
    const cancelled = { state: "CANCELLED", exitCode: "", node: "" };
    expect(parseJobs(printed)).toEqual([
      { index: 0, state: "FAILED", exitCode: "3:0", node: "east" },
      ...[1, 2, 5].map((index) => ({ index, ...cancelled })),
    ]);
  });

  it("is read from sacct, the last word on an element that was requeued", () => {
    const printed = [
      "41_0|NODE_FAIL|1:0|n1",
      "41_0|COMPLETED|0:0|n2",
      "41_1|CANCELLED by 1000|0:15|n1",
      "41_[2-3%1]|CANCELLED by 1000|0:0|None assigned",
      "41_0.batch|COMPLETED|0:0|n2",
      "",
    ].join("\n");
    expect(parseAccounting(printed)).toEqual([
      { index: 0, state: "COMPLETED", exitCode: "0:0", node: "n2" },
      { index: 1, state: "CANCELLED", exitCode: "0:15", node: "n1" },
      ...[2, 3].map((index) => ({ index, state: "CANCELLED", exitCode: "0:0", node: "None assigned" })),
    ]);
    expect(parseAccounting("Slurm accounting storage is disabled\n")).toEqual([]);
  });

  it("gives job ids and the largest array", () => {
    expect(["4711\n", "4711;east\n", "Submitted batch job 4711", ""].map(jobIdOf)).toEqual([
      "4711",
      "4711",
      undefined,
      undefined,
    ]);
    expect(parseMaxArraySize("ClusterName = a\nMaxArraySize            = 1001\n")).toBe(1000);
    expect(parseMaxArraySize("")).toBeNull();
  });
});

describe("what SLURM is told", () => {
  it("is one array with its limits, and the user's words last, where they win", () => {
    const words = sbatchWords({
      name: "rankbench-0123456789ab",
      elements: 12,
      atATime: 4,
      resources: { cpus: 2, memoryMiB: 8192, gres: "gpu:t4:1" },
      limitMinutes: 16,
      root: "/r",
      logs: "/r/100%/logs",
      script: "/r/element.sh",
      more: ["--gres=gpu:tesla:1", "--partition=gpu"],
    });
    expect(words).toEqual([
      "--parsable",
      "--job-name=rankbench-0123456789ab",
      "--array=0-11%4",
      "--requeue",
      "--ntasks=1",
      "--open-mode=append",
      "--output=/r/100%%/logs/%a.log",
      "--chdir=/r",
      "--time=16",
      "--cpus-per-task=2",
      "--mem=8192M",
      "--gres=gpu:t4:1",
      "--gres=gpu:tesla:1",
      "--partition=gpu",
      "/r/element.sh",
    ]);
    const bare = sbatchWords({
      name: "n",
      elements: 1,
      atATime: null,
      resources: { cpus: null, memoryMiB: null, gres: null },
      limitMinutes: null,
      root: "/r",
      logs: "/l",
      script: "/s",
      more: [],
    });
    expect(bare.filter((word) => /time|cpus|mem|gres/.test(word))).toEqual([]);
    expect(bare).toContain("--array=0-0");
  });

  it.each([["--array=0-3"], ["--job-name=x"], ["--requeue"], ["-p gpu"], ["partition=gpu"], ["--Part"]])(
    "%s is refused among a user's options",
    (option) => {
      expect(() => checkSbatchOptions(["--account=lab", option])).toThrow(/--sbatch/);
    },
  );

  it("is a script that a shell runs wherever the checkout stands", () => {
    const top = mkdtempSync(join(tmpdir(), "rankbench-words-"));
    try {
      const root = join(top, `it's "a" $HOME; checkout`);
      mkdirSync(root);
      const node = join(root, "node");
      writeFileSync(node, '#!/bin/bash\nprintf "%s\\n" "$PWD" "$RANKBENCH_ROOT" "$@"\n');
      chmodSync(node, 0o755);
      const file = join(root, "element.sh");
      const [entry, manifest] = [join(root, "bin.js"), join(root, "manifest.json")];
      writeFileSync(file, batchScript({ root, node, entry, manifest }));
      const printed = execFileSync("bash", [file], { encoding: "utf8", cwd: "/" });
      expect(printed.trimEnd().split("\n")).toEqual([root, root, entry, "slurm-element", manifest]);
    } finally {
      rmSync(top, { recursive: true });
    }
  });
});

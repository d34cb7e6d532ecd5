import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { environmentSchema } from "#harness/record/schema.ts";
import { isRunnable, otherRunnable, runnableOf, sampleContention } from "./contention.ts";
import { observeEnvironment, observeGit, systemName } from "./environment.ts";
import { hasAvx2, type Machine, observeMachine } from "./machine.ts";
import { matchSpec, providerOf, SPECS } from "./spec.ts";

const GIB = 2 ** 30;
const linux = process.platform === "linux";

const board: Machine = {
  cpu: "Some Processor",
  cores: 2,
  memoryBytes: 24 * GIB,
  platform: "linux",
  arch: "x64",
  avx2: true,
  gpu: null,
};
const settings = { provider: "cpu", threads: 1 } as const;

describe("specs", () => {
  test("two AVX2 cores with one engine thread are cpu-2core", () => {
    expect(matchSpec({ machine: board, ...settings })).toEqual({
      spec: "cpu-2core",
      ranked: true,
      mismatches: [],
    });
  });

  test("a machine sold with 8 GiB shows a little less and still counts", () => {
    expect(matchSpec({ machine: { ...board, memoryBytes: 7.7 * GIB }, ...settings }).spec).toBe("cpu-2core");
    expect(matchSpec({ machine: { ...board, memoryBytes: 7.5 * GIB }, ...settings }).ranked).toBe(false);
  });

  test.each([
    ["four cores", { machine: { ...board, cores: 4 }, ...settings }, "logical cores", 4],
    ["no AVX2", { machine: { ...board, avx2: false }, ...settings }, "avx2", false],
    ["an unknown instruction set", { machine: { ...board, avx2: null }, ...settings }, "avx2", null],
    ["another architecture", { machine: { ...board, arch: "arm64" }, ...settings }, "architecture", "arm64"],
    ["another system", { machine: { ...board, platform: "darwin" }, ...settings }, "platform", "darwin"],
    ["two engine threads", { machine: board, provider: "cpu", threads: 2 }, "engine threads", 2],
    ["an engine on the GPU", { machine: board, provider: "cuda", threads: 1 }, "engine provider", "cuda"],
  ] as const)("%s: a local name of its own, with the reason", (_what, observed, field, got) => {
    const match = matchSpec(observed);
    expect(match.ranked).toBe(false);
    expect(match.spec).toMatch(/^local-[0-9a-f]{8}$/);
    const found = match.mismatches.filter((mismatch) => mismatch.spec === "cpu-2core");
    expect(found).toEqual([{ spec: "cpu-2core", field, got, wanted: expect.any(String) }]);
    expect(new Set(match.mismatches.map((mismatch) => mismatch.spec))).toEqual(
      new Set(SPECS.map((spec) => spec.id)),
    );
  });

  test("an H100 is the h100 for engines on the GPU only, and no other card is", () => {
    const gpu = { ...board, cores: 16, gpu: "NVIDIA H100 80GB HBM3, 81559 MiB" };
    expect(matchSpec({ machine: gpu, provider: "cuda", threads: 1 }).spec).toBe("h100");
    expect(matchSpec({ machine: gpu, ...settings }).ranked).toBe(false);
    expect(
      matchSpec({ machine: { ...gpu, gpu: "NVIDIA H1000X" }, provider: "cuda", threads: 1 }).ranked,
    ).toBe(false);
    expect(
      matchSpec({ machine: { ...gpu, gpu: "Tesla T4, 15360 MiB" }, provider: "webgpu", threads: 1 }).spec,
    ).toBe("t4");
  });

  test("local names tell machines and settings apart, and a few megabytes of memory do not", () => {
    const four = { ...board, cores: 4 };
    const name = (machine: Machine, threads = 1) => matchSpec({ machine, provider: "cpu", threads }).spec;
    expect(name({ ...four, memoryBytes: four.memoryBytes - 5e6 })).toBe(name(four));
    expect(
      new Set([name(four), name(four, 2), name({ ...four, cpu: "Other" }), name({ ...four, cores: 8 })]).size,
    ).toBe(4);
  });

  test("every engine has a provider", () => {
    expect([
      providerOf("onnx"),
      providerOf("onnx-cuda"),
      providerOf("onnx-webgpu"),
      providerOf("tfjs-cpu"),
    ]).toEqual(["cpu", "cuda", "webgpu", "cpu"]);
  });
});

describe("machine", () => {
  test.runIf(linux)("cores, memory and instruction set are what the kernel says", () => {
    const machine = observeMachine();
    expect(machine.cores).toBe(Number(execFileSync("nproc", { encoding: "utf8" })));
    const kibibytes = Number(/MemTotal:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]);
    expect(machine.memoryBytes).toBeLessThanOrEqual(kibibytes * 1024);
    expect(machine.memoryBytes).toBeGreaterThan(0);
    expect(machine.platform).toBe("linux");
  });

  test("AVX2 is read as a whole word of the flags, and unknown without them", () => {
    expect(hasAvx2("processor : 0\nflags\t\t: fpu avx avx2 bmi1\n")).toBe(true);
    expect(hasAvx2("flags\t\t: fpu avx avx2x avx512_vp2 bmi1\n")).toBe(false);
    expect(hasAvx2("Features : fp asimd\n")).toBeNull();
    expect(hasAvx2(undefined)).toBeNull();
  });
});

describe("environment", () => {
  const scratch = mkdtempSync(join(tmpdir(), "rankbench-env-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const engine = { name: "onnx", versions: { x: "1" }, provider: "cpu", threads: 1, optimisation: "all" };
  let root = scratch;
  let number = 0;
  beforeEach(() => {
    root = join(scratch, String(number++));
    mkdirSync(join(root, "results"), { recursive: true });
    writeFileSync(join(root, "package.json"), '{ "name": "x", "version": "1.2.3" }');
  });
  const git = (...words: readonly string[]): string =>
    execFileSync(
      "git",
      [
        "-C",
        root,
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "-c",
        "commit.gpgsign=false",
        ...words,
      ],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      },
    ).trim();

  test("fits the record, with the version and the lock file's hash of the checkout", () => {
    writeFileSync(join(root, "pnpm-lock.yaml"), "lock");
    const observed = observeEnvironment(engine, 0.25, root);
    expect(environmentSchema.parse(observed)).toEqual(observed);
    expect(observed).toMatchObject({
      rankbench: "1.2.3",
      node: process.version,
      contention: 0.25,
      engine,
      git: null,
    });
    expect(observed.lockfileSha256).toBe(createHash("sha256").update("lock").digest("hex"));
  });

  test("outside a checkout, and inside somebody else's, there is no commit", () => {
    expect(observeGit(root)).toBeNull();
    git("init", "-q");
    expect(observeGit(root)).toBeNull();
    git("add", "package.json");
    git("commit", "-qm", "x");
    mkdirSync(join(root, "inner"));
    expect(observeGit(join(root, "inner"))).toBeNull();
  });

  test("sources that changed make the commit dirty, results do not", () => {
    git("init", "-q");
    git("add", "package.json");
    git("commit", "-qm", "x");
    const commit = git("rev-parse", "HEAD");
    writeFileSync(join(root, "results", "run.json"), "{}");
    expect(observeGit(root)).toEqual({ commit, dirty: false });
    writeFileSync(join(root, "new.ts"), "");
    expect(observeGit(root)).toEqual({ commit, dirty: true });
    rmSync(join(root, "new.ts"));
    writeFileSync(join(root, "package.json"), "{}");
    expect(observeGit(root)).toEqual({ commit, dirty: true });
  });

  test("the system's name is the distribution's with the kernel's, or the kernel's alone", () => {
    const kernel = execFileSync("uname", ["-sr"], { encoding: "utf8" }).trim();
    expect(systemName('NAME="X"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      `Debian GNU/Linux 12 (bookworm), ${kernel}`,
    );
    expect(systemName(undefined)).toBe(kernel);
  });
});

describe("contention", () => {
  test("runnable threads are read from the kernel's text", () => {
    expect(runnableOf("0.34 0.39 0.21 2/95 9699\n")).toBe(2);
    expect(runnableOf("")).toBeNull();
    expect(isRunnable("17 (node) R 1 17 17 0 -1")).toBe(true);
    expect(isRunnable("17 (odd) name) S 1 17 17 0 -1")).toBe(false);
  });

  test("is the mean of what was seen, from the first moment to the last", () => {
    const seen = [4, 1];
    const sampler = sampleContention(() => seen.shift() ?? null);
    expect(sampler.stop()).toBe(2.5);
  });

  test("is unknown where the machine does not tell", () => {
    expect(sampleContention(() => null).stop()).toBeNull();
  });

  test.runIf(linux)("a busy neighbour is seen", async () => {
    const { spawn } = await import("node:child_process");
    const busy = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
    try {
      let most = 0;
      for (let i = 0; i < 40 && most === 0; i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        most = Math.max(most, otherRunnable() ?? 0);
      }
      expect(most).toBeGreaterThanOrEqual(1);
    } finally {
      busy.kill("SIGKILL");
    }
  });
});

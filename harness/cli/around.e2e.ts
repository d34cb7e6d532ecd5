// Everything around a run, by real command lines in scratch checkouts with a quick worker: concurrency, signals, folders
// that cannot be written, broken installations, environments without HOME.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { canMount } from "#harness/record/testing/disk.ts";
import { listClaims } from "#harness/run/claim.ts";
import { isAlive, processFamily } from "#harness/run/processes.ts";
import { until } from "#harness/run/testing/fixtures.ts";
import { makeScratch, type Scratch } from "./testing/scratch.ts";

const RUN = ["--method", "linear-probe", "--task", "glue-sst2", "--scale", "smoke"];
const isRoot = process.getuid?.() === 0;

let scratch: Scratch;
beforeAll(() => {
  scratch = makeScratch({ fakeWorker: true });
});
afterAll(() => scratch.remove());

/** Empties results and claims between tests. */
function clean(): void {
  rmSync(join(scratch.root, "results"), { recursive: true, force: true });
  rmSync(join(scratch.root, ".rankbench"), { recursive: true, force: true });
}

describe("several processes on one database", () => {
  test("ten commands at once, three of them for seed 0, give eight records, eight rows and ten good ends", async () => {
    clean();
    const seeds = [0, 1, 2, 3, 4, 5, 6, 7, 0, 0];
    const ends = await Promise.all(
      seeds.map((seed) => scratch.bench([...RUN, "--seed", String(seed), "--json"])),
    );
    expect(ends.map(({ code, err }) => (code === 0 ? "" : err))).toEqual(seeds.map(() => ""));
    const ids = ends.map(
      ({ out }) => (JSON.parse(out) as { runs: { id: string; result: string }[] }).runs[0],
    );
    expect(new Set(ids.filter((_, index) => seeds[index] === 0).map((run) => run?.id)).size).toBe(1);
    expect(ids.filter((run) => run?.result === "recorded")).toHaveLength(8);
    expect(ids.filter((run) => run?.result === "existed")).toHaveLength(2);
    expect(
      scratch
        .records()
        .map((record) => record.identity.seed)
        .sort(),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const database = new Database(join(scratch.root, "results", "rankbench.sqlite"), { readonly: true });
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(database.prepare("select count(*) as n from runs").get()).toEqual({ n: 8 });
    database.close();
    expect(listClaims(scratch.root)).toEqual([]);
  });

  test("three seeds in one command are three different records, and the list shows them", async () => {
    clean();
    expect((await scratch.bench([...RUN, "--seeds", "0-2"])).code).toBe(0);
    const records = scratch.records();
    expect(records.map(({ identity }) => identity.seed).sort()).toEqual([0, 1, 2]);
    const metrics = records.map(({ outcome }) =>
      outcome.state === "ok" ? JSON.stringify(outcome.result.metrics) : "",
    );
    expect(new Set(metrics).size).toBe(3);
    const list = JSON.parse((await scratch.bench(["list", "runs", "--json"])).out) as {
      runs: { seed: number }[];
      running: unknown[];
    };
    expect(list.runs.map(({ seed }) => seed).sort()).toEqual([0, 1, 2]);
    expect(list.running).toEqual([]);
    const filtered = JSON.parse(
      (await scratch.bench(["list", "runs", "--seed", "1", "--method", "linear-probe", "--json"])).out,
    ) as typeof list;
    expect(filtered.runs.map(({ seed }) => seed)).toEqual([1]);
  });
});

describe("signals", () => {
  async function startRun() {
    clean();
    const started = scratch.start(RUN, { env: { RANKBENCH_QUICK_MS: "600000" } });
    await until(
      () => started.printed().includes("train 1/10"),
      `the worker trains: ${started.printed()}`,
      60_000,
    );
    const family = processFamily(started.child.pid ?? 0).filter(({ pid }) => pid !== started.child.pid);
    expect(family.length).toBeGreaterThan(0);
    return { ...started, family };
  }

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends the worker, writes no record, marks the run, and ends 130",
    async (signal) => {
      const { child, ended, family } = await startRun();
      child.kill(signal);
      const { code, all } = await ended;
      expect(code).toBe(EXIT_CODES.interrupted.code);
      expect(all).not.toMatch(/\n\s+at /);
      await until(() => family.every(({ pid, start }) => !isAlive(pid, start)), "the worker ends");
      expect(scratch.records()).toEqual([]);
      expect(listClaims(scratch.root)).toMatchObject([{ state: "interrupted" }]);
      expect((await scratch.bench(["list", "runs"])).out).toContain("interrupted");
      const again = await scratch.bench(RUN);
      expect(again.code).toBe(0);
      expect(scratch.records()).toMatchObject([{ attempt: "restarted" }]);
      expect((await scratch.bench(["list", "runs"])).out).not.toContain("interrupted");
    },
  );

  test("kill -9 of the command leaves no worker and no living ghost, and the next command does the run", async () => {
    const { child, ended, family } = await startRun();
    child.kill("SIGKILL");
    await ended;
    await until(() => family.every(({ pid, start }) => !isAlive(pid, start)), "the worker ends");
    const list = JSON.parse((await scratch.bench(["list", "runs", "--json"])).out) as {
      running: { state: string }[];
    };
    expect(list.running.map(({ state }) => state)).toEqual(["interrupted"]);
    expect((await scratch.bench(RUN)).code).toBe(0);
    expect(scratch.records()).toMatchObject([{ attempt: "restarted" }]);
  });

  test("while a run is done it is listed as running", async () => {
    const { child, ended } = await startRun();
    expect((await scratch.bench(["list", "runs", "--state", "running"])).out).toContain("linear-probe");
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect((await scratch.bench(["list", "runs", "--state", "running"])).out).toContain("no runs");
  });
});

describe("folders that cannot be written", () => {
  /** A user that may not write; root may write anywhere, so tests under root run the command as another user. */
  const uid = isRoot ? { uid: 65_534 } : {};

  test("a read-only results folder is refused before the run, with folder and next step, and nothing is left in it", async () => {
    clean();
    const results = join(scratch.root, "results");
    mkdirSync(results);
    chmodSync(scratch.root, 0o755);
    mkdirSync(join(scratch.root, ".rankbench"), { mode: 0o777 });
    chmodSync(join(scratch.root, ".rankbench"), 0o777);
    chmodSync(results, 0o555);
    const { code, err } = await scratch.bench(RUN, uid);
    chmodSync(results, 0o755);
    expect(code).toBe(EXIT_CODES.storage.code);
    expect(err).toContain(results);
    expect(err).toMatch(/next:/);
    expect(err).not.toMatch(/\n\s+at /);
    expect(readdirSync(results)).toEqual([]);
  });

  test.skipIf(!canMount())(
    "a disk that is full when the record is written gives code 6 and no half-written file",
    async () => {
      clean();
      const runs = join(scratch.root, "results", "runs");
      mkdirSync(runs, { recursive: true });
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", runs]);
      try {
        const { code, err } = await scratch.bench(RUN, {
          env: { RANKBENCH_DB: join(scratch.root, "results", "db.sqlite") },
        });
        expect(code).toBe(EXIT_CODES.storage.code);
        expect(err).toContain("the disk is full");
        expect(scratch.files(join("results", "runs")).filter((file) => /json|tmp/.test(file))).toEqual([]);
      } finally {
        execFileSync("umount", [runs]);
      }
      expect(listClaims(scratch.root)).toEqual([]);
      expect((await scratch.bench(RUN)).code).toBe(0);
    },
  );

  test("a damaged database stops the command with the way to make a new one, and the rebuild works", async () => {
    clean();
    expect((await scratch.bench(RUN)).code).toBe(0);
    const database = join(scratch.root, "results", "rankbench.sqlite");
    for (const suffix of ["-wal", "-shm"]) rmSync(database + suffix, { force: true });
    writeFileSync(database, "this is no database, and longer than a header of one hundred bytes ".repeat(10));
    const { code, err } = await scratch.bench(["list", "runs"]);
    expect(code).toBe(EXIT_CODES.storage.code);
    expect(err).toContain("pnpm bench rebuild");
    expect((await scratch.bench(["rebuild"])).code).toBe(0);
    expect((await scratch.bench(["list", "runs"])).out).toContain("linear-probe");
  });
});

describe("environments", () => {
  test("HOME that cannot be written, or no HOME at all, changes nothing, and nothing is put there", async () => {
    clean();
    const home = mkdtempSync(join(tmpdir(), "rankbench-home-"));
    chmodSync(home, 0o555);
    const nothing = { XDG_CACHE_HOME: undefined, XDG_CONFIG_HOME: undefined, XDG_DATA_HOME: undefined };
    for (const HOME of [home, undefined]) {
      const env = { HOME, ...nothing };
      expect((await scratch.bench(["--help"], { env })).code).toBe(0);
      expect(await scratch.bench(["list", "methods"], { env })).toMatchObject({ code: 0, err: "" });
      expect((await scratch.bench([...RUN, "--force"], { env })).code).toBe(0);
    }
    expect(readdirSync(home)).toEqual([]);
    rmSync(home, { recursive: true });
  });

  test("without network and mirror the sample is warned of on the first and the last line, and the record says it", async () => {
    clean();
    const { code, all } = await scratch.bench(RUN);
    expect(code).toBe(0);
    const lines = all.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^warning: .*sample.*never ranked/);
    expect(lines.at(-1)).toBe(lines[0]);
    expect(all).toContain("SAMPLE DATA: never ranked");
    expect(scratch.records()[0]?.identity.data).toMatch(/^sample-/);
  });

  test("an old Node gets one line with the wanted range and code 2, before anything else is loaded", async () => {
    const old =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });";
    const { code, out, err } = await scratch.bench(["list", "methods"], {
      node: ["--import", `data:text/javascript,${encodeURIComponent(old)}`],
    });
    expect(code).toBe(EXIT_CODES.usage.code);
    expect(out).toBe("");
    const { engines } = JSON.parse(readFileSync(join(scratch.root, "package.json"), "utf8")) as {
      engines: { node: string };
    };
    expect(err).toBe(`error: Node.js 18.20.8 is not supported; wanted: ${engines.node}\n`);
  });

  test("the output of a closed pipe ends quietly", () => {
    const entry = join(scratch.root, "harness", "cli", "bin.js");
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${entry}" --help | head -n 1 >/dev/null`],
      { encoding: "utf8" },
    );
    expect([status, stderr]).toEqual([0, ""]);
  });
});

describe("broken installations", () => {
  let broken: Scratch;
  beforeAll(() => {
    broken = makeScratch({ linkPackages: false });
  });
  afterAll(() => broken.remove());

  test("without packages one message names the command that installs them", async () => {
    const { code, err } = await broken.bench(["list", "methods"]);
    expect(code).toBe(EXIT_CODES.usage.code);
    expect(err).toBe(
      "error: the packages of Rankbench are not installed\n  next:   npx -y pnpm@10 install\n",
    );
  });

  test("without the database's native part one message names package and command, and help still works", async () => {
    const modules = join(broken.root, "node_modules");
    const real = join(scratch.root, "node_modules");
    mkdirSync(modules);
    for (const name of readdirSync(real))
      if (name !== "better-sqlite3" && !name.startsWith("."))
        symlinkSync(join(real, name), join(modules, name));
    const source = realpathSync(join(real, "better-sqlite3"));
    cpSync(source, join(modules, "better-sqlite3"), {
      recursive: true,
      filter: (path) =>
        !["build", "deps", "src", "node_modules"].includes(path.slice(source.length + 1).split("/")[0] ?? ""),
    });
    const { code, out, err } = await broken.bench(["list", "methods"]);
    expect(code).toBe(EXIT_CODES.storage.code);
    expect(out).toBe("");
    expect(err).toContain("better-sqlite3");
    expect(err).toContain("npx -y pnpm@10 rebuild better-sqlite3");
    expect(err).not.toMatch(/\n\s+at /);
    expect((await broken.bench(["--help"])).code).toBe(0);
  });
});

describe("completion scripts", () => {
  test("bash completes commands, options and ids through the script", async () => {
    const { out } = await scratch.bench(["completion", "bash"]);
    const script = `${out}
      ask() { COMP_WORDS=(bench "$@"); COMP_CWORD=$#; COMPREPLY=(); _bench_complete; printf '%s ' "\${COMPREPLY[@]}"; echo; }
      ask li; ask --method linear-pro; ask list runs --sta; bench exit-codes | head -n 1`;
    const file = join(scratch.root, "completion.sh");
    writeFileSync(file, script);
    const told = execFileSync("bash", [file], { encoding: "utf8" })
      .split("\n")
      .map((line) => line.trim());
    expect(told.slice(0, 3)).toEqual(["list", "linear-probe", "--state"]);
    expect(told[3]).toMatch(/^0 +ok/);
  });

  test.each(["zsh", "fish"])("the %s script asks the same command", async (shell) => {
    const { code, out } = await scratch.bench(["completion", shell]);
    expect(code).toBe(0);
    expect(out).toContain("complete --");
    expect(existsSync(/'([^']+bin\.js)'/.exec(out)?.[1] ?? "")).toBe(true);
  });
});

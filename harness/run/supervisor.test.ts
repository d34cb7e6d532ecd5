// How workers end under the supervisor, with fake workers that hang, crash, allocate and vanish.
import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { WorkerEvent } from "#harness/train/job.ts";
import { isAlive, processFamily } from "./processes.ts";
import { supervise, type Watch } from "./supervisor.ts";
import { FAKE_WORKER, fakeJob, until } from "./testing/fixtures.ts";

const scratch = mkdtempSync(join(tmpdir(), "rankbench-supervisor-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const never = new AbortController().signal;

function watch(changes: Partial<Watch> = {}): Watch {
  return {
    timeoutSeconds: null,
    memoryLimitBytes: null,
    interruption: { stop: never, now: never },
    onEvent: () => {},
    worker: FAKE_WORKER,
    ...changes,
  };
}

/** The fake worker tells the pid of the child that it started in its phase name. */
const childPid = (events: readonly WorkerEvent[]): number => {
  const told = events.find((event) => event.kind === "progress");
  return Number(told?.kind === "progress" ? told.phase.split(":")[1] : undefined);
};

test("a worker that finishes hands its last word and all events over", async () => {
  const kinds: string[] = [];
  const end = await supervise(fakeJob("finish"), watch({ onEvent: (event) => kinds.push(event.kind) }));
  expect(kinds).toEqual(["opened", "progress", "finished"]);
  expect(end).toMatchObject({ stopped: null, exitCode: 0, signal: null });
  expect(end.last).toMatchObject({ kind: "finished", outcome: { state: "diverged" } });
});

test("a busy loop with a child process is ended by the timeout, child included, and the partial result is kept", async () => {
  const events: WorkerEvent[] = [];
  const end = await supervise(
    fakeJob("hang"),
    watch({ timeoutSeconds: 1, onEvent: (event) => events.push(event) }),
  );
  expect(end.stopped).toBe("timeout");
  expect(end.partial?.curves[0]?.training.loss).toEqual([0.6]);
  const pid = childPid(events);
  expect(pid).toBeGreaterThan(0);
  await until(() => !isAlive(pid, null), `sleep ${pid} ends`);
});

test("a worker that ignores SIGTERM, and its child in a session of its own, are killed after the grace time", async () => {
  const events: WorkerEvent[] = [];
  const end = await supervise(
    fakeJob("stubborn"),
    watch({ timeoutSeconds: 1, graceMs: 200, onEvent: (event) => events.push(event) }),
  );
  expect(end).toMatchObject({ stopped: "timeout", signal: "SIGKILL" });
  await until(() => !isAlive(childPid(events), null), "the detached child ends");
});

test("a worker over its memory limit is ended, and its peak is above the limit", async () => {
  const end = await supervise(fakeJob("allocate"), watch({ memoryLimitBytes: 200e6, timeoutSeconds: 20 }));
  expect(end.stopped).toBe("memory");
  expect(end.peakBytes).toBeGreaterThan(200e6);
  expect(end.partial?.notes).toEqual(["a note"]);
});

test("an exception, an exit code and a kill from outside are each told apart", async () => {
  const thrown = await supervise(fakeJob("throws"), watch());
  expect(thrown).toMatchObject({ stopped: null, last: null, exitCode: 1 });
  expect(thrown.printed).toContain("TypeError: weights is undefined");
  const exited = await supervise(fakeJob("exits"), watch());
  expect(exited).toMatchObject({ stopped: null, exitCode: 42 });
  expect(exited.printed).toContain("assertion failed");
  const killed = await supervise(fakeJob("killed"), watch());
  expect(killed).toMatchObject({
    stopped: null,
    exitCode: null,
    signal: "SIGKILL",
    kernelOutOfMemory: false,
  });
  expect(killed.progress?.step).toBe(2);
});

test("a worker that closes its channel without a word ends without a result", async () => {
  expect(await supervise(fakeJob("disconnects"), watch())).toMatchObject({
    stopped: null,
    last: null,
    exitCode: 0,
  });
});

test("a worker that lingers after its last word is ended, and its word stands", async () => {
  const end = await supervise(fakeJob("lingers"), watch({ graceMs: 100 }));
  expect(end).toMatchObject({ stopped: null, last: { kind: "refused", reason: "data" } });
});

test("an interruption ends a busy worker and says so", async () => {
  const controller = new AbortController();
  const end = await supervise(
    fakeJob("hang"),
    watch({
      interruption: { stop: controller.signal, now: never },
      onEvent: (event) => event.kind === "progress" && controller.abort(),
    }),
  );
  expect(end).toMatchObject({ stopped: "interrupt", signal: "SIGTERM" });
});

test("the second interruption does not wait for the grace time", async () => {
  const stop = new AbortController();
  const now = new AbortController();
  const end = await supervise(
    fakeJob("stubborn"),
    watch({
      interruption: { stop: stop.signal, now: now.signal },
      graceMs: 600_000,
      onEvent: () => {
        stop.abort();
        now.abort();
      },
    }),
  );
  expect(end).toMatchObject({ stopped: "interrupt", signal: "SIGKILL" });
});

test("kill -9 of the supervisor leaves neither a busy worker nor its child", async () => {
  const script = join(scratch, "supervisor.mjs");
  const module = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);
  writeFileSync(
    script,
    `import { supervise } from ${module("supervisor.ts")};
     import { fakeJob, FAKE_WORKER } from ${module("testing/fixtures.ts")};
     const never = new AbortController().signal;
     const onEvent = (event) => event.kind === "progress" && process.send(event.phase);
     await supervise(fakeJob("hang"), { timeoutSeconds: null, memoryLimitBytes: null, interruption: { stop: never, now: never }, onEvent, worker: FAKE_WORKER });`,
  );
  const supervisor = fork(script, [], {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const phase = await new Promise<string>((resolve) =>
    supervisor.once("message", (text) => resolve(String(text))),
  );
  const sleeper = Number(phase.split(":")[1]);
  const family = processFamily(supervisor.pid ?? 0).filter((facts) => facts.pid !== supervisor.pid);
  expect(family.map((facts) => facts.pid)).toContain(sleeper);
  process.kill(supervisor.pid ?? 0, "SIGKILL");
  await until(() => family.every((facts) => !isAlive(facts.pid, facts.start)), "worker and child end");
});

test("a process is alive only with its own start time", () => {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  const facts = processFamily(process.pid).find((candidate) => candidate.pid === pid);
  expect(facts?.parent).toBe(process.pid);
  expect(isAlive(pid, facts?.start ?? "")).toBe(true);
  expect(isAlive(pid, "1")).toBe(false);
  child.kill("SIGKILL");
});

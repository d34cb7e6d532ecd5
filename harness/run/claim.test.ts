// Claims: one process does a run, dead and interrupted ones are superseded, nothing living is ever taken over.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { writeRecord } from "#harness/record/file.ts";
import { runId } from "#harness/record/identity.ts";
import { sampleRecord } from "#harness/record/testing/records.ts";
import { claimFolder, findClaim, listClaims, settleClaims, takeClaim } from "./claim.ts";
import { processStart } from "./processes.ts";
import { fakeIdentity } from "./testing/fixtures.ts";

const identity = fakeIdentity("lora");
const id = runId(identity);
const startedAt = new Date("2026-01-02T03:04:05.000Z");
/** A pid that no process has. */
const DEAD = 2 ** 22 - 1;

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rankbench-claim-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A claim as another process would have left it. */
function leaveClaim(pid: number, pidStart: string | null, { generation = 1, repeats = false } = {}): void {
  mkdirSync(claimFolder(root), { recursive: true });
  const claim = {
    id,
    identity,
    pid,
    pidStart,
    startedAt: startedAt.toISOString(),
    repeats,
    interrupted: null,
  };
  writeFileSync(join(claimFolder(root), `${id}.${generation}.json`), JSON.stringify(claim));
}

function take() {
  const taken = takeClaim(root, { id, identity, repeats: false }, startedAt);
  if (taken.kind !== "held") throw new Error("the claim is busy");
  return taken.claim;
}

test("a free run is claimed freshly, listed as running, and gone after its release", () => {
  const claim = take();
  expect(claim.attempt).toBe("fresh");
  expect(listClaims(root)).toMatchObject([{ id, state: "running", pid: process.pid }]);
  claim.release();
  expect(readdirSync(claimFolder(root))).toEqual([]);
  expect(take().attempt).toBe("fresh");
});

test("a run that a living process does is busy, and named", () => {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  leaveClaim(pid, processStart(pid));
  expect(takeClaim(root, { id, identity, repeats: false }, startedAt)).toMatchObject({
    kind: "busy",
    by: { pid },
  });
  child.kill("SIGKILL");
});

test("the claim of a dead process, or of a pid that is used again, is taken over and called a restart", () => {
  for (const [pid, start] of [
    [999_999_999, "1"],
    [process.pid, "1"],
  ] as const) {
    leaveClaim(pid, start);
    expect(listClaims(root)).toMatchObject([{ state: "interrupted" }]);
    const claim = take();
    expect(claim.attempt).toBe("restarted");
    expect(readdirSync(claimFolder(root))).toEqual([`${id}.2.json`]);
    claim.release();
  }
});

test("a damaged claim file stops nobody", () => {
  mkdirSync(claimFolder(root), { recursive: true });
  writeFileSync(join(claimFolder(root), `${id}.4.json`), "");
  expect(listClaims(root)).toEqual([]);
  expect(take().attempt).toBe("restarted");
});

test("an interrupted run stays marked with where it was, until the next attempt takes it", () => {
  const claim = take();
  claim.interrupt(new Date("2026-01-02T03:05:00.000Z"), { phase: "train", step: 8 });
  claim.release();
  expect(findClaim(root, id)).toMatchObject({
    state: "interrupted",
    interrupted: { phase: "train", step: 8 },
  });
  expect(take().attempt).toBe("restarted");
});

test("the highest generation holds when a crash left an older one beside it", () => {
  leaveClaim(999_999_999, "1");
  leaveClaim(process.pid, processStart(process.pid), { generation: 2 });
  expect(takeClaim(root, { id, identity, repeats: false }, startedAt).kind).toBe("busy");
  expect(listClaims(root)).toHaveLength(1);
});

test("a folder that cannot be written is a storage error that names it", () => {
  writeFileSync(join(root, ".rankbench"), "a file in the way");
  try {
    take();
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(RankbenchError);
    expect((error as RankbenchError).exitCode).toBe(6);
    expect((error as RankbenchError).message).toContain(".rankbench");
  }
});

test("the claim of a process that died after it had recorded its run goes, and an interrupted run keeps its mark", async () => {
  const record = sampleRecord({ identity, startedAt: "2026-01-02T03:04:05.000Z" });
  leaveClaim(DEAD, "1", { repeats: true });
  settleClaims(root);
  expect(listClaims(root)).toMatchObject([{ id, state: "interrupted" }]);
  // The record that was to be repeated says nothing about the repetition.
  await writeRecord(root, { ...record, finishedAt: "2026-01-02T03:04:04.000Z" });
  settleClaims(root);
  expect(listClaims(root)).toMatchObject([{ id, state: "interrupted" }]);
  await writeRecord(root, { ...record, finishedAt: "2026-01-02T03:05:00.000Z" }, { replace: true });
  settleClaims(root);
  expect(listClaims(root)).toEqual([]);
});

test("the claim of a process that died before it saw that another had done the run goes, unless the run had no result", async () => {
  const earlier = { startedAt: "2026-01-02T03:00:00.000Z", finishedAt: "2026-01-02T03:04:04.000Z" };
  const record = sampleRecord({
    identity,
    outcome: { state: "timeout", limitSeconds: 60, stage: "train", step: 3 },
  });
  leaveClaim(DEAD, "1");
  await writeRecord(root, { ...record, ...earlier });
  settleClaims(root);
  expect(listClaims(root)).toMatchObject([{ id, state: "interrupted" }]);
  await writeRecord(root, { ...sampleRecord({ identity }), ...earlier }, { replace: true });
  settleClaims(root);
  expect(listClaims(root)).toEqual([]);
});

test("half-written files of dead processes go, those of living ones stay", () => {
  const folder = claimFolder(root);
  mkdirSync(folder, { recursive: true });
  for (const pid of [DEAD, process.pid]) writeFileSync(join(folder, `${id}.1.json.${pid}.tmp`), "{");
  settleClaims(root);
  expect(readdirSync(folder)).toEqual([`${id}.1.json.${process.pid}.tmp`]);
});

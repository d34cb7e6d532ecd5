// A small campaign in CI: about thirty faults of the kinds that need no training, in a minute. The whole one: pnpm faults.
import { expect, test } from "vitest";
import { KINDS, type PlannedRound, runCampaign } from "./campaign.ts";

/** Faults by kind; what is left out here (real training, eight commands at once) has tests in harness/cli or takes too long. */
const FAULTS = {
  "kill-worker": 4,
  "kill-command": 2,
  "stop-twice": 1,
  "kill-in-file-write": 3,
  "kill-in-transaction": 3,
  "failing-disk": 2,
  "out-of-memory": 3,
  hang: 1,
  divergence: 2,
  "full-disk": 2,
  "read-only-results": 1,
  "clock-jump": 3,
  "corrupt-database": 1,
  "corrupt-record": 3,
  "two-sweeps": 2,
} as const;

const rounds = Object.entries(FAULTS).flatMap(([id, faults]): PlannedRound[] => {
  const kind = KINDS.find((each) => each.id === id);
  if (kind === undefined) throw new Error(`no kind of faults is called ${id}`);
  return (kind.missing?.() ?? null) === null ? [{ kind, index: 0, faults }] : [];
});

test("after some thirty faults nothing is lost or corrupt, and the next command ends with the same bits", async () => {
  const results = await runCampaign({ rounds, seed: 7, jobs: 2, onRound: () => undefined });
  const wrong = results.flatMap(({ kind, violations }) =>
    violations.map((each) => ({ kind: kind.id, ...each })),
  );
  expect(wrong).toEqual([]);
  // Chance may let a fault come too late; most must have struck.
  const wanted = rounds.reduce((sum, { faults }) => sum + faults, 0);
  expect(results.reduce((sum, { injected }) => sum + injected, 0)).toBeGreaterThan(0.7 * wanted);
}, 600_000);

// Processes that are ended from outside, at moments that the seed chooses: workers, whole commands, and by Ctrl-C twice.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Started } from "#harness/cli/testing/scratch.ts";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import type { Stream } from "#harness/random/stream.ts";
import { canInspect, processFamily } from "#harness/run/processes.ts";
import { pick } from "./draw.ts";
import { hit, injectEach, type Kind, kill, killAfter, type Round, resume, verbOf } from "./round.ts";

const { ok, failed, interrupted } = EXIT_CODES;

const missing = (): string | null => (canInspect() ? null : "processes cannot be listed without /proc");

const isWorker = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("worker.js");
  } catch {
    return false;
  }
};

const workersOf = (started: Started): number[] =>
  processFamily(started.child.pid ?? 0)
    .map(({ pid }) => pid)
    .filter(isWorker);

/** Kills each new worker of a command after a while, until so many were killed. */
async function killWorkers(started: Started, most: number, longest: number, random: Stream): Promise<number> {
  const seen = new Set<number>();
  let killed = 0;
  let over = false;
  void started.ended.then(() => {
    over = true;
  });
  while (!over && killed < most) {
    for (const pid of workersOf(started).filter((each) => !seen.has(each))) {
      seen.add(pid);
      await sleep(Math.floor(random.uniform() * longest));
      if (killed === most || !isWorker(pid)) continue;
      kill(pid);
      killed++;
    }
    await sleep(10);
  }
  return killed;
}

const workersKilled = async (round: Round): Promise<number> => {
  const { place, random } = round;
  let killed = 0;
  // A worker may be quicker than its murderer: the command is then repeated, a few times.
  for (let attempt = 0; attempt < 3 && killed < round.faults; attempt++) {
    const longest = place.real ? place.milliseconds / place.cells.length : 250;
    await hit(round, {
      verb: verbOf(random),
      codes: [ok.code, failed.code],
      during: async (started) => {
        killed += await killWorkers(started, round.faults - killed, longest, random);
      },
    });
  }
  await resume(round);
  return killed;
};

/** Starts a command and kills it after so long; false when it was over by then. */
async function killCommand(round: Round, milliseconds: number): Promise<boolean> {
  let killed = false;
  await hit(round, {
    verb: verbOf(round.random),
    codes: [null, ok.code],
    during: async (started) => {
      killed = await killAfter(started, milliseconds);
    },
  });
  return killed;
}

const commandsKilled = (round: Round): Promise<number> =>
  injectEach(round, async () => {
    const { place, random } = round;
    const milliseconds = Math.floor(random.uniform() * place.milliseconds);
    if (await killCommand(round, milliseconds)) return true;
    // All was done by then: it begins anew, and the blow comes earlier.
    place.clean();
    return killCommand(round, Math.floor(milliseconds / 2));
  });

const stoppedTwice = (round: Round): Promise<number> =>
  injectEach(round, async () => {
    const { place, random } = round;
    let stopped = false;
    if (!place.real) place.script({}, 60_000);
    const { code, all } = await hit(round, {
      verb: verbOf(random),
      codes: [interrupted.code, null, ok.code],
      during: async (started) => {
        const deadline = performance.now() + 30_000;
        while (workersOf(started).length === 0 && performance.now() < deadline) await sleep(20);
        await sleep(Math.floor(random.uniform() * 600));
        if (workersOf(started).length === 0) return;
        const signal = pick(random, ["SIGINT", "SIGINT", "SIGTERM", "SIGHUP"] as const);
        kill(started.child.pid, signal);
        await sleep(Math.floor(random.uniform() * 400));
        kill(started.child.pid, signal);
        stopped = true;
      },
    });
    // A second signal that comes while Node itself is being taken down has nobody to hear it any more: all is told by then.
    if (code !== interrupted.code && !(code === null && all.includes("interrupted, nothing was recorded")))
      round.found([{ what: "stuck", detail: `stopped twice, it ended ${code}: ${all.slice(-300)}` }]);
    return stopped;
  });

export const KILLS: readonly Kind[] = [
  {
    id: "kill-worker",
    what: "kill -9 of a worker at a random moment",
    perRound: 4,
    share: 24,
    missing,
    run: workersKilled,
  },
  {
    id: "kill-command",
    what: "kill -9 of a command (the supervisor) at a random moment",
    perRound: 3,
    share: 24,
    missing,
    run: commandsKilled,
  },
  {
    id: "stop-twice",
    what: "SIGINT, SIGTERM or SIGHUP twice within 0.4 s",
    perRound: 3,
    share: 12,
    missing,
    run: stoppedTwice,
  },
  {
    id: "real-kill-worker",
    what: "kill -9 of a worker that trains",
    perRound: 2,
    share: 4,
    real: true,
    missing,
    run: workersKilled,
  },
  {
    id: "real-kill-command",
    what: "kill -9 of a command whose worker trains",
    perRound: 2,
    share: 4,
    real: true,
    missing,
    run: commandsKilled,
  },
];

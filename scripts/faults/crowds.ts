// Several commands for the same runs on one database at once, some of them killed.
import { setTimeout as sleep } from "node:timers/promises";
import type { Started } from "#harness/cli/testing/scratch.ts";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { acknowledged, filesOf, inspectFault } from "./inspect.ts";
import { allGone, endOf, type Kind, killAfter, type Round, resume, verbOf, watchFamily } from "./round.ts";

/** So many commands, of which all but one fault are killed: the crowd itself is the first. */
const crowd =
  (size: number) =>
  async (round: Round): Promise<number> => {
    const { place, random } = round;
    const before = filesOf(place);
    const started: Started[] = [];
    for (let i = 0; i < size; i++) {
      started.push(place.start(verbOf(random)));
      await sleep(Math.floor(random.uniform() * 100));
    }
    const families = started.map(watchFamily);
    const doomed = [...random.permutation(size)].slice(0, round.faults - 1);
    // Together they take longer than one alone.
    const span = place.milliseconds * Math.max(1, size / 2);
    const killed = await Promise.all(
      doomed.map(async (index) => {
        const command = started[index];
        return command !== undefined && (await killAfter(command, Math.floor(random.uniform() * span)));
      }),
    );
    const ends = await Promise.all(started.map((each) => endOf(round, each)));
    for (const family of families) await allGone(round, family());
    for (const [index, { code, all }] of ends.entries()) {
      if (code === EXIT_CODES.ok.code || (code === null && doomed.includes(index))) continue;
      round.found([
        { what: "stuck", detail: `command ${index} of ${size} ended ${code}: ${all.slice(-300)}` },
      ]);
    }
    round.found(inspectFault(place, { before, out: ends.map(({ out }) => out).join("\n") }));
    const hits = killed.filter(Boolean).length;
    if (hits === 0) {
      const done = ends.flatMap(({ out }) =>
        acknowledged(out.replaceAll(/^.*exists, not repeated.*$/gm, "")),
      );
      if (done.length !== place.cells.length)
        round.found([
          { what: "stuck", detail: `${done.length} runs were done for ${place.cells.length} cells` },
        ]);
    }
    await resume(round);
    return 1 + hits;
  };

export const CROWDS: readonly Kind[] = [
  {
    id: "two-sweeps",
    what: "two commands for the same runs at once, one of them killed",
    perRound: 2,
    share: 8,
    run: crowd(2),
  },
  {
    id: "eight-writers",
    what: "eight commands for the same runs at once, three of them killed",
    perRound: 4,
    share: 8,
    run: crowd(8),
  },
];

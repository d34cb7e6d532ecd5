// An engine that is not there: not installed on this machine, or gone from the installed packages.
import { mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { hit, injectEach, type Kind, type Round, verbOf } from "./round.ts";

/** Takes a package away from the checkout; the result puts it back. */
function without(name: string, root: string): () => void {
  const modules = join(root, "node_modules");
  const all = readlinkSync(modules);
  rmSync(modules);
  mkdirSync(modules);
  for (const entry of readdirSync(all))
    if (entry !== name) symlinkSync(join(all, entry), join(modules, entry));
  return () => {
    rmSync(modules, { recursive: true });
    symlinkSync(all, modules);
  };
}

const engineGone = (round: Round): Promise<number> =>
  injectEach(round, async (index) => {
    const { place, random } = round;
    const codes = [EXIT_CODES.engine.code];
    if (index % 2 === 0) {
      const restore = without("onnxruntime-node", place.scratch.root);
      try {
        await hit(round, { verb: verbOf(random), codes });
      } finally {
        restore();
      }
    } else {
      await hit(round, { verb: verbOf(random), options: { extra: ["--engine", "tfjs-node"] }, codes });
    }
    if (place.scratch.records().length > 0)
      round.found([{ what: "corrupt", detail: "a run was recorded without an engine" }]);
    return true;
  });

export const ENGINES: readonly Kind[] = [
  {
    id: "missing-engine",
    what: "the engine's package is gone, or was never installed",
    perRound: 2,
    share: 4,
    real: true,
    run: engineGone,
  },
];

// What `bench slurm-element` does and prints into the element's log. The exit code is for people who read accounts: the
// submitter believes record files alone.
import { hostname } from "node:os";
import { projectRoot } from "#harness/data/folders.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { type ElementResult, runElement } from "#harness/run/slurm/element.ts";
import { elementOf, type ManifestCell, readManifest } from "#harness/run/slurm/manifest.ts";
import { plural } from "#harness/stats/format.ts";
import type { ElementRaw } from "./commands/slurm-element.ts";
import { catchInterrupts } from "./interrupt.ts";
import { parseInteger } from "./parse.ts";
import type { Session } from "./session.ts";

const nameOf = ({ id, identity: { method, task, seed } }: ManifestCell): string =>
  `${method} on ${task}, seed ${seed} (run ${id.slice(0, 8)})`;

function describe(result: ElementResult): string {
  switch (result.kind) {
    case "existed":
      return "a record is there";
    case "recorded":
      return `${result.record.outcome.state}, record ${result.stored}`;
    case "refused":
      return `refused: ${result.refusal.message}`;
    case "interrupted":
      return "stopped, nothing was recorded";
  }
}

export async function elementCommand(session: Session, file: string, raw: ElementRaw): Promise<number> {
  const { env } = session.terminal;
  const index = parseInteger(raw.index ?? env.SLURM_ARRAY_TASK_ID ?? "", "--index", {
    min: 0,
    max: 10_000_000,
  });
  const manifest = readManifest(file);
  const cells = elementOf(manifest, index);
  const memory = Number(env.SLURM_MEM_PER_NODE);
  const say = (text: string): void => session.say(`${new Date().toISOString()} ${text}`);
  say(
    `element ${index} of ${manifest.name} on ${env.SLURMD_NODENAME ?? hostname()}: ${plural(cells.length, "run")}`,
  );
  const interrupts = catchInterrupts(() => say("stopping: SLURM or its user ends this element"));
  try {
    const results = await runElement(manifest, cells, {
      root: projectRoot(),
      interruption: interrupts.interruption,
      jobMemoryMiB: Number.isInteger(memory) && memory > 0 ? memory : null,
      onStart: (cell) => say(`${nameOf(cell)}: begins`),
      onEnd: (cell, result) => say(`${nameOf(cell)}: ${describe(result)}`),
    });
    if (results.some(({ kind }) => kind === "interrupted")) return exitCode("interrupted");
    const refused = results.find((result) => result.kind === "refused");
    return refused === undefined ? 0 : exitCode(refused.refusal.reason);
  } finally {
    interrupts.release();
  }
}

// `bench slurm-element` (hidden): what an element of a job array of `bench sweep --executor slurm` does on its node.
import type { Command } from "commander";
import type { Session } from "../session.ts";

export interface ElementRaw {
  readonly index?: string;
}

export function defineSlurmElement(program: Command, session: Session): void {
  program
    .command("slurm-element", { hidden: true })
    .argument("<manifest>", "manifest of the array")
    .option("--index <n>", "element (default: SLURM_ARRAY_TASK_ID)")
    .action(async (manifest: string, raw: ElementRaw) => {
      const { elementCommand } = await import("../cluster-element.ts");
      session.exitCode = await elementCommand(session, manifest, raw);
    });
}

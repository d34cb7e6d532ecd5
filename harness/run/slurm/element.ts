// What an element of a job array does on its node: its runs one after another, those that have a record left out, each record
// into the shared results folder. Knows no database and no queue; the submitter reads the files.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type ErrorParts, RankbenchError } from "#harness/failure/error.ts";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { observeMachine } from "#harness/measure/machine.ts";
import { recordPath } from "#harness/record/file.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { attemptOnce } from "../run-cell.ts";
import type { Interruption, Watch } from "../supervisor.ts";
import { machineFor } from "../sweep.ts";
import { cellHere } from "./cell.ts";
import { type Manifest, type ManifestCell, slurmFolder, submissionFolder, writeWhole } from "./manifest.ts";
import { type Stored, settledRecord, storeOnce } from "./store.ts";

/** Why a node recorded nothing of a run. */
export interface Refusal {
  readonly reason: ErrorParts["reason"];
  readonly message: string;
}

const refusalSchema = z.strictObject({
  reason: z.enum(Object.keys(EXIT_CODES).filter((name) => name !== "ok") as [ErrorParts["reason"]]),
  message: z.string(),
});

const refusalFolder = (root: string, name: string): string => join(submissionFolder(root, name), "refused");

/** Refusals of a submission by run. Files that cannot be read say nothing. */
export function readRefusals(root: string, name: string): ReadonlyMap<string, Refusal> {
  const folder = refusalFolder(root, name);
  const found = new Map<string, Refusal>();
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    try {
      const parsed = refusalSchema.safeParse(JSON.parse(readFileSync(join(folder, file), "utf8")));
      if (parsed.success) found.set(file.replace(/\.json$/, ""), parsed.data);
    } catch {
      // It is being written, or was cut off with its node.
    }
  }
  return found;
}

/** Notes why a node recorded nothing, where the submitter looks. */
function refuse(root: string, name: string, id: string, error: RankbenchError): Refusal {
  const refusal = { reason: error.parts.reason, message: error.message };
  writeWhole(join(refusalFolder(root, name), `${id}.json`), JSON.stringify(refusal));
  return refusal;
}

export type ElementResult =
  | { readonly kind: "existed"; readonly record: RunRecord }
  | { readonly kind: "recorded"; readonly record: RunRecord; readonly stored: Stored }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "interrupted" };

export interface ElementSettings {
  readonly root: string;
  readonly interruption: Interruption;
  /** Memory that SLURM gave the job on this node, in MiB; null where it does not say. */
  readonly jobMemoryMiB: number | null;
  readonly worker?: Watch["worker"];
  onStart(cell: ManifestCell): void;
  onEnd(cell: ManifestCell, result: ElementResult): void;
}

/** A run may take this part of what its job has; the rest is the supervisor's and the file cache's. */
const MEMORY_SHARE = 0.8;

function memoryLimit(manifest: Manifest, { jobMemoryMiB }: ElementSettings): number {
  if (manifest.memoryLimitBytes !== null) return manifest.memoryLimitBytes;
  const { memoryBytes } = observeMachine();
  const given = jobMemoryMiB === null ? memoryBytes : Math.min(memoryBytes, jobMemoryMiB * 2 ** 20);
  return Math.floor(MEMORY_SHARE * given);
}

/**
 * Locks of a machine belong on that machine: what a process id in a shared folder means, another node cannot know. Elements
 * of one user on one node still see each other.
 */
const nodeFolder = (): string => join(tmpdir(), `rankbench-node-${process.getuid?.() ?? "user"}`);

/** There while an element does the run, and after one that was killed in it: who finds it begins again what was cut off. */
export const begunFile = (root: string, id: string): string => join(slurmFolder(root), "begun", id);

async function doCell(
  cell: ManifestCell,
  manifest: Manifest,
  settings: ElementSettings,
): Promise<ElementResult> {
  const { root, interruption } = settings;
  const file = recordPath(root, cell);
  try {
    const settled = settledRecord(file, cell.replaces);
    if (settled !== null) return { kind: "existed", record: settled };
    const here = await cellHere(root, cell);
    const begun = begunFile(root, cell.id);
    const attempt = existsSync(begun) ? "restarted" : "fresh";
    writeWhole(begun, "");
    const ended = await attemptOnce(
      here,
      {
        root,
        timeoutSeconds: cell.timeoutSeconds,
        memoryLimitBytes: memoryLimit(manifest, settings),
        interruption,
        onEvent: () => undefined,
        machine: machineFor(nodeFolder(), 1),
        ...(settings.worker === undefined ? {} : { worker: settings.worker }),
      },
      attempt,
    );
    if (ended.kind === "interrupted") return { kind: "interrupted" };
    rmSync(begun, { force: true });
    if (ended.kind === "refused") {
      const { reason, message } = ended;
      return {
        kind: "refused",
        refusal: refuse(root, manifest.name, cell.id, new RankbenchError({ reason, problem: message })),
      };
    }
    const { record } = ended;
    const stored = await storeOnce(root, manifest.name, record, cell.replaces);
    // The old record stands as it stood, so that no file could tell the submitter that this repetition is over.
    if (stored === "kept" && settledRecord(file, cell.replaces) === null) {
      refuse(
        root,
        manifest.name,
        cell.id,
        new RankbenchError({
          reason: "failed",
          thing: `run ${cell.id}`,
          problem: "its repetition ended without a result, and the earlier record stays",
          field: "outcome",
          value: record.outcome,
          next: `see why with: ${here.command} --force`,
        }),
      );
    }
    return { kind: "recorded", record, stored };
  } catch (error) {
    if (!(error instanceof RankbenchError)) throw error;
    return { kind: "refused", refusal: refuse(root, manifest.name, cell.id, error) };
  }
}

/** Does the runs of an element in order, and stops when it is told to. Throws defects and files that cannot be written. */
export async function runElement(
  manifest: Manifest,
  cells: readonly ManifestCell[],
  settings: ElementSettings,
): Promise<readonly ElementResult[]> {
  const results: ElementResult[] = [];
  for (const cell of cells) {
    if (settings.interruption.stop.aborted) {
      results.push({ kind: "interrupted" });
      break;
    }
    settings.onStart(cell);
    const result = await doCell(cell, manifest, settings);
    results.push(result);
    settings.onEnd(cell, result);
    if (result.kind === "interrupted") break;
  }
  return results;
}

// Who is doing a run right now: one small file a claim under `.rankbench/running/`, taken exclusively, so that two
// commands asked for the same run do it once. A claim whose process is gone is taken over, never waited for.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { parseRecord, recordPath, storageError } from "#harness/record/file.ts";
import { identitySchema } from "#harness/record/identity.ts";
import { isAlive, processStart } from "./processes.ts";

const claimSchema = z.strictObject({
  id: z.string(),
  identity: identitySchema,
  pid: z.int().positive(),
  /** Start time of that pid; null where the system does not tell. */
  pidStart: z.string().nullable(),
  startedAt: z.iso.datetime(),
  /** The run is repeated although it has a result. */
  repeats: z.boolean().default(false),
  /** Set when the run was stopped by the user: the next attempt is a restart. */
  interrupted: z
    .strictObject({ at: z.iso.datetime(), phase: z.string().nullable(), step: z.int().nullable() })
    .nullable(),
});
export type Claim = z.infer<typeof claimSchema>;

export type ClaimState = "running" | "interrupted";

export interface ListedClaim extends Claim {
  readonly state: ClaimState;
}

/** A claim held by this process. */
export interface HeldClaim {
  /** `restarted` when an earlier attempt at this run was killed or interrupted. */
  readonly attempt: "fresh" | "restarted";
  /** The run is over (recorded or refused): the claim goes. Does nothing after `interrupt`. */
  release(): void;
  /** The run was stopped by the user: the claim stays as a mark for the next attempt. */
  interrupt(at: Date, where: { readonly phase: string | null; readonly step: number | null }): void;
}

export type TakeResult =
  | { readonly kind: "held"; readonly claim: HeldClaim }
  | { readonly kind: "busy"; readonly by: Claim };

/** Folder of the claims of one checkout. */
export const claimFolder = (root: string): string => join(root, ".rankbench", "running");

/** `<id>.<generation>.json`: a dead claim is superseded by the next generation, which only one process can create. */
const FILE = /^([0-9a-f]{16})\.(\d+)\.json$/;

interface ClaimFile {
  readonly path: string;
  readonly id: string;
  readonly generation: number;
}

function claimFiles(root: string, id?: string): ClaimFile[] {
  let names: string[];
  try {
    names = readdirSync(claimFolder(root));
  } catch {
    return [];
  }
  return names
    .map((name) => ({ name, match: FILE.exec(name) }))
    .map(({ name, match }) => ({
      path: join(claimFolder(root), name),
      id: match?.[1] ?? "",
      generation: Number(match?.[2]),
    }))
    .filter((file) => file.id !== "" && (id === undefined || file.id === id))
    .sort((a, b) => b.generation - a.generation);
}

/** A claim file's content; undefined when it is gone or unreadable (a crash of the machine may leave an empty file). */
function readClaim(path: string): Claim | undefined {
  try {
    return claimSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Removes a file where that is possible; a folder that became read-only must not cost the run that is recorded elsewhere. */
function removed(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays; `settleClaims` takes it away when that is possible again.
  }
}

const living = (claim: Claim): boolean => claim.interrupted === null && isAlive(claim.pid, claim.pidStart);

/** Creates the file with its whole content or not at all; false when it exists. */
function createWhole(path: string, claim: Claim): boolean {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(claim));
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    return createExclusive(path, claim);
  } finally {
    removed(temporary);
  }
}

/** For file systems without hard links: exclusive as well, but for an instant the file is there without its content. */
function createExclusive(path: string, claim: Claim): boolean {
  try {
    writeFileSync(path, JSON.stringify(claim), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Tries to become the one process that does this run, or with `repeats` does it again whatever there is. `busy` names the
 * living process that does it already.
 */
export function takeClaim(
  root: string,
  { id, identity, repeats }: Pick<Claim, "id" | "identity" | "repeats">,
  now: Date,
): TakeResult {
  const mine: Claim = {
    id,
    identity,
    pid: process.pid,
    pidStart: processStart(process.pid),
    startedAt: now.toISOString(),
    repeats,
    interrupted: null,
  };
  try {
    mkdirSync(claimFolder(root), { recursive: true });
    for (;;) {
      const [latest] = claimFiles(root, id);
      const holder = latest === undefined ? undefined : readClaim(latest.path);
      if (holder !== undefined && living(holder)) return { kind: "busy", by: holder };
      const generation = (latest?.generation ?? 0) + 1;
      const path = join(claimFolder(root), `${id}.${generation}.json`);
      if (!createWhole(path, mine)) continue;
      const files = claimFiles(root, id);
      // Somebody may have gone through several generations since the listing: the highest one holds.
      if (files.some((file) => file.generation > generation)) {
        rmSync(path, { force: true });
        continue;
      }
      for (const file of files) if (file.generation < generation) rmSync(file.path, { force: true });
      return { kind: "held", claim: held(path, mine, latest === undefined ? "fresh" : "restarted") };
    }
  } catch (error) {
    throw storageError(join(claimFolder(root), `${id}.json`), "writing the claim of a run", error);
  }
}

function held(path: string, claim: Claim, attempt: HeldClaim["attempt"]): HeldClaim {
  let marked = false;
  return {
    attempt,
    release: () => {
      if (!marked) removed(path);
    },
    interrupt: (at, where) => {
      marked = true;
      const content: Claim = { ...claim, interrupted: { at: at.toISOString(), ...where } };
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        writeFileSync(temporary, JSON.stringify(content));
        renameSync(temporary, path);
      } catch {
        // The old claim stays: its process is gone in a moment, so it reads as interrupted all the same.
        removed(temporary);
      }
    },
  };
}

/** What a killed process left in the folder beside its claims; the name tells whose it was. */
const TEMPORARY = /\.(\d+)\.tmp$/;

/**
 * Whether nothing is left to do for a claim: a record of this attempt, or of a later one, stands in the run's file, or one
 * that has a result and was not to be repeated. That one was there when its process looked for it under the claim.
 */
function isRecorded(root: string, { id, identity, startedAt, repeats }: Claim): boolean {
  try {
    const { outcome, finishedAt } = parseRecord(readFileSync(recordPath(root, { id, identity })), id);
    return (outcome.state === "ok" && !repeats) || Date.parse(finishedAt) >= Date.parse(startedAt);
  } catch {
    return false;
  }
}

/**
 * Takes away the claims of processes that died after they had recorded their run and before they had taken the claim away
 * themselves, with the half-written files of dead processes. Interrupted runs keep their mark. What cannot be removed stays.
 */
export function settleClaims(root: string): void {
  const folder = claimFolder(root);
  try {
    for (const file of claimFiles(root)) {
      const claim = readClaim(file.path);
      if (claim !== undefined && !living(claim) && isRecorded(root, claim))
        rmSync(file.path, { force: true });
    }
    for (const each of [folder, dirname(folder)]) {
      for (const name of existsSync(each) ? readdirSync(each) : []) {
        const pid = TEMPORARY.exec(name)?.[1];
        if (pid !== undefined && !isAlive(Number(pid), null)) rmSync(join(each, name), { force: true });
      }
    }
  } catch {
    // A checkout that cannot be written can still be read.
  }
}

/** All claims, newest first: running only when their process lives, else interrupted. */
export function listClaims(root: string): ListedClaim[] {
  const seen = new Set<string>();
  const claims: ListedClaim[] = [];
  for (const file of claimFiles(root)) {
    if (seen.has(file.id)) continue;
    const claim = readClaim(file.path);
    if (claim === undefined) continue;
    seen.add(file.id);
    claims.push({ ...claim, state: living(claim) ? "running" : "interrupted" });
  }
  return claims.sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0));
}

/** The claim of one run, if any. */
export const findClaim = (root: string, id: string): ListedClaim | undefined =>
  listClaims(root).find((claim) => claim.id === id);

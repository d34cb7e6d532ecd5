// What a worker's process may touch: a folder of its own for scratch files, the checkout and the data to read, nothing else
// where Node can forbid it. What each version can and cannot is told in docs/isolation.md; no promise is made beyond it.
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { cacheFolder, mirrorFolders, projectRoot } from "#harness/data/folders.ts";

/** `off`: workers may do what their user may; for methods under development that look into files. */
export const ISOLATION_VARIABLE = "RANKBENCH_ISOLATION";

/** What this version of Node is able to forbid. */
export interface NodeAbilities {
  /** The flag that turns permissions on; null where there is none. */
  readonly permission: "--permission" | "--experimental-permission" | null;
  /** It reads TypeScript by itself: no compiler has to be started, so starting programs can be forbidden. */
  readonly stripsTypes: boolean;
}

export function nodeAbilities(): NodeAbilities {
  const known = process.allowedNodeEnvironmentFlags;
  const permission = (["--permission", "--experimental-permission"] as const).find((flag) => known.has(flag));
  const { typescript } = process.features as { readonly typescript?: string | false };
  return { permission: permission ?? null, stripsTypes: typescript === "strip" };
}

export interface Isolation {
  /** Options of node. */
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Removes the scratch folder. */
  remove(): void;
}

const NOTHING: Isolation = { flags: [], environment: {}, remove: () => {} };

/** Folders that a worker reads besides its own: sources, packages (linked ones too), data, and what the system tells of itself. */
function readable(): string[] {
  const root = projectRoot();
  const packages = join(root, "node_modules");
  return [
    root,
    ...(existsSync(packages) ? [realpathSync(packages)] : []),
    cacheFolder(),
    ...mirrorFolders(),
    "/proc",
    "/sys",
  ];
}

/** Where tsx keeps compiled sources, below the folder for temporary files. */
const compiled = (): string => `tsx-${userInfo().uid}`;

export interface IsolationOptions {
  /** Reading the task's data starts programs (pictures are drawn by one), so that the worker must be let. */
  readonly startsProcesses: boolean;
  /** Files that may be written besides. */
  readonly writes?: readonly string[];
  readonly abilities?: NodeAbilities;
}

/** Makes the scratch folder of a worker and says how its process is to be started. */
export function isolate(options: IsolationOptions): Isolation {
  const { startsProcesses, writes = [], abilities = nodeAbilities() } = options;
  if (process.env[ISOLATION_VARIABLE] === "off") return NOTHING;
  const scratch = mkdtempSync(join(tmpdir(), "rankbench-worker-"));
  const remove = (): void => rmSync(scratch, { recursive: true, force: true });
  const environment = { TMPDIR: scratch, TMP: scratch, TEMP: scratch };
  const { permission, stripsTypes } = abilities;
  if (permission === null) return { flags: [], environment, remove };
  // A compiler for every worker would cost seconds: sources compiled before are read and kept where they always are.
  if (!stripsTypes) symlinkSync(join(tmpdir(), compiled()), join(scratch, compiled()));
  const reads = stripsTypes ? [...readable(), scratch].map((folder) => `${folder}/*`) : ["*"];
  return {
    flags: [
      "--no-warnings",
      permission,
      // The engine and the watchdog.
      "--allow-addons",
      "--allow-worker",
      ...(stripsTypes && !startsProcesses ? [] : ["--allow-child-process"]),
      ...reads.map((path) => `--allow-fs-read=${path}`),
      ...[`${scratch}/*`, `${cacheFolder()}/*`, ...writes].map((path) => `--allow-fs-write=${path}`),
    ],
    environment,
    remove,
  };
}

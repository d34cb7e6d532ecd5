// Where Rankbench keeps and looks for files. Every folder is derived from the checkout or from a RANKBENCH_ variable;
// nothing here (or anywhere else) looks at HOME, so that a read-only or missing home folder changes nothing.
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const CHECKOUT = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** Environment variables that move a folder or switch the network off. */
export const VARIABLES = {
  root: "RANKBENCH_ROOT",
  cache: "RANKBENCH_CACHE",
  mirrors: "RANKBENCH_MIRRORS",
  offline: "RANKBENCH_OFFLINE",
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute folder that holds `harness/`, `tasks/`, `results/`: the checkout, or RANKBENCH_ROOT. */
export function projectRoot(env: Environment = process.env): string {
  const root = env[VARIABLES.root];
  return root === undefined || root === "" ? CHECKOUT : resolve(root);
}

/** Absolute folder of downloads and checkpoints: RANKBENCH_CACHE, or `.rankbench/cache` of the project. It may not exist yet. */
export function cacheFolder(env: Environment = process.env): string {
  const cache = env[VARIABLES.cache];
  return cache === undefined || cache === ""
    ? join(projectRoot(env), ".rankbench", "cache")
    : resolve(projectRoot(env), cache);
}

/**
 * Absolute mirror folders in the order they are tried: RANKBENCH_MIRRORS, a list in the form of PATH, or `../shared/data`.
 * Relative entries start at the project root. Set but empty means no mirror. Folders that do not exist are kept: they
 * simply hold no file.
 */
export function mirrorFolders(env: Environment = process.env): string[] {
  const list = env[VARIABLES.mirrors] ?? join("..", "shared", "data");
  return list
    .split(delimiter)
    .filter((entry) => entry !== "")
    .map((entry) => resolve(projectRoot(env), entry));
}

/** True when RANKBENCH_OFFLINE forbids downloads: set to anything but the empty string, `0` or `false`. */
export function offline(env: Environment = process.env): boolean {
  return !["", "0", "false"].includes((env[VARIABLES.offline] ?? "").toLowerCase());
}

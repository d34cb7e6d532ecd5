// Writing into our own folders: whole files or nothing, and errors that name the folder and the variable that moves it.
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { VARIABLES } from "./folders.ts";

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOTDIR: "a part of the path is a file, not a folder",
  ENOENT: "the folder does not exist and cannot be made",
  EISDIR: "a folder is in the way",
  EMFILE: "too many open files",
};

/** Code of a system error (`ENOENT`), or undefined for any other value. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** The error for a failed read or write of `path`; `variable` is what the user may set to use another folder. */
export function storageError(
  action: "read" | "write",
  path: string,
  cause: unknown,
  variable: string = VARIABLES.cache,
): RankbenchError {
  const code = systemCode(cause);
  const why =
    (action === "read" && code === "ENOENT" ? "it does not exist" : undefined) ??
    (code === undefined ? undefined : PROBLEMS[code]) ??
    messageOf(cause);
  return new RankbenchError({
    reason: "storage",
    thing: `file ${path}`,
    problem: `cannot ${action} it: ${why}`,
    field: `folder ${dirname(path)}`,
    wanted: action === "write" ? "a folder that can be written, with room" : "a file that can be read",
    next: `free or unlock the folder, or set ${variable} to another one`,
    cause,
  });
}

/** Makes the folder and its parents. Throws a `storage` error. */
export async function makeFolder(folder: string, variable: string = VARIABLES.cache): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw storageError("write", `${folder}/`, cause, variable);
  }
}

/**
 * Writes chunks to a temporary file beside `path`, flushes it and calls `accept`; renames it to `path` if that does not
 * throw. A reader therefore sees the old file, no file or the whole new one. Throws what `chunks` and `accept` throw,
 * and a `storage` error for the rest.
 */
export async function writeAtomically(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: { readonly accept?: () => void; readonly variable?: string } = {},
): Promise<void> {
  await makeFolder(dirname(path), options.variable);
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      throw storageError("write", path, cause, options.variable);
    }
  };
  const file = await guard(open(temporary, "wx"));
  try {
    try {
      for await (const chunk of chunks) await guard(file.appendFile(chunk));
      await guard(file.sync());
    } finally {
      await file.close();
    }
    options.accept?.();
    await guard(rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

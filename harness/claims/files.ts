// Reads claims files of methods. Nothing is judged here.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { type ClaimsFile, claimsFileSchema } from "./schema.ts";

/** Parses the text of a claims file; `file` names it in errors, which are of kind `config`. */
export function parseClaims(text: string, file: string): ClaimsFile {
  const refuse = (problem: string, field?: string, value?: unknown): RankbenchError =>
    new RankbenchError({
      reason: "config",
      thing: `file ${file}`,
      problem,
      ...(field === undefined ? {} : { field }),
      ...(value === undefined ? {} : { value }),
      wanted: "claims as harness/claims/schema.ts describes them",
      next: "correct the file; pnpm bench claims METHOD reads it again",
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse("is not JSON", undefined, messageOf(cause));
  }
  const parsed = claimsFileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw refuse(issue?.message ?? "was refused", issue?.path.map(String).join("."));
}

/** The claims of a method; undefined where its folder has no file. */
export async function claimsOf(method: string): Promise<ClaimsFile | undefined> {
  const file = join("methods", method, "claims.json");
  const path = join(projectRoot(), file);
  return existsSync(path) ? parseClaims(await readFile(path, "utf8"), file) : undefined;
}

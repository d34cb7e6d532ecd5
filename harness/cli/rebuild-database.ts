// `bench rebuild`: what was taken from the record files, what could not be, what went.
import { projectRoot } from "#harness/data/folders.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { plural } from "#harness/stats/format.ts";
import { databasePath } from "#harness/store/database.ts";
import { rebuild } from "#harness/store/sync.ts";
import type { Session } from "./session.ts";

/** Rebuilds; ends with the code of `storage` when a record file could not be used. */
export async function rebuildDatabase(session: Session): Promise<void> {
  const root = projectRoot();
  const path = databasePath(root);
  const report = await rebuild(root, path);
  const { added, replaced, unchanged, removed, setAside, refused } = report;
  if (refused.length > 0) session.exitCode = exitCode("storage");
  for (const { error } of refused) session.note(`error: ${error.message}`);
  if (session.json) {
    const files = refused.map(({ file, error }) => ({ file, message: error.message }));
    return session.document({
      database: path,
      added,
      replaced,
      unchanged,
      removed,
      setAside,
      refused: files,
    });
  }
  session.say(
    `${path}: ${plural(added + replaced + unchanged, "run")} (${added} added, ${replaced} replaced, ${unchanged} unchanged)`,
  );
  if (removed.length > 0)
    session.say(`${plural(removed.length, "run")} had no record file and went: ${removed.join(", ")}`);
  if (setAside !== null) session.say(`the old database was damaged and is kept as ${setAside}`);
  if (refused.length > 0)
    session.say(`${plural(refused.length, "record file")} could not be used, see above`);
}

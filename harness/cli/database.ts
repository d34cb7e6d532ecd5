// The database as commands use it: opened, brought up to date with the record files, closed at the end. Claims that a killed
// command left behind a recorded run go as well.

import { projectRoot } from "#harness/data/folders.ts";
import { settleClaims } from "#harness/run/claim.ts";
import { databasePath, openStore, type Store } from "#harness/store/database.ts";
import { syncWithFiles } from "#harness/store/sync.ts";
import type { Session } from "./session.ts";

/** Runs `work` with the checkout's database; record files that cannot be used are told on stderr. */
export async function withDatabase<T>(
  session: Session,
  work: (store: Store, root: string) => Promise<T> | T,
): Promise<T> {
  const root = projectRoot();
  const store = openStore(databasePath(root));
  try {
    const { refused } = await syncWithFiles(store, root);
    for (const { error } of refused) session.note(`warning: ${error.message}`);
    settleClaims(root);
    return await work(store, root);
  } finally {
    store.close();
  }
}

// `pnpm submission:judge --head REF`: the first look at a submission, from the trusted checkout. Reads its files as git
// objects and executes none of them: scope, files, sizes, schema, identity, seeds, plausibility. A line `tasks: ...` names
// the tasks of its records or entries.

import type { Submission } from "#harness/submit/changes.ts";
import { parseEntry } from "#harness/submit/entries.ts";
import { judgeSubmission } from "#harness/submit/judge.ts";
import { asked, command, told } from "./judged.ts";

const entryTasks = ({ changes, read }: Submission): readonly string[] =>
  changes
    .filter(({ state }) => state !== "deleted")
    .flatMap(({ path }) => parseEntry(read(path).toString("utf8"), path).tasks);

await command(async () => {
  const { root, submission } = asked();
  const { subject, broken, records } = await judgeSubmission(submission, root);
  // What the second look needs data of; ids have been judged by then.
  const entries = subject?.kind === "entries" && broken.length === 0 ? entryTasks(submission) : [];
  const tasks = [...new Set([...records.map(({ record }) => record.identity.task), ...entries])].sort();
  if (broken.length === 0 && tasks.length > 0) console.log(`tasks: ${tasks.join(" ")}`);
  return told(broken, `${submission.changes.length} files, ${records.length} records`);
});

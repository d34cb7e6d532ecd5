// `pnpm submission:comment --head REF`: the comment on a pull request as Markdown, from the trusted checkout. Records are
// read as data and judged; none of the submission's code is loaded, so the job that posts this may hold a token.
import { cohortTables } from "#harness/cli/pull-request.ts";
import { judgeSubmission } from "#harness/submit/judge.ts";
import { brokenLines } from "#harness/submit/rules.ts";
import { fence } from "../docs/markdown.ts";
import { asked, command } from "./judged.ts";

/** The first line by which an earlier comment is found and replaced. */
const MARK = "<!-- rankbench submission -->";

await command(async () => {
  const { root, head, submission } = asked();
  const { subject, broken, records, accepted } = await judgeSubmission(submission, root);
  const lines = [MARK, `Submission at ${head.slice(0, 12)}.`, ""];
  if (broken.length > 0) lines.push("Refused:", "", fence("text", brokenLines(broken).join("\n")));
  else if (subject?.kind === "entries")
    lines.push("Configurations that can be run. A maintainer's label `board` runs them.");
  else if (subject?.kind === "method") {
    const input = {
      id: subject.method,
      method: null,
      records: records.map(({ record }) => record),
      accepted,
      notes: [],
    };
    lines.push(
      `Scope, schema, identity, seeds and plausibility are good. ${records.length} records, self-reported:`,
      "",
      ...(await cohortTables(input)),
    );
  }
  console.log(lines.join("\n"));
  return 0;
});

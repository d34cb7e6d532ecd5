// `pnpm submission:apply --head REF`: puts the files of a submission into the trusted checkout, after judging them again.
// From then on the checkout holds a stranger's code: nothing with a secret may follow.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { judgeSubmission } from "#harness/submit/judge.ts";
import { asked, command, told } from "./judged.ts";

await command(async () => {
  const { root, submission } = asked();
  const { broken } = await judgeSubmission(submission, root);
  if (broken.length > 0) return told(broken, "");
  for (const { path, state } of submission.changes) {
    const file = join(root, path);
    if (state === "deleted") rmSync(file, { force: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, submission.read(path));
    }
  }
  console.log(`${submission.changes.length} files applied`);
  return 0;
});

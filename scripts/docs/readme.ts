// `pnpm docs:readme`: makes every generated block of README.md and docs/ anew and says which files changed.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { documents, ROOT, renewed } from "./documents.ts";

let changed = 0;
for (const document of await documents()) {
  const text = await renewed(document);
  if (text === document.text) continue;
  await writeFile(join(ROOT, document.file), text);
  console.log(`changed ${document.file}`);
  changed += 1;
}
console.log(changed === 0 ? "every generated block is up to date" : `${changed} files changed`);

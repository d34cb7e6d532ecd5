// `pnpm docs:readme`: makes every generated block of README.md and docs/ anew, and the pictures; says which files changed.
// A document whose blocks cannot be made (a transcript or a board without its runs) is left as it is; the rest is done.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "#harness/failure/error.ts";
import { ROOT } from "../root.ts";
import { architecturePicture, PICTURE } from "./architecture-picture.ts";
import { boardPicture, PICTURED } from "./board-picture.ts";
import { documents, renewed } from "./documents.ts";

let changed = 0;
for (const document of await documents()) {
  try {
    const text = await renewed(document);
    if (text === document.text) continue;
    await writeFile(join(ROOT, document.file), text);
    console.log(`changed ${document.file}`);
    changed += 1;
  } catch (error) {
    console.error(`left ${document.file}: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
for (const [file, picture] of [
  [PICTURE, architecturePicture()],
  [PICTURED.file, await boardPicture()],
] as const) {
  if (picture === (await readFile(join(ROOT, file), "utf8").catch(() => ""))) continue;
  await writeFile(join(ROOT, file), picture);
  console.log(`changed ${file}`);
  changed += 1;
}
console.log(changed === 0 ? "no file changed" : `files changed: ${changed}`);

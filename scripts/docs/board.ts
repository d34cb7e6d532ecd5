// `pnpm docs:board [TASK...]`: makes boards anew from the runs that are stored now; `docs:readme` keeps the runs they name.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import { fillBlocks } from "./blocks.ts";
import { boardPicture, PICTURED } from "./board-picture.ts";
import { GENERATORS } from "./generators.ts";

/** Documents of docs/ that show results: boards by their task, and the floors of all tasks. */
const BOARDS = ["glue-sst2", "tasks"] as const;

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !BOARDS.some((board) => board === name));
if (unknown !== undefined) {
  console.error(`docs:board: no board "${unknown}"; wanted: ${BOARDS.join(", ")}`);
  process.exit(2);
}
// An empty block names no runs, so the generator chooses them anew.
const fresh = Object.fromEntries(
  Object.entries(GENERATORS).map(([name, generate]) => [name, () => generate("")]),
);
for (const name of asked.length === 0 ? BOARDS : asked) {
  const file = join(ROOT, "docs", `${name}.md`);
  await writeFile(file, await fillBlocks(file, await readFile(file, "utf8"), fresh));
  console.log(`made docs/${name}.md`);
}
await writeFile(join(ROOT, PICTURED.file), await boardPicture());
console.log(`made ${PICTURED.file}`);

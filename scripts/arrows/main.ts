// `pnpm arrows`: the tree against the table of layers and the rules of hygiene.
// Prints one line a fault; exit code 1 when there is one. `--unused` also lists what the table allows and no file needs.
import { parseArgs } from "node:util";
import { checkProject } from "./project.ts";
import { unusedPermissions } from "./unused.ts";

const { values } = parseArgs({ options: { unused: { type: "boolean", default: false } } });
const { files, sources, faults } = checkProject();
for (const fault of faults) console.log(fault);
if (values.unused) for (const line of unusedPermissions()) console.log(line);
console.log(`arrows: ${sources} source files of ${files} files, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

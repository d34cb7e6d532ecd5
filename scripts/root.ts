// Folder of the repository, which scripts read and write whatever folder they are started in.
import { fileURLToPath } from "node:url";

/** With a separator at its end. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url));

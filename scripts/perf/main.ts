// `pnpm perf NAME [options]`: runs one of the performance measurements beside this file. Options belong to the measurement.
import { readdir } from "node:fs/promises";
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";

const files = await readdir(new URL(".", import.meta.url));
const known = files.filter((file) => /^(?!main)[\w-]+\.ts$/.test(file)).map((file) => file.slice(0, -3));

try {
  const [name = ""] = process.argv.splice(2, 1);
  if (!known.includes(name))
    throw unknownName({ reason: "usage", kind: "measurement", name, known, thing: "perf" });
  await import(`./${name}.ts`);
} catch (error) {
  if (!(error instanceof RankbenchError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
